/** Channels that find their instances in ZooKeeper, a ZooKeeper in memory. */
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { type Layout, tinyRpc, tinyRpcInstances } from "@zkst/zookeeper/discovery";
import { createClient, type RpcChannelOptions, RpcError } from "@zkst/zookeeper/rpc";
import { Scene, type Someone, T } from "../../discovery/scene.ts";
import { Echo, Fleet, text, watched } from "../fake_servers.ts";

const hosts = [1, 2, 3].map((i) => `10.0.0.${i}`);

/** A ZooKeeper, somebody who registers, somebody who calls, and servers. */
class Stage implements AsyncDisposable {
  readonly scene: Scene = new Scene();
  readonly fleet: Fleet = new Fleet(...hosts.map((host) => `${host}:8000`));
  offering!: Someone;
  calling!: Someone;

  async begin(basePath = "/services", layout?: Layout): Promise<this> {
    const options = layout === undefined ? { basePath } : { basePath, layout };
    this.offering = await this.scene.someone("offering:2181", {}, options);
    this.calling = await this.scene.someone("calling:2181");
    return this;
  }

  client(options: RpcChannelOptions & { target?: string } = {}): ReturnType<Fleet["client"]> {
    const { clock } = this.scene.server.platform;
    return this.fleet.client({
      target: "zk:/services",
      zk: this.calling.zk,
      platform: { ...this.fleet.platform, clock },
      ...options,
    });
  }

  register(
    host: string,
    name = "test.Echo",
    id = host,
  ): ReturnType<Someone["discovery"]["register"]> {
    return this.offering.discovery.register({ name, id, address: host, port: 8000 });
  }

  /** Calls that came to each server since the last look. */
  shares(): number[] {
    return this.fleet.all.map(({ calls }) => calls.splice(0).length);
  }

  advance(ms: number): Promise<void> {
    return this.scene.advance(ms);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.fleet[Symbol.asyncDispose]();
    await this.scene[Symbol.asyncDispose]();
  }
}

Deno.test("A channel finds what is registered, follows it, and drains what is gone", async () => {
  await using stage = await new Stage().begin();
  const [first, second] = [await stage.register(hosts[0]!), await stage.register(hosts[1]!)];
  const { client, channel } = stage.client();
  for (let i = 0; i < 10; i++) await client.put("x");
  const [one, two, three] = stage.shares();
  assertEquals([one! + two!, three], [10, 0]);
  assert(one! > 2 && two! > 2, "The second one connects a moment later");
  await stage.register(hosts[2]!);
  await stage.advance(200);
  for (let i = 0; i < 12; i++) await client.put("x");
  assert(stage.shares().every((share) => share >= 3));
  // One is going: its call under way may end.
  const [server] = stage.fleet.all;
  server!.handle = () => {};
  const under = [1, 2, 3].map(() => watched(client.put("under way")));
  await stage.advance(1);
  await first.close();
  await stage.advance(200);
  assertEquals(channel.stats().endpoints.length, 2);
  for (let i = 0; i < 12; i++) await client.put("x");
  assertEquals(server!.calls.length, 1);
  assertEquals(server!.connections.size, 1);
  server!.newest.reply();
  await stage.advance(1);
  assertEquals([under.map(({ now }) => now), server!.connections.size], [
    ["done", "done", "done"],
    0,
  ]);
  stage.shares();
  await second.setStatus("DRAINING");
  await stage.advance(200);
  for (let i = 0; i < 6; i++) await client.put("x");
  assertEquals(stage.shares(), [0, 0, 6], "What is not UP gets no calls");
});

Deno.test("While ZooKeeper is away, no call fails", async () => {
  await using stage = await new Stage().begin();
  for (const host of hosts) await stage.register(host);
  const { client, channel } = stage.client();
  await client.put("x");
  stage.scene.server.refuse();
  for (let second = 0; second < 60; second++) {
    await stage.advance(1_000);
    for (let i = 0; i < 10; i++) await client.put("x");
  }
  assertEquals(channel.stats().calls, { OK: 601 });
  assert(stage.shares().every((share) => share > 150));
});

Deno.test("Where there is no instance, calls fail at once or wait, as they are told", async () => {
  await using stage = await new Stage().begin();
  const { client } = stage.client();
  const error = await assertRejects(() => client.put("x"), RpcError);
  assertEquals([error.code, error.message], ["UNAVAILABLE", "There is no instance of test.Echo"]);
  const patient = watched(client.put("y", { waitForReady: true }));
  await stage.advance(1_000);
  assertEquals(patient.now, "waiting");
  await stage.register(hosts[0]!);
  await stage.advance(200);
  assertEquals(patient.now, "done");
});

Deno.test("Calls wait for ZooKeeper's first answer until their deadline, and say so", async () => {
  await using stage = await new Stage().begin();
  await stage.register(hosts[0]!);
  stage.scene.server.stall();
  const { client } = stage.client();
  const call = watched(client.put("x", { timeout: 500 }));
  const later = watched(client.put("y", { timeout: 5_000 }));
  await stage.advance(510);
  assertEquals(call.now, "DEADLINE_EXCEEDED");
  assertStringIncludes(call.error.message, "ZooKeeper has not said yet where test.Echo is");
  stage.scene.server.resume();
  await stage.advance(500);
  assertEquals(later.now, "done");
});

Deno.test("One that was killed and is there again is called at once, and once", async () => {
  await using stage = await new Stage().begin();
  const dying = await stage.scene.someone("dying:2181");
  const gone = { name: "test.Echo", id: "before", address: hosts[0]!, port: 8000 };
  await dying.discovery.register(gone);
  await stage.register(hosts[1]!);
  const { client, channel } = stage.client();
  await client.put("x");
  const [server] = stage.fleet.all;
  server!.kill();
  await stage.advance(T / 2);
  // The old znode is there still; the pause between dials is long by now.
  server!.dials = "accept";
  const { dialled } = server!;
  await stage.register(hosts[0]!, "test.Echo", "after");
  await stage.advance(200);
  assertEquals(server!.dialled, dialled + 1);
  stage.shares();
  for (let i = 0; i < 20; i++) await client.put("x");
  assertEquals(stage.shares(), [10, 10, 0]);
  assertEquals(channel.stats().endpoints.length, 2);
});

Deno.test("Services of one address share its connection", async () => {
  await using stage = await new Stage().begin();
  const other = { name: "test.Other", methods: Echo.methods };
  await stage.register(hosts[0]!);
  await stage.register(hosts[0]!, "test.Other");
  const gone = await stage.register(hosts[1]!, "test.Other");
  const { client, channel } = stage.client();
  const others = createClient(other, channel);
  for (let i = 0; i < 5; i++) await client.put("x"), await others.put("y");
  assertEquals(stage.fleet.all.map(({ dialled }) => dialled), [1, 1, 0]);
  await gone.close();
  await stage.advance(200);
  assertEquals(stage.fleet.all.map(({ connections }) => connections.size), [1, 0, 0]);
  assertEquals([await client.put("x"), await others.put("y")], ["x", "y"]);
});

Deno.test("Closing a channel leaves the session open, and no watch behind", async () => {
  await using stage = await new Stage().begin();
  await stage.register(hosts[0]!);
  await stage.advance(100);
  const watches = stage.scene.server.watchCount;
  const { client, channel } = stage.client();
  await client.put("x");
  assert(stage.scene.server.watchCount > watches);
  await channel.close();
  await stage.advance(100);
  assertEquals(stage.calling.zk.state, "CONNECTED");
  assertEquals(stage.scene.server.watchCount, watches);
});

Deno.test("What ZooKeeper does not let us read makes calls fail, and is asked for again", async () => {
  await using stage = await new Stage().begin();
  const { zk } = stage.offering;
  const secret = [{ perms: 31, id: { scheme: "ip", id: "255.255.255.254" } }];
  await stage.register(hosts[0]!);
  await zk.create("/services/test.Locked", null, { acl: secret });
  const { channel } = stage.client();
  const locked = createClient({ name: "test.Locked", methods: Echo.methods }, channel);
  const call = watched(locked.put("x"));
  await stage.advance(100);
  assertEquals(call.now, "UNAVAILABLE");
  assertStringIncludes(call.error.message, "The instances of test.Locked cannot be read");
  const patient = watched(locked.put("y", { waitForReady: true, timeout: 20_000 }));
  await zk.delete("/services/test.Locked");
  await stage.register(hosts[0]!, "test.Locked");
  await stage.advance(6_000);
  assertEquals(patient.now, "done");
});

Deno.test("With the session closed what is known is called, and what is not fails at once", async () => {
  await using stage = await new Stage().begin();
  await stage.register(hosts[0]!);
  const lines: string[] = [];
  const { client, channel } = stage.client({ logger: { warn: (line) => lines.push(line) } });
  const others = createClient({ name: "test.Other", methods: Echo.methods }, channel);
  await client.put("x");
  await stage.calling.zk.close();
  await stage.advance(100);
  assertEquals(await client.put("y"), "y");
  const said = "The instances of test.Other cannot be read: The ZooKeeper session is at its end";
  for (let i = 0; i < 2; i++) {
    const other = watched(others.put("z"));
    await stage.advance(1);
    assertEquals([other.now, other.error?.message], ["UNAVAILABLE", said]);
    await stage.advance(12_000);
  }
  assertEquals(lines, [said]);
});

Deno.test("In tiny_rpc's layout a method is an instance, and each finds its own", async () => {
  await using stage = await new Stage().begin("/", tinyRpc());
  await stage.register(hosts[0]!, "Echo", "Get");
  await stage.register(hosts[1]!, "Echo", "Put");
  const { client } = stage.client({ target: "tinyrpc-zk:/" });
  assertEquals([await client.get("g"), await client.put("p")], ["g", "p"]);
  const came = stage.fleet.all.map(({ calls }) =>
    calls.map(({ call }) => text.decode(call.request))
  );
  assertEquals(came, [["g"], ["p"], []]);
});

Deno.test("In its later layout a method has any number of instances, and all are used", async () => {
  const layout = tinyRpcInstances();
  await using stage = await new Stage().begin("/mprpc/services", layout);
  for (const host of hosts.slice(0, 2)) {
    await stage.offering.discovery.register({
      name: "Echo/Get",
      address: host,
      port: 8000,
      serviceType: "DYNAMIC_SEQUENTIAL",
    });
  }
  const { client } = stage.client({ target: "tinyrpc-zk:/mprpc/services", layout });
  for (let i = 0; i < 10; i++) await client.get("g");
  const [one, two] = stage.shares();
  assert(one! >= 3 && two! >= 3);
  const error = await assertRejects(() => client.put("p"), RpcError);
  assertEquals(error.message, "There is no instance of test.Echo/Put");
});
