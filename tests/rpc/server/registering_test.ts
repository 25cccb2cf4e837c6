/**
 * How a server stands in ZooKeeper: against a server in memory on the real clock, with sockets of our
 * own. What tiny_rpc does there is what must not happen here.
 */
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { type Logger, ZooKeeper } from "@zkst/zookeeper";
import {
  type Layout,
  ServiceDiscovery,
  tinyRpc,
  tinyRpcInstances,
} from "@zkst/zookeeper/discovery";
import { RpcServer, type RpcServerOptions } from "@zkst/zookeeper/rpc";
import { TestServer } from "@zkst/zookeeper/testing";
import { loginRequest, logTo, send, until, UserServiceRpc } from "./sockets.ts";

const login = () => ({ success: true });
const success = [0x10, 0x01];

/** A ZooKeeper, sessions on it, and servers of UserServiceRpc. */
class World implements AsyncDisposable {
  readonly server: TestServer = new TestServer({ realTime: true, tickTime: 200 });
  readonly #stack = new AsyncDisposableStack();

  async zk(sessionTimeout = 1000): Promise<ZooKeeper> {
    const { platform } = this.server;
    const zk = await ZooKeeper.connect("zk", { platform, sessionTimeout });
    this.#stack.defer(() => zk.close());
    return zk;
  }

  rpc(options: RpcServerOptions, lines: string[] = []): RpcServer {
    const logger: Logger = logTo(lines);
    const server = new RpcServer({ linger: 20, logger, ...options });
    this.#stack.defer(() => server.shutdown({ grace: 0 }));
    return server.add(UserServiceRpc, { login });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.server.heal();
    await this.#stack.disposeAsync();
    await this.server.close();
  }
}

const here = { hostname: "127.0.0.1", port: 0 };

async function text(zk: ZooKeeper, path: string): Promise<string | null> {
  try {
    const { data } = await zk.getData(path);
    return data === null ? null : new TextDecoder().decode(data);
  } catch {
    return "none";
  }
}

Deno.test("By default a service is one instance of Curator's, by its whole name", async () => {
  await using world = new World();
  const zk = await world.zk();
  const server = world.rpc({ zk, instance: { weight: 2, zone: "a" } });
  const { address } = await server.listen(here);
  const json = await text(zk, `/services/fixbug.UserServiceRpc/127.0.0.1:${address.port}`);
  const { name, port, weight, zone } = JSON.parse(json!);
  assertEquals([name, port, weight, zone], ["fixbug.UserServiceRpc", address.port, 2, "a"]);
  assertEquals(server.stats().registrations, { all: 1, registered: 1 });
  await server.shutdown();
  assertEquals(await zk.getChildren("/services/fixbug.UserServiceRpc"), []);
});

Deno.test("In tiny_rpc's layout services are persistent, methods with a handler ephemeral", async () => {
  await using world = new World();
  const zk = await world.zk();
  const server = world.rpc({ zk, layout: tinyRpc() });
  const { address } = await server.listen(here);
  assertEquals(await text(zk, "/UserServiceRpc/Login"), `127.0.0.1:${address.port}`);
  assertEquals(await zk.getChildren("/UserServiceRpc"), ["Login"], "Register has no handler");
  assertEquals((await zk.exists("/UserServiceRpc"))!.ephemeralOwner, 0n);
  assertEquals((await zk.exists("/UserServiceRpc/Login"))!.ephemeralOwner, zk.session!.id);
});

Deno.test("R1, a second provider of a method is lost: it is found beside the first, or takes its place", async () => {
  await using world = new World();
  const [one, two] = [await world.zk(), await world.zk()];
  const servers = [one, two].map((zk) => world.rpc({ zk, layout: tinyRpcInstances() }));
  const ports = [];
  for (const server of servers) ports.push((await server.listen(here)).address.port);
  const discovery = new ServiceDiscovery(one, {
    basePath: "/mprpc/services",
    layout: tinyRpcInstances(),
  });
  const cache = await discovery.cache("UserServiceRpc/Login");
  assertEquals(cache.snapshot.instances.map(({ port }) => port).sort(), ports.sort());
  await discovery.close();

  // Their own layout has room for one; the second one stands by, and is there when it goes.
  const lines: string[] = [];
  const first = world.rpc({ zk: one, layout: tinyRpc() });
  const second = world.rpc({ zk: two, layout: tinyRpc() }, lines);
  await first.listen(here);
  const { address } = await second.listen(here);
  assert(lines.some((line) => line.includes("waits to be registered")), lines.join("\n"));
  assertEquals(await send(address, loginRequest()), success, "It serves all the same");
  await first.shutdown();
  await until(() => second.stats().registrations.registered === 1);
  assertEquals(await text(one, "/UserServiceRpc/Login"), `127.0.0.1:${address.port}`);
});

Deno.test("R2, a restart inside the old session's timeout vanishes when that ends: it stays registered", async () => {
  for (const layout of [tinyRpc, () => undefined] as (() => Layout | undefined)[]) {
    await using world = new World();
    const old = await world.zk(4000);
    const options = layout() === undefined ? {} : { layout: layout()! };
    const before = world.rpc({ zk: old, ...options });
    const { address } = await before.listen(here);
    const path = layout() === undefined
      ? `/services/fixbug.UserServiceRpc/127.0.0.1:${address.port}`
      : "/UserServiceRpc/Login";
    // As a killed process does: its socket closes, its session goes on.
    world.server.halfOpen({ session: old.session!.id });
    const killed = before.shutdown({ grace: 0 });
    const now = await world.zk(4000);
    const after = world.rpc({ zk: now, ...options });
    await after.listen({ ...here, port: address.port });
    assertEquals((await now.exists(path))!.ephemeralOwner, now.session!.id);
    world.server.expire(old.session!.id);
    await now.sync("/");
    assertEquals((await now.exists(path))!.ephemeralOwner, now.session!.id);
    await killed;
  }
});

Deno.test("R3, many that register at once end each other: all come through", async () => {
  await using world = new World();
  const zks = await Promise.all([1, 2, 3, 4, 5].map(() => world.zk()));
  const servers = zks.map((zk) => world.rpc({ zk, layout: tinyRpcInstances() }));
  await Promise.all(servers.map((server) => server.listen(here)));
  assertEquals((await zks[0]!.getChildren("/mprpc/services/UserServiceRpc/Login")).length, 5);
});

Deno.test("R4 and R5, a reconnect harms and an expired session is the end: the first changes nothing, the other is mended", async () => {
  await using world = new World();
  const zk = await world.zk();
  const server = world.rpc({ zk, layout: tinyRpc() });
  await server.listen(here);
  const { czxid } = (await zk.exists("/UserServiceRpc/Login"))!;
  for (let times = 0; times < 3; times++) {
    world.server.drop();
    await zk.exists("/").catch(() => {});
    await zk.connected();
  }
  assertEquals((await zk.exists("/UserServiceRpc/Login"))!.czxid, czxid);
  const watcher = await world.zk();
  world.server.expire(zk.session!.id);
  await until(() => server.stats().registrations.registered === 1);
  const found = async () => await watcher.exists("/UserServiceRpc/Login");
  await until(async () => (await found() ?? { czxid }).czxid !== czxid);
  assertEquals((await found())!.ephemeralOwner, zk.session!.id);
});

Deno.test("R6, it registers before it listens: whoever finds it can call it", async () => {
  await using world = new World();
  const [zk, other] = [await world.zk(), await world.zk()];
  const found = Promise.withResolvers<number[] | null>();
  await other.create("/UserServiceRpc");
  await other.getChildren("/UserServiceRpc", {
    watch: async ({ type }) => {
      if (type !== "NodeChildrenChanged") return;
      const [hostname, port] = (await text(other, "/UserServiceRpc/Login"))!.split(":");
      found.resolve(await send({ hostname: hostname!, port: Number(port) }, loginRequest()));
    },
  });
  await world.rpc({ zk, layout: tinyRpc() }).listen(here);
  assertEquals(await found.promise, success);
});

Deno.test("R7, the address bound is the one advertised: it need not be, and one for all is refused", async () => {
  await using world = new World();
  const zk = await world.zk();
  const refused = world.rpc({ zk });
  await assertRejects(
    () => refused.listen({ hostname: "0.0.0.0" }),
    TypeError,
    "give an address of this machine as advertise.hostname",
  );
  for (const hostname of ["0.0.0.0", "::", undefined]) {
    await assertRejects(
      () => refused.listen({ ...here, hostname: "0.0.0.0", advertise: { hostname } as never }),
      TypeError,
      "not where others can connect",
    );
  }
  await assertRejects(
    () => refused.listen({ ...here, advertise: { host: "10.1.2.3" } as never }),
    TypeError,
    'no option "host"',
  );
  const server = world.rpc({ zk, layout: tinyRpc() });
  const advertise = { hostname: "10.1.2.3", port: 999 };
  const { address } = await server.listen({ hostname: "0.0.0.0", advertise });
  assertEquals(await text(zk, "/UserServiceRpc/Login"), "10.1.2.3:999");
  assertEquals(await send({ ...address, hostname: "127.0.0.1" }, loginRequest()), success);
});

Deno.test("R8, names without package collide: where the layout has none, the second is refused; a base path is the caller's", async () => {
  await using world = new World();
  const zk = await world.zk();
  const other = { ...UserServiceRpc, name: "other.UserServiceRpc" };
  assertThrows(
    () => world.rpc({ zk, layout: tinyRpc() }).add(other, { login }),
    TypeError,
    "other.UserServiceRpc and fixbug.UserServiceRpc are the same service",
  );
  world.rpc({ zk }).add(other, { login });
  await world.rpc({ zk, layout: tinyRpc(), basePath: "/apart" }).listen(here);
  assertEquals(await zk.exists("/UserServiceRpc"), null);
  assert(await zk.exists("/apart/UserServiceRpc/Login"));
});

Deno.test("R9, nothing is taken back: a server that ends leaves ZooKeeper first, and serves until that is known", async () => {
  await using world = new World();
  const [zk, other] = [await world.zk(), await world.zk()];
  const server = world.rpc({ zk, layout: tinyRpc(), linger: 200 });
  const { address } = await server.listen(here);
  const done = server.shutdown();
  await until(async () => await other.exists("/UserServiceRpc/Login") === null);
  assertEquals(await send(address, loginRequest()), success, "For whoever did not know yet");
  await done;
  await assertRejects(() => Deno.connect(address));
});

Deno.test("With ZooKeeper away a server serves, waits to be registered, and ends in time", async () => {
  await using world = new World();
  const zk = await world.zk();
  world.server.refuse();
  world.server.drop();
  const end = new AbortController();
  const server = world.rpc({ zk });
  const listening = server.listen({ ...here, port: 0, signal: end.signal });
  const early = assertRejects(() => listening, Error, "Never mind");
  end.abort(new Error("Never mind"));
  await early;
  assertEquals(server.stats().state, "closed");

  world.server.heal();
  await zk.connected();
  const another = world.rpc({ zk });
  const { address } = await another.listen(here);
  world.server.refuse();
  world.server.drop();
  assertEquals(await send(address, loginRequest()), success);
  const before = performance.now();
  await another.shutdown({ grace: 500 });
  assert(performance.now() - before < 2000);
});

Deno.test("A server that ends while it waits to be registered gives its calls their grace", async () => {
  await using world = new World();
  const zk = await world.zk();
  world.server.refuse();
  world.server.drop();
  const running = Promise.withResolvers<object>();
  const lines: string[] = [];
  const server = new RpcServer({ zk, logger: logTo(lines) });
  server.add(UserServiceRpc, { login: () => running.promise });
  const listening = server.listen(here);
  const port = Number(/^Listening on 127.0.0.1:(\d+)$/.exec(lines[0]!)![1]);
  const call = send({ hostname: "127.0.0.1", port }, loginRequest());
  await until(() => server.stats().inFlight === 1);
  const done = server.shutdown({ grace: 5000 });
  await assertRejects(() => listening, Error, "was shut down before it was registered");
  running.resolve({ success: true });
  assertEquals(await call, success);
  await done;
});

Deno.test("What a layout cannot say is an error of listen(), whichever service it is of", async () => {
  await using world = new World();
  const zk = await world.zk();
  const layout = tinyRpc();
  const picky: Layout = {
    ...layout,
    encode(instance, path) {
      if (instance.name === "Other") throw new TypeError("There is no room for it");
      return layout.encode(instance, path);
    },
  };
  const server = world.rpc({ zk, layout: picky });
  server.add({ ...UserServiceRpc, name: "test.Other" }, { login });
  await assertRejects(() => server.listen(here), TypeError, "no room");
  assertEquals(server.stats().state, "closed");
  // What had been announced of it is taken back.
  await until(async () => await zk.exists("/UserServiceRpc/Login") === null);
});

Deno.test("What ZooKeeper refuses is an error of listen(), and the port is free again", async () => {
  await using world = new World();
  const zk = await world.zk();
  const acl = [{ perms: 1, id: { scheme: "world", id: "anyone" } }] as never;
  await zk.create("/closed", null, { acl });
  const server = world.rpc({ zk, basePath: "/closed" });
  await assertRejects(() => server.listen(here), Error, "NOAUTH");
  assertEquals(server.stats().state, "closed");
});
