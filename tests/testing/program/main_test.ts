/** TestServer as a program: permissions, arguments, signals, and what it keeps across runs. */
import { assertEquals, assertGreaterOrEqual, assertMatch, assertStringIncludes } from "@std/assert";
import { ZooKeeper } from "@zkst/zookeeper";
import { TestServer } from "@zkst/zookeeper/testing";
import { type Ended, Program } from "./program.ts";

const net = ["--allow-net"];
const serving = /^Serving on (\S+)\n/m;

/** The server's program, with what --data needs and no more. */
function start(args: string[], data?: string): Program {
  if (data === undefined) return new Program("src/testing/main.ts", args, net);
  const files = `${data},${data}.tmp`;
  const permissions = [...net, `--allow-read=${files}`, `--allow-write=${files}`];
  return new Program("src/testing/main.ts", [...args, "--data", data], permissions);
}

Deno.test("main: serves with --allow-net alone, and ends cleanly at SIGTERM and SIGINT", async () => {
  await Promise.all((["SIGTERM", "SIGINT"] as const).map(async (signal) => {
    await using program = start(["--port=0", "--version=3.8", "--tick-time=100"]);
    const zk = await ZooKeeper.connect(await program.said(serving), { sessionTimeout: 60_000 });
    assertEquals(zk.sessionTimeout, 2_000);
    await zk.create("/a", "x");
    program.kill(signal);
    assertEquals({ ...await program.end(), out: "" }, { code: 0, out: "", error: "" });
    await zk.close();
  }));
});

Deno.test("main: --data keeps znodes and sessions; the owner of an ephemeral finds it again", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const path = `${directory}/zookeeper.bin`;
    await using first = start(["--port", "0"], path);
    const address = await first.said(serving);
    await using zk = await ZooKeeper.connect(address);
    await zk.create("/kept", "data");
    await zk.create("/kept/e", null, { mode: "EPHEMERAL" });
    const { session } = zk;
    first.kill("SIGTERM");
    assertEquals((await first.end()).code, 0);
    assertEquals([...Deno.readDirSync(directory)].map(({ name }) => name), ["zookeeper.bin"]);

    await using second = start(["--port", address.split(":")[1]!], path);
    await second.said(serving);
    assertEquals(await zk.getEphemerals(), ["/kept/e"]);
    assertEquals(zk.session, session);
    assertEquals(new TextDecoder().decode((await zk.getData("/kept")).data!), "data");
    await zk.close();
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("main: what was answered before the end is in the file", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const path = `${directory}/zookeeper.bin`;
    await using program = start(["--port", "0"], path);
    await using zk = await ZooKeeper.connect(await program.said(serving));
    await zk.create("/big", new Uint8Array(1_000_000));
    let answered = 0;
    const writers = Array.from({ length: 20 }, async () => {
      for (;;) {
        await zk.create("/n-", null, { mode: "PERSISTENT_SEQUENTIAL" });
        if (++answered === 500) program.kill("SIGTERM");
      }
    });
    await Promise.allSettled(writers);
    assertEquals((await program.end()).code, 0);
    await using server = new TestServer({ snapshot: await Deno.readFile(path) });
    assertGreaterOrEqual(server.znodeCount, 5 + answered);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("main: what keeps it from serving is said in a line, with what to do", async () => {
  const directory = await Deno.makeTempDir();
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  try {
    const foreign = `${directory}/photo.jpg`;
    await Deno.writeTextFile(foreign, "\xff\xd8 something else");
    const ended = (program: Program): Promise<Ended> => program.end();
    const [taken, wrong, help, strange, unread, forbidden] = await Promise.all([
      ended(start(["--port", `${port}`])),
      ended(start(["--port", "65536"])),
      ended(start(["--help"])),
      ended(start(["--port", "0"], foreign)),
      ended(start(["--port", "0"], directory)),
      ended(new Program("src/testing/main.ts", ["--port", "0"], [])),
    ]);
    assertEquals(taken, {
      code: 1,
      out: "",
      error:
        `Port ${port} of 127.0.0.1 is taken: name another one with --port, or 0 for any free one\n`,
    });
    assertEquals(wrong.code, 2);
    assertMatch(wrong.error, /^--port takes a whole number of 0 to 65535, not "65536"\n\nA Zoo/);
    assertEquals([help.code, help.error], [0, ""]);
    assertStringIncludes(help.out, "--data FILE");
    assertEquals(strange, {
      code: 1,
      out: "",
      error: "Cannot read the snapshot: It does not begin as one does. " +
        `The file ${foreign} is left as it is: name another one with --data\n`,
    });
    assertEquals(await Deno.readTextFile(foreign), "\xff\xd8 something else");
    assertMatch(unread.error, /^Cannot read \/.+: Is a directory.*\n$/);
    assertEquals([unread.code, forbidden.code], [1, 1]);
    assertMatch(forbidden.error, /^Cannot listen on port 0 .* --allow-net flag\n$/);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("main: a full disk is complained of, the service goes on, the file stays whole", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const path = `${directory}/zookeeper.bin`;
    const permissions = [...net, `--allow-read=${directory}`, `--allow-write=${directory}`];
    // A file that may not grow takes as little as a disk that is full.
    const limited = ["sh", "-c", 'trap "" XFSZ; ulimit -f 100; exec "$0" "$@"'];
    const args = ["--port", "0", "--data", path];
    await using program = new Program("src/testing/main.ts", args, permissions, limited);
    const zk = await ZooKeeper.connect(await program.said(serving));
    while (!(await Deno.stat(path).catch(() => null))) await zk.exists("/");
    await zk.create("/big", new Uint8Array(500_000));
    assertEquals((await zk.getData("/big")).data!.length, 500_000);
    program.kill("SIGTERM");
    const { code, error } = await program.end();
    assertEquals(code, 1);
    assertMatch(error, /^Cannot write \/.+\/zookeeper\.bin: File too large.*\n$/);
    await using server = new TestServer({ snapshot: await Deno.readFile(path) });
    assertEquals(server.znodeCount, 4);
    await zk.close();
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
