/**
 * What keeps the process alive, and what does not: real sockets, in a process of their own that runs
 * to its end.
 */
import { assert, assertEquals, assertGreaterOrEqual, assertLess } from "@std/assert";
import { connectResponse, reply } from "./scripted.ts";

interface Ended {
  output: string[];
  /** From the program's start to its end, ms. */
  lived: number;
}

/** Runs a program to its end. */
async function run(program: string): Promise<Ended> {
  const mod = new URL("../mod.ts", import.meta.url).href;
  const source = `
    import { ZooKeeper } from ${JSON.stringify(mod)};
    const started = performance.now();
    addEventListener("unload", () => console.log(performance.now() - started));
    ${program}`;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["eval", "--quiet", "--no-lock", source],
    stdout: "piped",
    stderr: "piped",
    env: { NO_COLOR: "1" },
  });
  const { code, stdout, stderr } = await child.output();
  const output = new TextDecoder().decode(stdout).trim().split("\n");
  assertEquals([code, new TextDecoder().decode(stderr)], [0, ""]);
  return { output, lived: Number(output.pop()) };
}

/** A server that grants each session and says nothing more. */
function quietServer(): { address: string } & AsyncDisposable {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const conns: Deno.Conn[] = [];
  const serving = (async () => {
    for await (const conn of listener) {
      conns.push(conn);
      await conn.write(connectResponse({ timeout: 60_000 }));
    }
  })();
  return {
    address: `127.0.0.1:${(listener.addr as Deno.NetAddr).port}`,
    async [Symbol.asyncDispose]() {
      listener.close();
      await serving;
      for (const conn of conns) conn.close();
    },
  };
}

Deno.test("unref(): an armed read and a deadline to come do not hold the process", async () => {
  await using server = quietServer();
  const { output, lived } = await run(`
    const zk = new ZooKeeper("${server.address}", { sessionTimeout: 60_000 });
    zk.run();
    await zk.connected();
    console.log(zk.state);
    zk.unref();
  `);
  assertEquals(output, ["CONNECTED"]);
  assertLess(lived, 10_000);
});

Deno.test("ref() holds the process again", async () => {
  await using server = quietServer();
  const { output } = await run(`
    const zk = new ZooKeeper("${server.address}", { sessionTimeout: 60_000 });
    zk.run();
    await zk.connected();
    zk.unref();
    zk.ref();
    const timer = setTimeout(() => {
      console.log("held");
      zk.close();
    }, 100);
    Deno.unrefTimer(timer);
  `);
  assertEquals(output, ["held"]);
});

Deno.test("unref(): a dial in progress holds the process, until its deadline", async () => {
  // A full backlog: the kernel lets further dials hang.
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0, tcpBacklog: 1 });
  const { port } = listener.addr as Deno.NetAddr;
  const fill = [await Deno.connect({ port }), await Deno.connect({ port })];
  const { lived } = await run(`
    const zk = new ZooKeeper("127.0.0.1:${port}", { sessionTimeout: 600 });
    zk.run();
    while (zk.state === "NOTCONNECTED") await new Promise((resolve) => setImmediate(resolve));
    zk.unref(); // it is under way
  `);
  for (const conn of fill) conn.close();
  listener.close();
  assertGreaterOrEqual(lived, 400);
  assertLess(lived, 10_000);
});

Deno.test("unref(): a lookup in progress holds the process, until its deadline at most", async () => {
  const { output, lived } = await run(`
    const resolve = (host, signal) =>
      new Promise((_, reject) => {
        const slow = setTimeout(() => {}, 60_000);
        signal.addEventListener("abort", () => {
          clearTimeout(slow);
          console.log("called off");
          reject(signal.reason);
        });
      });
    const zk = new ZooKeeper("slow.example", { sessionTimeout: 600, platform: { resolve } });
    zk.run();
    while (zk.state === "NOTCONNECTED") await new Promise((resolve) => setImmediate(resolve));
    zk.unref(); // it is under way
  `);
  assertEquals(output, ["called off"]);
  assertGreaterOrEqual(lived, 400);
  assertLess(lived, 10_000);
});

Deno.test("close() ends the process although the loop was left", async () => {
  await using server = quietServer();
  const { output, lived } = await run(`
    const zk = new ZooKeeper("${server.address}", { sessionTimeout: 600 });
    while (zk.state !== "CONNECTED") zk.process(await zk.interest().wait());
    zk.interest().wait(); // abandoned
    await zk.close();
    console.log(zk.state);
  `);
  assertEquals(output, ["CLOSED"]);
  // The server never answers: min(T/3, 3 s), with the T that was granted.
  assertGreaterOrEqual(lived, 3000);
  assertLess(lived, 10_000);
});

Deno.test("an answer that waits in the socket while the app is busy is in time", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  // It goes when the answer has been sent, however long that takes on a busy machine.
  const unanswered = await Deno.makeTempFile();
  const app = run(`
    const zk = new ZooKeeper("127.0.0.1:${port}", { sessionTimeout: 600 });
    const isAnswered = () => {
      try {
        return Deno.statSync(${JSON.stringify(unanswered)}) === null;
      } catch {
        return true;
      }
    };
    zk.run();
    await zk.connected();
    const reply = zk.exists("/a").then(() => "answered", (error) => error.code);
    await new Promise((resolve) => setImmediate(resolve)); // it has left
    const until = performance.now() + 1000;
    while (performance.now() < until || !isAnswered()); // far longer than 2/3 T
    console.log(await reply, zk.state);
    zk.close();
  `);
  const conn = await listener.accept();
  await answer(conn, () => Deno.remove(unanswered));
  const { output } = await app;
  listener.close();
  assertEquals(output, ["answered CONNECTED"]);
});

/** Grants a session of T = 600 ms, says NONODE to a request, and drops the connection at its end. */
async function answer(conn: Deno.Conn, answered: () => Promise<void>): Promise<void> {
  const bytes = new Uint8Array(1000);
  await conn.read(bytes);
  await conn.write(connectResponse({ timeout: 600 }));
  const count = (await conn.read(bytes))!;
  assert(count >= 8);
  const xid = new DataView(bytes.buffer).getInt32(4);
  await conn.write(reply(xid, undefined, -101));
  await answered();
  while (await conn.read(bytes) !== null);
  conn.close();
}
