/** Providers that are killed, restarted and ended under load, over real sockets. */
import { assert, assertEquals } from "@std/assert";
import { createClient, RpcChannel, RpcServer, type ServerContext } from "@zkst/zookeeper/rpc";
import { until } from "../../integration/waiting.ts";
import { quickest } from "../server/sockets.ts";
import { Cluster, Load, Provider } from "./cluster.ts";
import { Echo } from "./echo.ts";

Deno.test("Providers are killed with kill -9 under load, and no idempotent call fails", async () => {
  await using cluster = await Cluster.open();
  const start = (port?: number) => Provider.start(cluster.address, port);
  const [one, two, three] = await Promise.all([start(), start(), start()]);
  await using _one = one!, _two = two!, _three = three!;
  const { channel, client } = await cluster.client();
  const load = new Load(() => client.get("x"), 50);
  await until("all three answer", () => load.answers.size === 3);
  one!.kill("SIGKILL");
  await one!.ended;
  await until("the kill is noticed", () => channel.stats().retries > 0);
  // At the same address, while the znode of the one that was killed is there still.
  await using again = await start(one!.port);
  await until("the new one answers", () => load.answers.has(String(again.pid)));
  two!.kill("SIGKILL");
  await two!.ended;
  const { calls: before } = load;
  await until("a thousand calls have been made since", () => load.calls > before + 1_000);
  await load.stop();
  assertEquals(load.failures, []);
  const { calls, retries } = channel.stats();
  assertEquals(calls, { OK: load.calls });
  assert(retries >= 1 && retries <= 100, `${retries} of ${load.calls}`);
});

Deno.test("ZooKeeper is down, and no call fails, whatever its method", async () => {
  await using cluster = await Cluster.open();
  const zk = await cluster.session();
  await cluster.serve(3, () => Promise.resolve(zk));
  const { channel, client } = await cluster.client();
  const load = new Load(() => client.put("x"), 20);
  await until("all answer", () => load.answers.size === 3);
  cluster.server.refuse();
  await until("the session knows", () => zk.state === "CONNECTING");
  const { calls: before } = load;
  await until("five thousand calls have been made", () => load.calls > before + 5_000);
  cluster.server.heal();
  await until("the session is back", () => zk.state === "CONNECTED");
  const { calls: then } = load;
  await until("a thousand more", () => load.calls > then + 1_000);
  await load.stop();
  assertEquals(load.failures, []);
  assertEquals(load.answers.size, 3);
  assertEquals(channel.stats().retries, 0);
});

Deno.test("A rolling restart of five providers, and no call fails, whatever its method", async () => {
  await using cluster = await Cluster.open();
  // One session each, as processes have.
  const servers = await cluster.serve(5, () => cluster.session());
  const { channel, client } = await cluster.client({ lb: "p2c" });
  const load = new Load(() => client.put("x"), 50);
  await until("all answer", () => load.answers.size === 5);
  for (const served of servers) {
    await served.restart();
    await until("the new one answers", () => load.answers.has(served.name));
  }
  await load.stop();
  assertEquals(load.failures, []);
  assertEquals(load.answers.size, 10);
  assertEquals(channel.stats().retries, 0);
});

Deno.test("A handler sees within 50 ms that its caller has cancelled, or its caller's caller", async () => {
  await using cluster = await Cluster.open();
  const zk = await cluster.session();
  let [began, heard] = [0, 0];
  const hear = (_: string, { signal }: ServerContext) => {
    began++;
    return new Promise<string>((resolve) =>
      signal.addEventListener("abort", () => {
        heard = performance.now();
        resolve("");
      })
    );
  };
  await using back = new RpcServer({ zk }).add(Echo, { get: hear });
  const { address } = await back.listen({ hostname: "127.0.0.1" });
  const { client } = await cluster.client();
  await using front = new RpcServer().add({ ...Echo, name: "test.Front" }, {
    // Nothing is handed on: the call is known to be for this one.
    put: (text) => client.get(text, { timeout: 60_000 }),
  });
  const at = await front.listen({ hostname: "127.0.0.1" });
  const ways = { "test.Echo": address.port, "test.Front": at.address.port };
  for (const [name, port] of Object.entries(ways)) {
    await using channel = new RpcChannel(`static:127.0.0.1:${port}`);
    const { get, put } = createClient({ ...Echo, name }, channel);
    const method = name === "test.Echo" ? get : put;
    const took = await quickest(async () => {
      began = heard = 0;
      const abort = new AbortController();
      const call = method("x", { signal: abort.signal }).catch((error: Error) => error.message);
      await until("the handler runs", () => began === 1);
      const start = performance.now();
      abort.abort(new Error("No more"));
      assertEquals(await call, "No more");
      await until("the handler hears", () => heard > 0);
      return heard - start;
    }, 50);
    assert(took < 50, `${took} ms`);
  }
});

Deno.test("A call made in a handler has no more time than the call that it handles", async () => {
  await using cluster = await Cluster.open();
  const { client } = await cluster.client();
  const zk = await cluster.session();
  let left = 0;
  await using server = new RpcServer({ zk }).add(Echo, {
    get: (_, { timeLeft }) => {
      left = timeLeft;
      return "";
    },
    put: (text) => client.get(text, { timeout: 60_000 }),
  });
  await server.listen({ hostname: "127.0.0.1" });
  await client.put("x", { timeout: 2_000 });
  assert(left > 500 && left <= 2_000, `${left} ms`);
  await client.get("x", { timeout: 60_000 });
  assert(left > 50_000, `${left} ms`);
});
