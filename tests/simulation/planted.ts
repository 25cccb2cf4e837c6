/**
 * Bugs that the simulation must find: each is planted into a copy of src/ and looked for there. The
 * seeds are the first that find them; whoever changes the simulation finds them anew with
 * `deno task simulate --planted`.
 */

/** One bug. */
export interface Planted {
  readonly name: string;
  /** The first seed that finds it. */
  readonly seed: number;
  readonly changes: readonly Change[];
}

/** What stands once in a file, and what is to stand there. */
export interface Change {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

export const planted: readonly Planted[] = [
  {
    name: "the list of servers is advanced twice for each failure",
    seed: 8,
    changes: [{
      file: "src/session/session.ts",
      from: `  zh.state = "CONNECTING";\n  const now`,
      to: `  zh.state = "CONNECTING";\n  if (!wasConnected) zh.servers.next();\n  const now`,
    }],
  },
  {
    name: "the rest of a frame half written is sent on the next connection",
    seed: 6,
    changes: [
      {
        file: "src/session/connection.ts",
        from: `    this.#unwritten = done ? null : this.#unwritten.subarray(count);`,
        to: `    this.#unwritten = done ? null : this.#unwritten.subarray(count);\n` +
          `    this.rest = this.#unwritten;`,
      },
      {
        file: "src/session/session.ts",
        from: `  zh.connection?.close();`,
        to: `  if (zh.connection) zh.rest = zh.connection.rest;\n  zh.connection?.close();`,
      },
      {
        file: "src/session/handshake.ts",
        from: `    readOnly: zh.settings.readOnly,\n  });`,
        to: `    readOnly: zh.settings.readOnly,\n  });\n` +
          `  if (zh.rest) connection.front.appendFrames(zh.rest);\n  zh.rest = null;`,
      },
    ],
  },
  {
    name: "a watcher is registered after the step that reads its reply",
    seed: 7,
    changes: [{
      file: "src/session/replies.ts",
      from: `  if (pending.watch !== null) err = changeWatches(zh, pending, err);`,
      to:
        `  if (pending.watch !== null) zh.platform.clock.turn(() => changeWatches(zh, pending, err));`,
    }],
  },
  {
    name: "a notification moves the last zxid",
    seed: 43,
    changes: [{
      file: "src/session/replies.ts",
      from: `      notify(zh, frame, zxidHigh, zxidLow);`,
      to: `      notify(zh, frame, zxidHigh, zxidLow);\n` +
        `      if (zxidHigh >= 0) [zh.zxidHigh, zh.zxidLow] = [zxidHigh, zxidLow];`,
    }],
  },
  {
    name: "setWatches is sent behind the requests that waited",
    seed: 12,
    changes: [{
      file: "src/session/handshake.ts",
      from: `    writeSetWatches(front, lastZxid(zh), packet);`,
      to: `    writeSetWatches(zh.toSend, lastZxid(zh), packet);`,
    }],
  },
  {
    name: "what is pending does not fail when the list of servers moves the session",
    seed: 53,
    changes: [
      {
        file: "src/session/dialing.ts",
        from: `  return disconnect(\n    zh,\n    Rc.CONNECTIONLOSS,\n` +
          `    "the session moves, for the list of servers has changed",\n  );`,
        to: `  dropConnection(zh);\n  zh.state = "CONNECTING";\n  tellSession(zh);\n  return 0;`,
      },
      {
        file: "src/session/dialing.ts",
        from: `import { disconnect, pause } from "./session.ts";`,
        to: `import { disconnect, dropConnection, pause, tellSession } from "./session.ts";`,
      },
    ],
  },
  {
    name: "xids go on into those that mean something else",
    seed: 7,
    changes: [{
      file: "src/session/submitting.ts",
      from: `  zh.xid = zh.xid === Xid.last ? 1 : zh.xid + 1;`,
      to: `  zh.xid = zh.xid + 1 | 0;`,
    }],
  },
  {
    name: "no ping leaves while a request is outstanding",
    seed: 6,
    changes: [{
      file: "src/session/time.ts",
      from: `  if (!isConnected(zh) || zh.connection!.writing) return Infinity;`,
      to: `  if (!isConnected(zh) || zh.connection!.writing) return Infinity;\n` +
        `  if (zh.sentRequests.length > 0) return Infinity;`,
    }],
  },
  {
    name: "the late reply to a request that timed out is taken for the next one's",
    seed: 1,
    changes: [
      {
        file: "src/session/replies.ts",
        from: `  const pending = zh.sentRequests.at(0);`,
        to: `  while (zh.sentRequests.at(0)?.sent && !zh.sentRequests.at(0).completion) {\n` +
          `    zh.sentRequests.shift();\n  }\n  const pending = zh.sentRequests.at(0);`,
      },
      {
        file: "src/session/replies.ts",
        from: `!pending.sent || pending.xid !== xid`,
        to: `!pending.sent`,
      },
    ],
  },
  {
    name: "authentications are not sent again after a renewal",
    seed: 1,
    changes: [{
      file: "src/session/ledger.ts",
      from: `{ what: "authentications", disconnect: kept, expiry: kept }`,
      to: `{ what: "authentications", disconnect: kept, expiry: (zh) => zh.auths = [] }`,
    }],
  },
];

/** What became of the search for a bug. */
export interface Found {
  /** The first seed that failed, or null. */
  readonly seed: number | null;
  /** What the run said. */
  readonly said: string;
}

/** Plants a bug into a copy of the sources and runs seeds there. */
export async function look(bug: Planted, from: number, seeds: number): Promise<Found> {
  const copy = await Deno.makeTempDir({ prefix: "zkst_planted_" });
  try {
    for (const path of ["src", "tests/simulation", "tests/fuzz"]) {
      await copyFolder(`${root}/${path}`, `${copy}/${path}`);
    }
    for (const change of bug.changes) await apply(copy, change);
    return await run(copy, from, seeds);
  } finally {
    await Deno.remove(copy, { recursive: true });
  }
}

async function run(copy: string, from: number, seeds: number): Promise<Found> {
  const program = `${copy}/tests/simulation/run.ts`;
  const numbers = ["--seeds", String(seeds), "--from", String(from)];
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-check", "--no-config", "--no-lock", "--quiet", program, ...numbers],
    stdout: "piped",
    stderr: "piped",
  }).output();
  const said = new TextDecoder().decode(stderr) + new TextDecoder().decode(stdout);
  const seed = /^Seed (\d+) fails/m.exec(said)?.[1];
  if (code === 0 && seed === undefined) return { seed: null, said };
  if (seed === undefined) throw new Error(`The run has not begun: ${said}`);
  return { seed: Number(seed), said };
}

async function apply(copy: string, { file, from, to }: Change): Promise<void> {
  const text = await Deno.readTextFile(`${copy}/${file}`);
  const parts = text.split(from);
  if (parts.length !== 2) {
    throw new Error(`${file} has ${parts.length - 1} places like this where one must be: ${from}`);
  }
  await Deno.writeTextFile(`${copy}/${file}`, parts.join(to));
}

async function copyFolder(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    if (isDirectory) await copyFolder(`${from}/${name}`, `${to}/${name}`);
    else await Deno.copyFile(`${from}/${name}`, `${to}/${name}`);
  }
}

const root = decodeURI(new URL("../..", import.meta.url).pathname).replace(/\/$/, "");
