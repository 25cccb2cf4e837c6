/**
 * Service discovery against a server on this machine, a ZooKeeper where one is installed: how long a
 * large service takes to be read, what its watches cost the server, what a restart of all its
 * instances costs a cache, and how fast instances are registered.
 *
 *     deno task bench discovery [--quick]
 *
 * Or what an outage does in real time: so many seconds without the server, while a process asks its
 * caches for instances.
 *
 *     deno task bench discovery --outage 60
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

/** What the arguments ask for. */
export function discoveryBench(args: string[]): () => Promise<void> {
  const at = args.indexOf("--outage");
  if (at < 0) return () => benchDiscovery(args.includes("--quick"));
  const seconds = Number(args[at + 1]);
  if (seconds > 0 && seconds <= 3_600) return () => outage(seconds);
  throw new TypeError(`--outage takes seconds, up to 3600, not "${args[at + 1]}"`);
}

/** Measures and prints; `quick` shows that all works, and little else. */
async function benchDiscovery(quick: boolean): Promise<void> {
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

/** The server is away; nobody is to be without instances, and all are to come back. */
async function outage(seconds: number): Promise<void> {
  if (!installed()) throw new Error("An outage needs a ZooKeeper to stop; none is installed");
  await using server = await Server.start({ tickTime: 1000 });
  const offering = await ZooKeeper.connect(server.address);
  const discovery = new ServiceDiscovery(offering);
  const registrations = await Promise.all(
    Array.from(
      { length: 100 },
      (_, i) => discovery.register({ name: "user", id: `${i}`, address: "10.0.0.5", port: 8000 }),
    ),
  );
  const zks = await Promise.all(
    engines.map(([, options]) => ZooKeeper.connect(server.address, options)),
  );
  const caches = await Promise.all(zks.map((zk) => new ServiceDiscovery(zk).cache("user")));
  await server.kill();
  let [picks, failed] = [0, 0];
  const until = (isSo: () => boolean) =>
    new Promise<void>((resolve) => {
      const timer = setInterval(() => {
        for (const { snapshot: { instances } } of caches) {
          for (let i = 0; i < 1_000; i++) {
            picks++;
            if (instances[i % instances.length] === undefined) failed++;
          }
        }
        if (!isSo()) return;
        clearInterval(timer);
        resolve();
      }, 5);
    });
  const start = performance.now();
  await until(() => performance.now() - start > seconds * 1_000);
  await server.start();
  const back = performance.now();
  await until(() =>
    registrations.every(({ state }) => state === "registered") &&
    caches.every(({ snapshot, metrics }) =>
      !snapshot.stale && metrics.held === 0 && snapshot.instances.length === 100
    )
  );
  say("picks while it was away", number(picks));
  say("  of which there was no instance", number(failed), "0");
  say("all as before, after", `${((performance.now() - back) / 1_000).toFixed(1)} s`);
  await Promise.all([offering, ...zks].map((zk) => zk.close()));
  if (failed > 0) throw new Error("There were picks without an instance");
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
