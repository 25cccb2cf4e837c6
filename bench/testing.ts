/**
 * The server in memory: what it answers over loopback, how soon it is there, what a million znodes
 * weigh, and what a thousand seconds of virtual time cost.
 *
 *     deno task bench testing [--quick]
 *
 * @module
 */
// deno-lint-ignore-file no-console
import { ZooKeeper } from "../mod.ts";
import * as st from "../src/st.ts";
import { TestServer } from "../src/testing/mod.ts";

const root = decodeURI(new URL("..", import.meta.url).pathname);
const depth = 256;
const data = new Uint8Array(100);

/** Measures and prints; `quick` shows that all works, and little else. */
export async function benchTesting(quick: boolean): Promise<void> {
  await begun(quick ? 50 : 500);
  await virtualTime();
  await rates(quick ? 200 : 2_000, quick ? 1 : 5);
  await weight(quick ? 100_000 : 1_000_000);
}

/** A server and its first connected session, in a process that has done that before. */
async function begun(rounds: number): Promise<void> {
  const took: number[] = [];
  for (let i = 0; i < rounds; i++) {
    const start = performance.now();
    await using server = new TestServer();
    const zk = await ZooKeeper.connect("a", { platform: server.platform });
    took.push(performance.now() - start);
    await zk.close();
  }
  say("new TestServer() and a session", `${median(took).toFixed(2)} ms`, "under 5");
}

async function virtualTime(): Promise<void> {
  await using server = new TestServer();
  const connect = () => ZooKeeper.connect("a", { platform: server.platform });
  const clients = await Promise.all([connect(), connect(), connect()]);
  const start = performance.now();
  await server.advance(1_000_000);
  say("1,000 s of three sessions", `${(performance.now() - start).toFixed(0)} ms`, "under 1,000");
  await Promise.all(clients.map((zk) => zk.close()));
}

async function rates(ms: number, rounds: number): Promise<void> {
  await using server = await ServerProcess.start();
  using client = new Client(server.address);
  await client.all(1, (_, done) => st.acreate(client.zh, "/bench", data, acl, "PERSISTENT", done));
  const get: Submit = (_, done) => st.aget(client.zh, "/bench", null, done);
  const set: Submit = (_, done) => st.aset(client.zh, "/bench", data, -1, done);
  for (const [name, submit, target] of [["get", get, "150,000"], ["set", set, "80,000"]] as const) {
    // To warm both sides up.
    await client.rate(ms, submit);
    const found: number[] = [];
    const costs: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const before = await server.cpu();
      const rate = await client.rate(ms, submit);
      found.push(rate);
      costs.push((await server.cpu() - before) / (rate * ms / 1_000) * 1_000);
    }
    say(`${name}Data/s at depth ${depth}`, median(found), target);
    say("  processor time of the server", `${median(costs).toFixed(2)} µs each`);
  }
}

/** What so many znodes of 100 bytes make of the server's process. */
async function weight(count: number): Promise<void> {
  await using server = await ServerProcess.start();
  using client = new Client(server.address);
  const before = await server.memory();
  const start = performance.now();
  await client.all(1, (_, done) => st.acreate(client.zh, "/load", null, acl, "PERSISTENT", done));
  await client.all(count, (i, done) => {
    const path = `/load/znode-${String(i).padStart(7, "0")}`;
    return st.acreate(client.zh, path, data, acl, "PERSISTENT", done);
  });
  const seconds = (performance.now() - start) / 1_000;
  const after = await server.memory();
  const what = `${count.toLocaleString("en")} znodes of 100 bytes`;
  say(what, `${mebibytes(after.now)}, at most ${mebibytes(after.most)}`, "under 1,024 MiB");
  say("  of each znode", `${((after.now - before.now) / count).toFixed(0)} bytes`);
  say("  creates/s", count / seconds);
}

type Done = (rc: number) => void;
type Submit = (i: number, done: Done) => void;
const acl = st.OPEN_ACL_UNSAFE;

/** A session that drives its own loop and keeps many operations outstanding. */
class Client implements Disposable {
  readonly zh: st.Handle;
  readonly #loop: Promise<void>;

  constructor(address: string) {
    this.zh = st.init(address, { sessionTimeout: 30_000 });
    this.#loop = this.#run();
  }

  /** So many operations. */
  all(count: number, submit: Submit): Promise<void> {
    return this.#while((i) => i < count, submit).then(() => {});
  }

  /** Operations a second, for so long. */
  async rate(ms: number, submit: Submit): Promise<number> {
    const start = performance.now();
    const count = await this.#while(() => performance.now() - start < ms, submit);
    return count / (performance.now() - start) * 1_000;
  }

  [Symbol.dispose](): void {
    st.close(this.zh);
    this.#loop.catch(console.error);
  }

  /** Submits one after the other while `more` says so; resolves with their count when all are done. */
  #while(more: (i: number) => boolean, submit: Submit): Promise<number> {
    return new Promise((resolve, reject) => {
      let [submitted, pending] = [0, 0];
      const done = (rc: number) => {
        if (rc !== 0) return reject(new Error(`An operation has failed: ${rc}`));
        pending--;
        next();
        if (pending === 0) resolve(submitted);
      };
      const next = () => {
        if (!more(submitted)) return;
        pending++;
        submit(submitted++, done);
      };
      for (let i = 0; i < depth; i++) next();
    });
  }

  async #run(): Promise<void> {
    while (st.state(this.zh) !== "CLOSED") {
      st.process(this.zh, await st.interest(this.zh).wait());
    }
  }
}

/** The server's program, as a user starts it. */
class ServerProcess implements AsyncDisposable {
  private constructor(readonly child: Deno.ChildProcess, readonly address: string) {}

  static async start(): Promise<ServerProcess> {
    const args = ["run", "--allow-net", "--no-check", `${root}src/testing/main.ts`, "--port", "0"];
    const options = { args, stdin: "null", stdout: "piped", stderr: "inherit" } as const;
    const child = new Deno.Command(Deno.execPath(), options).spawn();
    for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
      const address = /^Serving on (\S+)/.exec(text)?.[1];
      if (address !== undefined) return new ServerProcess(child, address);
    }
    throw new Error("The server does not start");
  }

  /** Bytes in memory, now and at most, as Linux says it. */
  async memory(): Promise<{ now: number; most: number }> {
    const text = await Deno.readTextFile(`/proc/${this.child.pid}/status`);
    const [now, most] = ["VmRSS", "VmHWM"].map((name) =>
      1_024 * Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(text)?.[1])
    );
    return { now: now!, most: most! };
  }

  /** The processor's time it has taken, ms, as Linux says it in hundredths of a second. */
  async cpu(): Promise<number> {
    const text = await Deno.readTextFile(`/proc/${this.child.pid}/stat`);
    const [user, system] = text.slice(text.lastIndexOf(")")).split(" ").slice(12, 14);
    return 10 * (Number(user) + Number(system));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill("SIGTERM");
    await this.child.status;
  }
}

function say(what: string, found: string | number, target = ""): void {
  const figure = typeof found === "number" ? Math.round(found).toLocaleString("en") : found;
  console.log(`${what.padEnd(34)} ${figure.padStart(28)}${target && `   target ${target}`}`);
}

function median(all: number[]): number {
  return all.sort((a, b) => a - b)[all.length >> 1]!;
}

function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(0)} MiB`;
}

if (import.meta.main) await benchTesting(Deno.args.includes("--quick"));
