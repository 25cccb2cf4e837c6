/** Services that come and go, with servers that do. */
import { assert, assertEquals } from "@std/assert";
import type { ServiceCache } from "@zkst/zookeeper/discovery";
import { ServiceDiscovery } from "@zkst/zookeeper/discovery";
import {
  connect,
  isReachable,
  lasting,
  testWithEnsemble,
  testWithServer,
  testWithServerApart,
} from "./server.ts";
import { until, within } from "./waiting.ts";
import { version, world } from "./world.ts";

/** The server's tick, ms. */
const tick = 200;

/** Both ways to watch. */
const engines = [{}, { serverVersion: version }];

function ids(cache: ServiceCache): string {
  return cache.snapshot.instances.map(({ id }) => id).sort().join();
}

if (isReachable) {
  testWithServer(
    "A provider that is killed is gone within its timeout and two ticks; one that is ended drains first",
    async (server) => {
      const T = 1_000;
      const zks = await Promise.all(engines.map((options) => connect(server.address, options)));
      const caches = await Promise.all(
        zks.map((zk) => new ServiceDiscovery(zk).cache("user")),
      );
      const statuses = new Set<string>();
      for (const cache of caches) {
        cache.subscribe(() => {
          for (const { status } of cache.snapshot.instances) statuses.add(status);
        });
      }
      await using killed = new Provider(server.address, T);
      await using ended = new Provider(server.address, T);
      await killed.says("registered");
      await ended.says("registered");
      await until("both are seen", () => caches.every((cache) => ids(cache).includes(",")));
      killed.kill("SIGKILL");
      const start = performance.now();
      await until("it is gone", () => caches.every((cache) => ids(cache) === `${ended.pid}`));
      const took = performance.now() - start;
      // The window in which changes are gathered, and a moment for a busy machine.
      assert(took < T + 2 * tick + 60 + 500, `gone after ${took} ms`);
      ended.kill("SIGTERM");
      await ended.says("drained");
      await until("the other is, too", () => caches.every((cache) => ids(cache) === ""));
      assert(statuses.has("DRAINING"), [...statuses].join());
      for (const zk of zks) await zk.close();
    },
  );
}

testWithServer(
  "A server that is down for a while: no pick fails, all come back",
  async (server) => {
    const options = { sessionTimeout: 1_000 };
    const offering = await connect(server.address, options);
    const lookers = await Promise.all(
      engines.map((engine) => connect(server.address, { ...options, ...engine })),
    );
    const providers = new ServiceDiscovery(offering);
    const three = await Promise.all(
      ["a", "b", "c"].map((id) => providers.register({ name: "user", id, address: "h", port: 1 })),
    );
    const caches = await Promise.all(lookers.map((zk) => new ServiceDiscovery(zk).cache("user")));
    const counts = new Set<number>();
    const down = new AbortController();
    const picking = (async () => {
      while (!down.signal.aborted) {
        for (const cache of caches) counts.add(cache.snapshot.instances.length);
        await new Promise((resolve) => setTimeout(resolve));
      }
    })();
    await server.kill();
    await until(
      "all know that they know nothing",
      () =>
        caches.every(({ snapshot }) => snapshot.stale) &&
        three.every(({ state }) => state === "lost"),
    );
    await server.start();
    await until("all are back", () =>
      three.every(({ state }) => state === "registered") &&
      caches.every(({ snapshot, metrics }) => !snapshot.stale && metrics.held === 0) &&
      caches.every((cache) => ids(cache) === "a,b,c"));
    down.abort();
    await picking;
    assertEquals([...counts], [3]);
    for (const zk of [offering, ...lookers]) await within("closing", zk.close());
  },
);

testWithServer(
  "A thousand that restart at once: few snapshots, nobody lost",
  async (server) => {
    const count = 1000;
    const zks = await Promise.all(engines.map((options) => connect(server.address, options)));
    const offering = await connect(server.address);
    const caches = await Promise.all(zks.map((zk) => new ServiceDiscovery(zk).cache("user")));
    const register = async (port: number) => {
      const discovery = new ServiceDiscovery(offering);
      await Promise.all(
        Array.from(
          { length: count },
          (_, i) => discovery.register({ name: "user", id: `${i}`, address: "h", port }),
        ),
      );
      return discovery;
    };
    const first = await register(1);
    await until(
      "all are seen",
      () => caches.every(({ snapshot }) => snapshot.instances.length === count),
    );
    const before = caches.map(({ snapshot }) => snapshot.version);
    await within("the first to go", first.close());
    const second = await register(2);
    await until(
      "all are seen again",
      () =>
        caches.every(({ snapshot }) =>
          snapshot.instances.length === count && snapshot.instances.every(({ port }) => port === 2)
        ),
    );
    const snapshots = caches.map(({ snapshot }, i) => snapshot.version - before[i]!);
    assert(snapshots.every((count) => count < 60), `${snapshots} snapshots`);
    await within("the second to go", second.close());
    for (const zk of [...zks, offering]) await within("closing", zk.close());
  },
);

testWithEnsemble(
  "A rolling restart of an ensemble leaves each znode as it is",
  async (ensemble) => {
    const offering = await connect(ensemble.connectString, lasting.session);
    const discovery = new ServiceDiscovery(offering);
    const registrations = await Promise.all(
      Array.from(
        { length: 10 },
        (_, i) => discovery.register({ name: "user", id: `${i}`, address: "h", port: 1 }),
      ),
    );
    const zks = await Promise.all(
      engines.map((options) => connect(ensemble.connectString, { ...lasting.session, ...options })),
    );
    const caches = await Promise.all(zks.map((zk) => new ServiceDiscovery(zk).cache("user")));
    const of = (cache: ServiceCache) =>
      cache.snapshot.instances.map(({ id, czxid, mzxid }) => `${id} ${czxid} ${mzxid}`);
    const before = of(caches[0]!);
    const events: string[] = [];
    for (const cache of caches) cache.subscribe(({ type }) => events.push(type));
    for (const registration of registrations) {
      registration.subscribe(({ type }) => events.push(type));
    }
    for (const server of ensemble.servers) {
      await server.restart();
      await within("a connection", offering.connected(), 30_000);
      for (const zk of zks) await within("a connection", zk.connected(), 30_000);
    }
    await until("nobody is in doubt", () => caches.every(({ snapshot }) => !snapshot.stale));
    for (const cache of caches) assertEquals(of(cache), before);
    await offering.sync("/");
    for (const [i, { path }] of registrations.entries()) {
      const { czxid, mzxid } = (await offering.exists(path))!;
      assert(before.includes(`${i} ${czxid} ${mzxid}`));
    }
    const churn = events.filter((type) => type !== "stale" && type !== "resynced");
    assertEquals(churn, []);
    for (const zk of [offering, ...zks]) await within("closing", zk.close());
  },
);

// How fast it is, once is enough to know.
const test10k = world === "3.8" ? testWithServerApart : () => {};

test10k("10,000 instances are read cold in under 2 s", async (server) => {
  const zk = await connect(server.address);
  await zk.ensurePath("/services/user");
  const uriSpec = { parts: [{ value: "scheme", variable: true }] };
  const creations = Array.from({ length: 10_000 }, (_, i) => {
    const id = `${i}`;
    const payload = { zone: "a" };
    const data = JSON.stringify({ name: "user", id, address: "h", port: 1, payload, uriSpec });
    return zk.create(`/services/user/${id}`, data);
  });
  await within("the instances", Promise.all(creations), 60_000);
  for (const options of engines) {
    await using fresh = await connect(server.address, options);
    const start = performance.now();
    const cache = await new ServiceDiscovery(fresh).cache("user");
    const took = performance.now() - start;
    assertEquals(cache.snapshot.instances.length, 10_000);
    assert(took < 2_000, `read in ${took} ms`);
    if (cache.metrics.watches === 1) continue;
    assertEquals(cache.metrics.watches, 10_001);
  }
  await zk.close();
});

/** A process that registers an instance. */
class Provider implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #lines: AsyncIterator<string>;
  #said = "";

  constructor(address: string, sessionTimeout: number) {
    const program = decodeURI(new URL("provider.ts", import.meta.url).pathname);
    this.#child = new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "--no-lock", "--allow-net", program, address, `${sessionTimeout}`],
      stdout: "piped",
    }).spawn();
    this.#lines = this.#child.stdout.pipeThrough(new TextDecoderStream())[Symbol.asyncIterator]();
  }

  get pid(): number {
    return this.#child.pid;
  }

  kill(signal: Deno.Signal): void {
    this.#child.kill(signal);
  }

  /** Resolves when it has said this. */
  async says(what: string): Promise<void> {
    while (!this.#said.includes(what)) {
      const { value, done } = await within(what, Promise.resolve(this.#lines.next()), 30_000);
      if (done) throw new Error(`The provider has ended: ${this.#said}`);
      this.#said += value;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    await this.#child.status;
    while (!(await this.#lines.next()).done);
  }
}
