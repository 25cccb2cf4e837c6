/** RpcServer and a channel on real sockets, over the native wire and tiny_rpc's. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { delay } from "@std/async";
import {
  createClient,
  type Metadata,
  RpcChannel,
  RpcController,
  RpcError,
  RpcServer,
  type ServerContext,
} from "@zkst/zookeeper/rpc";
import { denoPlatform, TcpTransport } from "../../../src/deno.ts";
import { BoundedLog } from "../../../src/rpc/server/bounded_log.ts";
import { Deadlines } from "../../../src/rpc/time/deadlines.ts";
import { serverWires } from "../../../src/rpc/server/wires.ts";
import { NativeClientConnection } from "../../../src/rpc/wires/native/client.ts";
import { VirtualClock } from "../../virtual_clock.ts";
import { pipe } from "../pipe.ts";
import { quickest, start, until, UserServiceRpc } from "./sockets.ts";

interface Login {
  name: Uint8Array;
}

const name = ({ name }: Login) => new TextDecoder().decode(name);
const wires = { native: "static:", tiny_rpc: "tinyrpc:" } as const;

for (const [wire, scheme] of Object.entries(wires)) {
  Deno.test(`${wire}: calls at once, each with its own reply, in any order`, async () => {
    const { server, address } = await start({
      login: async (request: Login) => {
        await delay(Number(name(request)) % 7);
        return { result: { errcode: Number(name(request)) } };
      },
    });
    await using channel = new RpcChannel(`${scheme}127.0.0.1:${address.port}`);
    const client = createClient(UserServiceRpc, channel);
    const codes = await Promise.all(
      Array.from(
        { length: 200 },
        async (_, i) => (await client.login({ name: String(i) })).result.errcode,
      ),
    );
    assertEquals(codes, codes.map((_, i) => i));
    await server.shutdown();
  });

  Deno.test(`${wire}: a call that is cancelled, by signal or controller, is seen by its handler within 50 ms`, async () => {
    let running = Promise.withResolvers<void>();
    let aborted = Promise.withResolvers<number>();
    const { server, address } = await start({
      login: (_: Login, { signal }: ServerContext) => {
        signal.addEventListener("abort", () => aborted.resolve(performance.now()));
        running.resolve();
        return new Promise(() => {});
      },
    });
    await using channel = new RpcChannel(`${scheme}127.0.0.1:${address.port}`);
    const client = createClient(UserServiceRpc, channel);
    for (const how of ["signal", "controller"]) {
      const took = await quickest(async () => {
        running = Promise.withResolvers();
        aborted = Promise.withResolvers();
        const end = new AbortController();
        const controller = new RpcController();
        const call = client.login({}, how === "signal" ? { signal: end.signal } : { controller });
        const failed = assertRejects(() => call);
        await running.promise;
        const before = performance.now();
        if (how === "signal") end.abort();
        else controller.startCancel();
        await failed;
        return await aborted.promise - before;
      }, 50);
      assert(took < 50, `${took} ms by a ${how}`);
    }
    await server.shutdown();
  });

  Deno.test(`${wire}: S6, handlers run on IO threads: a slow one holds up nobody`, async () => {
    const slow = Promise.withResolvers<object>();
    const { server, address } = await start({
      login: (request: Login) => name(request) === "slow" ? slow.promise : { success: true },
    });
    await using channel = new RpcChannel(`${scheme}127.0.0.1:${address.port}`);
    const client = createClient(UserServiceRpc, channel);
    const waiting = client.login({ name: "slow" });
    for (let i = 0; i < 20; i++) {
      assertEquals((await client.login({ name: "quick" })).success, true);
    }
    slow.resolve({});
    assertEquals((await waiting).success, false);
    await server.shutdown();
  });

  Deno.test(`${wire}: a controller learns of a failure, and is good for another call`, async () => {
    const { server, address } = await start({
      login: () => {
        throw new RpcError("PERMISSION_DENIED", "Not you");
      },
    });
    await using channel = new RpcChannel(`${scheme}127.0.0.1:${address.port}`);
    const client = createClient(UserServiceRpc, channel);
    const controller = new RpcController();
    await assertRejects(() => client.login({}, { controller }), RpcError);
    assertEquals(controller.failed(), true);
    assert(wire === "tiny_rpc" || controller.errorText().includes("Not you"));
    controller.reset();
    await server.shutdown();
    await assertRejects(() => client.login({}, { controller }), RpcError);
    assertEquals(controller.failed(), true);
  });
}

Deno.test("native: statuses, details and metadata come through, both ways", async () => {
  const details = Uint8Array.of(1, 2, 3);
  const { server, address } = await start({
    login: (request: Login, context: ServerContext) => {
      assertEquals(context.metadata, { who: "me", "key-bin": Uint8Array.of(7) });
      assertEquals(context.service, "fixbug.UserServiceRpc");
      assertEquals(context.peer.hostname, "127.0.0.1");
      context.sendHeaders({ early: "1" });
      context.setTrailers({ late: "2" });
      if (name(request) === "no") throw new RpcError("NOT_FOUND", "No such user", { details });
      return { success: true };
    },
  });
  await using channel = new RpcChannel(`static:127.0.0.1:${address.port}`);
  const client = createClient(UserServiceRpc, channel);
  const seen: Metadata[] = [];
  const options = {
    metadata: { who: "me", "key-bin": Uint8Array.of(7) },
    onHeaders: (metadata: Metadata) => seen.push(metadata),
    onTrailers: (metadata: Metadata) => seen.push(metadata),
  };
  assertEquals((await client.login({ name: "yes" }, options)).success, true);
  assertEquals(seen, [{ early: "1" }, { late: "2" }]);
  const error = await assertRejects(() => client.login({ name: "no" }, options), RpcError);
  assertEquals([error.code, error.message.includes("No such user")], ["NOT_FOUND", true]);
  assertEquals([error.details, error.trailers], [details, { late: "2" }]);
  await server.shutdown();
});

Deno.test("native: what goes wrong with a call has its status, and the connection goes on", async () => {
  const thrown: unknown[] = [];
  const { server, address } = await start({
    login: (request: Login) => {
      switch (name(request)) {
        case "throws":
          throw new Error("A secret");
        case "hangs":
          return new Promise(() => {});
        case "long":
          return { result: { errmsg: new Uint8Array(2000) } };
        case "wrong":
          return { success: "yes" };
        default:
          return { success: true };
      }
    },
  }, { maxRequest: 1000, maxResponse: 1000, onError: (error) => thrown.push(error) });
  await using channel = new RpcChannel(`static:127.0.0.1:${address.port}`);
  const client = createClient(UserServiceRpc, channel);
  const other = createClient({ ...UserServiceRpc, name: "fixbug.Other" }, channel);
  const codeOf = async (call: Promise<unknown>) =>
    await call.then(() => "OK", (error: RpcError) => `${error.code} ${error.message}`);
  const wrong: [string, Promise<unknown>][] = [
    ["UNIMPLEMENTED", other.login({})],
    ["UNIMPLEMENTED", client.register({})],
    ["RESOURCE_EXHAUSTED", client.login({ name: "x".repeat(1001) })],
    ["RESOURCE_EXHAUSTED", client.login({ name: "long" })],
    ["UNKNOWN", client.login({ name: "throws" })],
    ["INTERNAL", client.login({ name: "wrong" })],
    ["DEADLINE_EXCEEDED", client.login({ name: "hangs" }, { timeout: 50 })],
    ["OK", client.login({ name: "right" })],
  ];
  for (const [code, call] of wrong) {
    const got = await codeOf(call);
    assert(got.startsWith(code), `${code}: ${got}`);
    assert(!got.includes("secret"), got);
  }
  assertEquals(thrown.length, 1);
  await until(() => server.stats().inFlight === 0);
  assertEquals(server.stats().connections, 1);
  await server.shutdown();
});

Deno.test("native: calls that a handler makes end with the one it answers", async () => {
  const seen: number[] = [];
  const aborted = Promise.withResolvers<void>();
  const inner = await start({
    login: (_: Login, { timeLeft, signal }: ServerContext) => {
      seen.push(timeLeft);
      signal.addEventListener("abort", () => aborted.resolve());
      return new Promise(() => {});
    },
  });
  await using innerChannel = new RpcChannel(`static:127.0.0.1:${inner.address.port}`);
  const innerClient = createClient(UserServiceRpc, innerChannel);
  const outer = await start({
    login: async (request: Login) => {
      await delay(1);
      return await innerClient.login(request, { timeout: 60_000 });
    },
  });
  await using channel = new RpcChannel(`static:127.0.0.1:${outer.address.port}`);
  const client = createClient(UserServiceRpc, channel);
  const end = new AbortController();
  const call = client.login({}, { timeout: 2000, signal: end.signal });
  const failed = assertRejects(() => call);
  await until(() => seen.length === 1);
  assert(seen[0]! <= 2000, `${seen[0]} ms`);
  end.abort();
  await failed;
  await aborted.promise;
  await outer.server.shutdown();
  await inner.server.shutdown();
});

Deno.test("native: five providers are restarted one after the other under load, and no call fails", async () => {
  const options = { linger: 0 };
  const login = async () => {
    await delay(2);
    return { success: true };
  };
  const started = await Promise.all([1, 2, 3, 4, 5].map(() => start({ login }, options)));
  const target = started.map(({ address }) => `127.0.0.1:${address.port}`).join(",");
  await using channel = new RpcChannel(`static:${target}?lb=round_robin`);
  const client = createClient(UserServiceRpc, channel);
  let [running, done] = [true, 0];
  const failures: unknown[] = [];
  const load = Array.from({ length: 20 }, async () => {
    while (running) {
      await client.login({ name: "x" }).catch((error: unknown) => failures.push(error));
      done++;
    }
  });
  await until(() => done > 100);
  for (const one of started) {
    await one.server.shutdown();
    const again = new RpcServer().add(UserServiceRpc, { login });
    await again.listen({ hostname: "127.0.0.1", port: one.address.port });
    one.server = again;
    const before = done;
    await until(() => done > before + 100);
  }
  running = false;
  await Promise.all(load);
  assertEquals(failures, []);
  for (const { server } of started) await server.shutdown();
});

Deno.test("native: a server that is full sheds; the calls find room elsewhere, or say so", async () => {
  const hold = Promise.withResolvers<object>();
  const full = await start({ login: () => hold.promise }, { maxConcurrentCalls: 1 });
  await using channel = new RpcChannel(`static:127.0.0.1:${full.address.port}`);
  const client = createClient(UserServiceRpc, channel);
  const first = client.login({});
  await until(() => full.server.stats().inFlight === 1);
  const error = await assertRejects(() => client.login({}), RpcError);
  assertEquals([error.code, error.sent], ["RESOURCE_EXHAUSTED", false]);
  assertEquals(full.server.stats().shed, 3, "It was tried three times");
  const idle = await start({ login: () => ({ success: true }) });
  const ports = [full, idle].map(({ address }) => `127.0.0.1:${address.port}`);
  await using both = new RpcChannel(`static:${ports.join(",")}`);
  const luckier = createClient(UserServiceRpc, both);
  for (let i = 0; i < 5; i++) assertEquals((await luckier.login({})).success, true);
  hold.resolve({ success: true });
  assertEquals((await first).success, true);
  await full.server.shutdown();
  await idle.server.shutdown();
});

Deno.test("native: who has just connected when a server ends is told to go at once", async () => {
  const { server, address } = await start({ login: () => ({}) });
  const conn = await Deno.connect(address);
  await until(() => server.stats().connections === 1);
  const before = performance.now();
  const done = server.shutdown({ grace: 20_000 });
  const closed = Promise.withResolvers<Error | null>();
  const { clock } = denoPlatform;
  new NativeClientConnection(new TcpTransport(conn), { changed() {}, closed: closed.resolve }, {
    clock,
  });
  assertEquals(await closed.promise, null);
  await done;
  assert(performance.now() - before < 5000);
});

Deno.test("Connections of one age do not all leave at once: give or take a tenth", async () => {
  for (const [random, age] of [[0, 90], [0.5, 100], [0.999, 109]] as const) {
    const clock = new VirtualClock();
    const [near, far] = pipe();
    let closed = false;
    const deadlines = new Deadlines(clock);
    const setting = {
      clock,
      deadlines,
      log: new BoundedLog({}, clock, deadlines),
      maxRequest: 1024,
      maxResponse: 1024,
      maxPerConnection: 10,
      transferTimeout: 1000,
      legacyError: "close" as const,
      random: () => random,
      native: { maxAge: 100_000 },
    };
    const accepted = { transport: far, first: new Uint8Array(), peer: { hostname: "a", port: 1 } };
    serverWires.native.open(accepted, { call() {}, closed: () => closed = true }, setting);
    const events = { changed() {}, closed() {} };
    const client = new NativeClientConnection(near, events, { clock });
    await clock.advance(age * 1000 - 500);
    assertEquals([client.goingAway, closed], [false, false]);
    await clock.advance(3_000);
    assertEquals([client.goingAway, closed], [true, true], `${random}`);
  }
});

Deno.test("A server without ZooKeeper takes its time from the platform it is given", async () => {
  const clock = new VirtualClock();
  let came = () => {};
  const begun = new Promise<void>((resolve) => came = resolve);
  const server = new RpcServer({ platform: { clock } }).add(UserServiceRpc, {
    login: () => {
      came();
      return new Promise<never>(() => {});
    },
  });
  const { address } = await server.listen({ hostname: "127.0.0.1" });
  await using channel = new RpcChannel(`static:127.0.0.1:${address.port}`);
  const call = createClient(UserServiceRpc, channel).login({}, { timeout: 15_000 });
  const failed = assertRejects(() => call, RpcError, "The deadline is past");
  await begun;
  await clock.advance(15_500);
  assertEquals((await failed).code, "DEADLINE_EXCEEDED");
  await channel.close();
  const ended = server.shutdown();
  await clock.advance(60_000);
  await ended;
});
