/**
 * Service discovery against a server on this machine, a ZooKeeper where one is installed: how long a
 * large service takes to be read, what its watches cost the server, what a restart of all its
 * instances costs a cache, and how fast instances are registered.
 *
 *     deno task bench discovery [--quick]
 *
 * @module
 */
// deno-lint-ignore-file no-console
import { ZooKeeper, type ZooKeeperOptions } from "../mod.ts";
import { type ServiceCache, ServiceDiscovery } from "../src/discovery/mod.ts";
import { TestServer } from "../src/testing/mod.ts";
import { fourLetterWord, installed, Server } from "../tools/servers.ts";

const engines: readonly [name: string, options: ZooKeeperOptions][] = [
  ["one-shot watches", {}],
  ["a recursive watch", { serverVersion: "3.8" }],
];

/** Measures and prints; `quick` shows that all works, and little else. */
export async function benchDiscovery(quick: boolean): Promise<void> {
  const count = quick ? 1_000 : 10_000;
  await using server = await start();
  console.log(`${server.name}, ${number(count)} instances of one service, each 300 bytes\n`);
  await using offering = await ZooKeeper.connect(server.address);
  await fill(offering, count);
  for (const [name, options] of engines) await readCold(server, name, options, count);
  await churn(server, offering, count);
  await register(server, quick ? 200 : 1_000);
}

async function readCold(
  server: Running,
  name: string,
  options: ZooKeeperOptions,
  count: number,
): Promise<void> {
  const took: number[] = [];
  let watches = "";
  for (let round = 0; round < 5; round++) {
    await using zk = await ZooKeeper.connect(server.address, options);
    const start = performance.now();
    const cache = await new ServiceDiscovery(zk).cache("user");
    took.push(performance.now() - start);
    if (cache.snapshot.instances.length !== count) throw new Error("Not all were read");
    watches = await server.watches();
  }
  took.sort((a, b) => a - b);
  const [first, median] = [took.at(-1)!, took[2]!];
  say(`read cold, ${name}`, `${median.toFixed(0)} ms, at most ${first.toFixed(0)}`, "under 2,000");
  say("  data watches on the server", watches, options.serverVersion ? "at most 2" : "");
}

/** All are deleted and created again, as when a service is restarted. */
async function churn(server: Running, offering: ZooKeeper, count: number): Promise<void> {
  const zks = await Promise.all(
    engines.map(([, options]) => ZooKeeper.connect(server.address, options)),
  );
  const caches = await Promise.all(zks.map((zk) => new ServiceDiscovery(zk).cache("user")));
  const before = caches.map((cache) => [cache.snapshot.version, cache.metrics.reads] as const);
  const start = performance.now();
  const written = Promise.all(Array.from({ length: count }, (_, i) => {
    const path = `/services/user/${i}`;
    return Promise.all([offering.delete(path), offering.create(path, instance(i, 2))]);
  }));
  await written;
  const writing = performance.now() - start;
  const seen = (cache: ServiceCache) =>
    cache.snapshot.instances.length === count &&
    cache.snapshot.instances.every(({ port }) => port === 2);
  while (!caches.every(seen)) await new Promise((resolve) => setTimeout(resolve, 5));
  const took = performance.now() - start;
  say("all restart: written", `${writing.toFixed(0)} ms`);
  say("  seen by two caches", `${(took - writing).toFixed(0)} ms later`);
  for (const [i, [name]] of engines.entries()) {
    const [version, reads] = before[i]!;
    const snapshots = caches[i]!.snapshot.version - version;
    const read = number(caches[i]!.metrics.reads - reads);
    say(`  ${name}`, `${snapshots} snapshots, ${read} reads`);
  }
  for (const zk of zks) await zk.close();
}

async function register(server: Running, count: number): Promise<void> {
  await using zk = await ZooKeeper.connect(server.address);
  const discovery = new ServiceDiscovery(zk);
  const start = performance.now();
  await Promise.all(
    Array.from(
      { length: count },
      (_, i) => discovery.register({ name: "other", id: `${i}`, address: "10.0.0.5", port: 8000 }),
    ),
  );
  const took = performance.now() - start;
  say(`${number(count)} registered at once`, `${took.toFixed(0)} ms`);
}

function instance(i: number, port: number): string {
  const payload = { "@class": "java.util.LinkedHashMap", zone: "a", version: "1.2.3" };
  const uriSpec = { parts: [{ value: "scheme", variable: true }] };
  const address = `10.0.${i >> 8}.${i & 0xff}`;
  const fields = { name: "user", id: `${i}`, address, port, sslPort: null, payload };
  return JSON.stringify({
    ...fields,
    registrationTimeUTC: 1795425065334,
    serviceType: "DYNAMIC",
    uriSpec,
  }).padEnd(300);
}

async function fill(zk: ZooKeeper, count: number): Promise<void> {
  await zk.ensurePath("/services/user");
  const created = Array.from(
    { length: count },
    (_, i) => zk.create(`/services/user/${i}`, instance(i, 1)),
  );
  await Promise.all(created);
}

/** A server to measure with. */
interface Running extends AsyncDisposable {
  readonly name: string;
  readonly address: string;
  /** How many watches it keeps. */
  watches(): Promise<string>;
}

async function start(): Promise<Running> {
  if (!installed()) {
    const server = new TestServer();
    return {
      name: "TestServer in this process, for want of a ZooKeeper",
      address: await server.listen(),
      watches: () => Promise.resolve(number(server.watchCount)),
      [Symbol.asyncDispose]: () => server.close(),
    };
  }
  const flags = ["-Xmx512m", "-XX:TieredStopAtLevel=4"];
  const server = await Server.start({ tickTime: 2000, flags });
  return {
    name: "ZooKeeper",
    address: server.address,
    async watches() {
      const answer = await fourLetterWord(server.address, "wchs");
      return number(Number(/Total watches:(\d+)/.exec(answer)?.[1]));
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

function number(value: number): string {
  return value.toLocaleString("en");
}

function say(what: string, found: string, target = ""): void {
  console.log(`${what.padEnd(34)} ${found.padStart(28)}${target && `   target ${target}`}`);
}
