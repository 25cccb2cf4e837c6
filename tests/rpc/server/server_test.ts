/** RpcServer on real sockets, over tiny_rpc's wire: what goes wrong with one costs nobody else anything. */
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { delay } from "@std/async";
import { RpcError, RpcServer, type ServerContext } from "@zkst/zookeeper/rpc";
import { loginRequest, quickest, readAll, send, start, until, UserServiceRpc } from "./sockets.ts";

const success = [0x10, 0x01];
const login = () => ({ success: true });

Deno.test("A call of theirs is answered byte for byte, and a connection has one", async () => {
  const { server, address } = await start({
    login: ({ name }: { name: Uint8Array }) => ({
      success: new TextDecoder().decode(name) === "zxw",
    }),
  });
  assertEquals(await send(address, loginRequest()), success);
  assertEquals(await send(address, loginRequest("other")), []);
  assertEquals(
    await send(address, ...[...loginRequest()].map((byte) => Uint8Array.of(byte))),
    success,
  );
  await server.shutdown();
  assertEquals(server.stats().ended.OK, 3);
  assertEquals(server.stats().connections, 0);
});

Deno.test("S3, whoever errs waits for ever: each of theirs gets its answer, and the next call works", async () => {
  const { server, address, lines } = await start({
    login: ({ name }: { name: Uint8Array }, context: ServerContext) => {
      const what = new TextDecoder().decode(name);
      if (what === "throws") throw new Error("Broken");
      if (what === "refuses") throw new RpcError("PERMISSION_DENIED", "Not you");
      if (what === "hangs") return new Promise(() => void context.signal);
      return { success: true };
    },
  }, { timeout: 200, maxRequest: 1000, transferTimeout: 500 });
  const unparsable = loginRequest();
  unparsable[unparsable.length - 1] = 0xff;
  unparsable[unparsable.length - 3] = 0xff;
  const wrong: Record<string, Uint8Array> = {
    "unknown service": loginRequest("", "Login", "Nope"),
    "unknown method": loginRequest("", "Nope"),
    "no handler": loginRequest("", "Register"),
    "unparsable arguments": unparsable,
    "header over the limit": Uint8Array.of(0, 0, 1, 0, 1, 2, 3),
    "message over the limit": loginRequest("x".repeat(1001)),
    "throws": loginRequest("throws"),
    "refuses": loginRequest("refuses"),
    "never answers": loginRequest("hangs"),
    "comes in part": loginRequest().subarray(0, 20),
  };
  for (const [what, bytes] of Object.entries(wrong)) {
    assertEquals(await send(address, bytes), [0x07], what);
    assertEquals(await send(address, loginRequest()), success, `After ${what}`);
  }
  const said = lines.filter((line) => !/^(Listening|A connection has ended)/.test(line));
  assertEquals(said.length, 8, said.join("\n"));
  await server.shutdown({ grace: 0 });
});

Deno.test("S7, requests are printed: no line of the log has a message's bytes", async () => {
  const { server, address, lines } = await start({
    login: () => {
      throw new Error("Broken");
    },
  });
  const bytes = loginRequest("hunter2");
  assertEquals(await send(address, bytes), [0x07]);
  bytes[bytes.length - 1] = bytes[bytes.length - 3] = 0xff;
  assertEquals(await send(address, bytes), [0x07]);
  await server.shutdown();
  assert(lines.length > 3);
  assertEquals(lines.filter((line) => line.includes("hunter2")), []);
});

Deno.test("A caller that is gone is seen by the handler within 50 ms", async () => {
  let running = Promise.withResolvers<void>();
  let aborted = Promise.withResolvers<number>();
  const { server, address } = await start({
    login: (_: unknown, { signal }: ServerContext) => {
      running.resolve();
      signal.addEventListener("abort", () => aborted.resolve(performance.now()));
      return new Promise(() => {});
    },
  });
  const took = await quickest(async () => {
    running = Promise.withResolvers();
    aborted = Promise.withResolvers();
    const conn = await Deno.connect(address);
    await conn.write(loginRequest());
    await running.promise;
    const before = performance.now();
    conn.close();
    return await aborted.promise - before;
  }, 50);
  assert(took < 50, `${took} ms`);
  assert(server.stats().abandoned >= 1);
  await server.shutdown();
});

Deno.test("Who connects and says nothing is closed, and costs those who do nothing", async () => {
  const { server, address, lines } = await start({ login }, { helloTimeout: 500 });
  const silent = await Promise.all([1, 2, 3].map(() => Deno.connect(address)));
  assertEquals(await send(address, loginRequest()), success);
  for (const conn of silent) {
    assertEquals(await readAll(conn), [0x07]);
    conn.close();
  }
  assertEquals(lines.filter((line) => line.includes("said nothing for 500 ms")).length, 3);
  const other = await send(address, new TextEncoder().encode("GET / HTTP/1.1\r\n\r\n"));
  assert(other === null || other.length === 0);
  assert(lines.at(-1)!.startsWith("A connection is closed that speaks no wire"), lines.at(-1));
  await server.shutdown();
});

Deno.test("Connections over the limit are closed, in a way that is no empty message", async () => {
  const { server, address } = await start({ login }, { maxConnections: 1 });
  using _first = await Deno.connect(address);
  await until(() => server.stats().connections === 1);
  using second = await Deno.connect(address);
  assertEquals(await readAll(second), [0x07]);
  await server.shutdown({ grace: 0 });
});

Deno.test("A peer that stops reading costs its own connection", async () => {
  const big = new Uint8Array(4_000_000);
  const { server, address } = await start({
    login: ({ name }: { name: Uint8Array }) =>
      name.length === 0 ? { result: { errmsg: big } } : { success: true },
  }, { transferTimeout: 200 });
  using conn = await Deno.connect(address);
  await conn.write(loginRequest(""));
  await until(() => server.stats().ended.OK === 1);
  assertEquals(await send(address, loginRequest()), success);
  await until(() => server.stats().connections === 0);
  await server.shutdown();
});

Deno.test("shutdown() lets calls in flight end, refuses others, and always settles", async () => {
  const running: PromiseWithResolvers<unknown>[] = [];
  const { server, address } = await start({
    login: () => {
      running.push(Promise.withResolvers());
      return running.at(-1)!.promise;
    },
  });
  const [one, two] = [send(address, loginRequest()), send(address, loginRequest())];
  await until(() => running.length === 2);
  const done = server.shutdown({ grace: 1500 });
  assertEquals(server.stats().state, "draining");
  await assertRejects(() => Deno.connect(address), Error, "(os error ");
  running[0]!.resolve({ success: true });
  assertEquals(await one, success);
  assertEquals(await two, [0x07], "It is aborted at the end of the grace");
  await done;
  assertEquals(server.stats().state, "closed");
  assertEquals([server.stats().ended.OK, server.stats().ended.UNAVAILABLE], [1, 1]);
  await server.shutdown();
  running[1]!.reject(new Error("Far too late"));
});

Deno.test("A second shutdown() hurries the first, and so does its signal", async () => {
  for (const how of ["again", "signal", "aborted"] as const) {
    const { server, address } = await start({ login: () => new Promise(() => {}) });
    const call = send(address, loginRequest());
    await until(() => server.stats().inFlight === 1);
    const end = new AbortController();
    if (how === "aborted") end.abort();
    const done = server.shutdown({ grace: Infinity, signal: end.signal });
    if (how === "again") void server.shutdown({ grace: 0 });
    if (how === "signal") end.abort();
    await done;
    assertEquals(await call, [0x07]);
  }
});

Deno.test("Who has just connected when a server ends is still answered", async () => {
  const { server, address } = await start({ login });
  using conn = await Deno.connect(address);
  await until(() => server.stats().connections === 1);
  const done = server.shutdown();
  await conn.write(loginRequest());
  assertEquals(await readAll(conn), success);
  using idle = await Deno.connect(address).catch(() => null);
  assertEquals(idle, null);
  await done;
});

Deno.test("What is given wrongly is said at the call", async () => {
  const server = (options: object) => () => new RpcServer(options);
  assertThrows(server({ zookeeper: 1 }), TypeError, 'no option "zookeeper"');
  assertThrows(server({ timeout: 0 }), RangeError, '"timeout" must be 1 or more');
  assertThrows(server({ wires: ["grpc"] }), TypeError, "tiny_rpc");
  assertThrows(server({ legacyError: "none" }), TypeError, "invalid-bytes, close");
  assertThrows(server({ native: { maxage: 1 } }), TypeError, 'no option "maxage"');
  assertThrows(server({ native: { maxAge: 0 } }), RangeError, "native.maxAge");
  assertThrows(server({ wires: [] }), TypeError, "one at least");
  assertThrows(server({ interceptors: [1] }), TypeError, "list of functions");
  assertThrows(server({ onError: 1 }), TypeError, '"onError" must be a function');
  const half = { name: "a", methods: { get: { name: "Get" } } } as never;
  assertThrows(() => new RpcServer().add(half, {}), TypeError, 'method "get" of a needs');
  const empty = new RpcServer();
  await assertRejects(() => empty.listen(), TypeError, "nothing to serve");
  await empty.shutdown();
  assertThrows(() => empty.add(UserServiceRpc, { login }), TypeError, "before listen()");
  const { server: there } = await start({ login });
  await assertRejects(() => there.listen(), TypeError, "this one is listening, make another");
  assertThrows(() => there.shutdown({ grace: -1 }), RangeError, "grace");
  await there.shutdown();
  await assertRejects(() => there.listen(), TypeError, "this one is closed, make another");
});

Deno.test("A port that is taken is an error of listen(), and the server can be shut down all the same", async () => {
  const { server, address } = await start({ login });
  const other = new RpcServer().add(UserServiceRpc, { login });
  await assertRejects(() => other.listen(address), Deno.errors.AddrInUse);
  await other.shutdown();
  await server[Symbol.asyncDispose]();
});

Deno.test("S5, requests and responses leak: memory stays where it is over many calls", async () => {
  const { server, address } = await start({ login });
  const request = loginRequest();
  const some = async (count: number) => {
    for (let i = 0; i < count; i++) await send(address, request);
  };
  await some(500);
  const before = Deno.memoryUsage().rss;
  await Promise.all([some(700), some(700), some(700)]);
  const grown = Deno.memoryUsage().rss - before;
  assert(grown < 30 << 20, `${grown} bytes`);
  await delay(0);
  await server.shutdown();
});
