/**
 * What else is wrong with tiny_rpc's consumer, and is not with ours. Its wire's defects are in
 * client_test.ts and server_test.ts, its registry's in ../server/registering_test.ts; its logger's are
 * those of tests/logger: a line's level and time are those of its call (L1, L2), a file stays open (L3),
 * the queue is bounded and written at the end (L4), levels filter (L5).
 */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { ZooKeeper } from "@zkst/zookeeper";
import { tinyRpc, tinyRpcInstances } from "@zkst/zookeeper/discovery";
import { createClient, RpcChannel, RpcError, RpcServer } from "@zkst/zookeeper/rpc";
import { TestServer } from "@zkst/zookeeper/testing";
import { start, until, UserServiceRpc } from "../server/sockets.ts";

const login = () => ({ success: true });

/** A ZooKeeper, a provider in it, and a consumer's channel; platform's sockets are real ones. */
async function world() {
  const zookeeper = new TestServer({ realTime: true, tickTime: 200 });
  const address = await zookeeper.listen();
  const zk = await ZooKeeper.connect(address, { sessionTimeout: 2000 });
  const server = new RpcServer({ zk, layout: tinyRpc(), linger: 0 }).add(UserServiceRpc, { login });
  await server.listen({ hostname: "127.0.0.1", port: 0 });
  const consumer = await ZooKeeper.connect(address, { sessionTimeout: 2000 });
  const channel = new RpcChannel("tinyrpc-zk:/", { zk: consumer });
  return {
    zookeeper,
    address,
    zk,
    server,
    consumer,
    channel,
    client: createClient(UserServiceRpc, channel),
    [Symbol.asyncDispose]: async () => {
      await channel[Symbol.asyncDispose]();
      await server.shutdown();
      await Promise.all([zk.close(), consumer.close()]);
      await zookeeper.close();
    },
  };
}

Deno.test("R1, a second provider of a method is lost: it is found and used, and so is who is left", async () => {
  await using scene = await world();
  const layout = tinyRpcInstances();
  const codes = [1, 2];
  const servers = codes.map((errcode) =>
    new RpcServer({ zk: scene.zk, layout, linger: 100 }).add(UserServiceRpc, {
      login: () => ({ result: { errcode } }),
    })
  );
  for (const server of servers) await server.listen({ hostname: "127.0.0.1", port: 0 });
  const options = { zk: scene.consumer, layout, lb: "round_robin" } as const;
  await using channel = new RpcChannel("tinyrpc-zk:/mprpc/services", options);
  const client = createClient(UserServiceRpc, channel);
  const answers = async (count: number) => {
    const all = new Set<number>();
    for (let i = 0; i < count; i++) {
      all.add((await client.login({}, { waitForReady: true })).result.errcode);
    }
    return [...all].sort();
  };
  await until(async () => (await answers(10)).length === 2);
  await servers[0]!.shutdown();
  assertEquals(await answers(10), [2]);
  await servers[1]!.shutdown();
});

Deno.test("C1, a session with three threads for each call: all calls have the one there is", async () => {
  await using scene = await world();
  await using before = await ZooKeeper.connect(scene.address);
  for (let i = 0; i < 50; i++) {
    assertEquals((await scene.client.login({}, { waitForReady: true })).success, true);
  }
  assertEquals(scene.server.stats().ended.OK, 50);
  // Ids are given out one after the other.
  await using after = await ZooKeeper.connect(scene.address);
  assertEquals(after.session!.id, before.session!.id + 1n);
});

Deno.test("C1, a call blocks for ever while ZooKeeper is away: calls go on with what was known", async () => {
  await using scene = await world();
  assertEquals((await scene.client.login({}, { waitForReady: true })).success, true);
  scene.zookeeper.refuse();
  scene.zookeeper.drop();
  for (let i = 0; i < 20; i++) assertEquals((await scene.client.login({})).success, true);
  const unknown = createClient({ ...UserServiceRpc, name: "Other" }, scene.channel);
  const error = await assertRejects(() => unknown.login({}, { timeout: 100 }), RpcError);
  assert(["DEADLINE_EXCEEDED", "UNAVAILABLE"].includes(error.code), error.code);
  scene.zookeeper.heal();
});

Deno.test("C2, a descriptor is lost with each call that finds nobody: none is opened", async () => {
  await using scene = await world();
  assertEquals((await scene.client.login({}, { waitForReady: true })).success, true);
  const unknown = createClient({ ...UserServiceRpc, name: "Other" }, scene.channel);
  for (let i = 0; i < 20; i++) {
    const error = await assertRejects(() => unknown.login({}), RpcError);
    assertEquals([error.code, error.sent], ["UNAVAILABLE", false]);
  }
  await until(() => scene.server.stats().connections === 0);
});

Deno.test("C6, an address is read with what stood in the buffer behind it: it is what the znode holds", async () => {
  await using scene = await world();
  assertEquals((await scene.client.login({}, { waitForReady: true })).success, true);
  // Longer, shorter, and none: those who are no address are nobody.
  const path = "/UserServiceRpc/Register";
  const register = createClient(UserServiceRpc, scene.channel).register;
  for (
    const text of ["x".repeat(100), "127.0.0.1", "127.0.0.1:99999", "", "127.0.0.1:80 trailing"]
  ) {
    await scene.zk.create(path, text);
    const error = await assertRejects(() => register({}, { timeout: 200 }), RpcError);
    assertEquals(error.sent, false, text);
    await scene.zk.delete(path);
  }
  const other = await start({ register: login });
  await scene.zk.create(path, `127.0.0.1:${other.address.port}`);
  assertEquals((await register({}, { waitForReady: true })).success, true);
  await other.server.shutdown();
});

Deno.test("C7, without a controller an error is a crash: it is the call's own error", async () => {
  const { server, address } = await start({
    login: () => {
      throw new RpcError("NOT_FOUND", "No such user");
    },
  });
  await using channel = new RpcChannel(`tinyrpc:127.0.0.1:${address.port}`);
  const client = createClient(UserServiceRpc, channel);
  const error = await assertRejects(() => client.login({}), RpcError);
  assertEquals(error.code, "INTERNAL");
  await server.shutdown();
});

const withoutIPv6 = hasIPv6() ? null : "this machine has no ::1";
if (withoutIPv6 !== null) console.log(`IPv6 is not tested: ${withoutIPv6}`);

Deno.test({
  name: "C8, IPv4 alone: an address may be an IPv6 one",
  ignore: withoutIPv6 !== null,
  async fn() {
    const server = new RpcServer().add(UserServiceRpc, { login });
    const { address } = await server.listen({ hostname: "::1", port: 0 });
    await using channel = new RpcChannel(`tinyrpc:[::1]:${address.port}`);
    assertEquals((await createClient(UserServiceRpc, channel).login({})).success, true);
    await server.shutdown();
  },
});

function hasIPv6(): boolean {
  try {
    Deno.listen({ hostname: "::1", port: 0 }).close();
    return true;
  } catch {
    return false;
  }
}
