/** The adapter to OpenTelemetry, on a provider that notes what it is told. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { ZooKeeper } from "@zkst/zookeeper";
import {
  type Attributes,
  type Instrument,
  type Meter,
  type MeterProvider,
  type Observing,
  telemetry,
} from "@zkst/zookeeper/telemetry";
import { TestServer } from "@zkst/zookeeper/testing";

type Callback = (result: Observing) => void;

/** A provider that adds up what counters are told, and keeps what histograms are. */
class Provider implements MeterProvider {
  readonly meters: string[] = [];
  readonly kinds = new Map<string, Instrument & { kind: string }>();
  readonly sums = new Map<string, number>();
  readonly values = new Map<string, number[]>();
  readonly gauges = new Map<string, Set<Callback>>();

  getMeter(name: string): Meter {
    this.meters.push(name);
    return {
      createCounter: (name, options) => {
        this.kinds.set(name, { kind: "counter", ...options });
        return {
          add: (value, attributes) => {
            const key = keyOf(name, attributes);
            this.sums.set(key, (this.sums.get(key) ?? 0) + value);
          },
        };
      },
      createHistogram: (name, options) => {
        this.kinds.set(name, { kind: "histogram", ...options });
        return {
          record: (value, attributes) => {
            const key = keyOf(name, attributes);
            this.values.set(key, [...this.values.get(key) ?? [], value]);
          },
        };
      },
      createObservableGauge: (name, options) => {
        this.kinds.set(name, { kind: "gauge", ...options });
        const callbacks = new Set<Callback>();
        this.gauges.set(name, callbacks);
        return {
          addCallback: (callback) => void callbacks.add(callback),
          removeCallback: (callback) => void callbacks.delete(callback),
        };
      },
    };
  }

  /** What the gauges say now. */
  collect(): Map<string, number> {
    const all = new Map<string, number>();
    for (const [name, callbacks] of this.gauges) {
      for (const callback of callbacks) {
        callback({
          observe: (value, attributes) => {
            const key = keyOf(name, attributes);
            assert(!all.has(key), `${key} is told twice`);
            all.set(key, value);
          },
        });
      }
    }
    return all;
  }
}

/** "name a=1,b=2", without what all have. */
function keyOf(name: string, attributes: Attributes = {}): string {
  const { "db.system.name": system, "service.region": region, ...own } = attributes;
  assertEquals([system, region], ["zookeeper", "north"]);
  const pairs = Object.entries(own).map(([key, value]) => `${key}=${value}`);
  return [name, ...pairs.length > 0 ? [pairs.join(",")] : []].join(" ");
}

const attributes = { "service.region": "north" };

Deno.test("telemetry(): instruments by the conventions' names and units, made once", () => {
  const meterProvider = new Provider();
  telemetry({ meterProvider, attributes });
  assertEquals(meterProvider.meters, ["@zkst/zookeeper"]);
  const made = [...meterProvider.kinds].map(([name, { kind, unit }]) => `${name} ${kind} ${unit}`);
  assertEquals(made.sort(), [
    "db.client.operation.duration histogram s",
    "zookeeper.client.connections counter {connection}",
    "zookeeper.client.disconnections counter {connection}",
    "zookeeper.client.network.io counter By",
    "zookeeper.client.ping.duration histogram s",
    "zookeeper.client.requests.pending gauge {request}",
    "zookeeper.client.requests.size gauge By",
    "zookeeper.client.retries counter {retry}",
    "zookeeper.client.session.events counter {event}",
    "zookeeper.client.sessions gauge {session}",
    "zookeeper.client.watch.events counter {event}",
    "zookeeper.client.watches gauge {path}",
  ]);
  const { advice } = meterProvider.kinds.get("db.client.operation.duration")!;
  assert(advice!.explicitBucketBoundaries!.includes(0.001));
});

Deno.test("telemetry(): two sessions are told as one, and the gauges end with the last", async () => {
  await using server = new TestServer();
  const { platform } = server;
  const provider = new Provider();
  const metrics = telemetry({ meterProvider: provider, attributes });
  const options = { platform, metrics, retry: true, sessionTimeout: 10_000 };
  const one = await ZooKeeper.connect("one:2181", options);
  const two = await ZooKeeper.connect("two:2182", options);
  await one.create("/a");
  await two.exists("/a", { watch: () => {} });
  await two.exists("/b", { watch: () => {} });
  server.delay(30);
  const failing = one.create("/a").catch(() => {});
  assertEquals(
    provider.collect().get("zookeeper.client.requests.pending zookeeper.request.state=unsent"),
    1,
  );
  await server.advance(10);
  assertEquals(
    provider.collect(),
    new Map([
      ["zookeeper.client.sessions zookeeper.session.state=CONNECTED", 2],
      ["zookeeper.client.requests.pending zookeeper.request.state=sent", 1],
      ["zookeeper.client.requests.pending zookeeper.request.state=unsent", 0],
      ["zookeeper.client.requests.pending zookeeper.request.state=parked", 0],
      ["zookeeper.client.requests.size zookeeper.request.state=unsent", 0],
      ["zookeeper.client.watches zookeeper.watch.kind=data", 1],
      ["zookeeper.client.watches zookeeper.watch.kind=exists", 1],
      ["zookeeper.client.watches zookeeper.watch.kind=children", 0],
      ["zookeeper.client.watches zookeeper.watch.kind=persistent", 0],
      ["zookeeper.client.watches zookeeper.watch.kind=recursive", 0],
    ]),
  );
  await server.advance(20);
  await failing;
  const taken = provider.values.get(
    "db.client.operation.duration db.operation.name=create,db.response.status_code=NODEEXISTS," +
      "error.type=NODEEXISTS",
  );
  assertEquals(taken, [0.03]);
  server.delay(0);
  await one.delete("/a");
  await server.advance(5000);
  server.halfOpen({ host: "one:2181" });
  const reading = one.getData("/");
  await server.advance(20_000);
  await reading;
  const { sums, values } = provider;
  const sum = (name: string) => sums.get(`zookeeper.client.${name}`);
  assertEquals(sum("watch.events zookeeper.event.type=NodeDeleted"), 1);
  assertEquals(sum("connections server.address=one,server.port=2181"), 2);
  assertEquals(sum("connections server.address=two,server.port=2182"), 1);
  assertEquals(sum("disconnections error.type=OPERATIONTIMEOUT"), 1);
  assertEquals(
    sum(
      "retries db.operation.name=getData,db.response.status_code=OPERATIONTIMEOUT,error.type=OPERATIONTIMEOUT",
    ),
    1,
  );
  assertEquals(sum("session.events zookeeper.session.state=CONNECTED"), 3);
  const bytes = one.stats().sent.bytes + two.stats().sent.bytes;
  assertEquals(sum("network.io network.io.direction=transmit"), bytes);
  assert(sum("network.io network.io.direction=receive")! > 0);
  assert(values.get("zookeeper.client.ping.duration")!.length > 1);
  await one.close();
  assertEquals(
    provider.collect().get("zookeeper.client.sessions zookeeper.session.state=CONNECTED"),
    1,
  );
  await two.close();
  assertEquals([...provider.gauges.values()].map(({ size }) => size), [0, 0, 0, 0]);
});

Deno.test("telemetry(): a server is its address and its port apart, IPv6 without brackets", () => {
  const provider = new Provider();
  const metrics = telemetry({ meterProvider: provider, attributes })!;
  metrics.connected?.("[2001:db8::7]:2181");
  const name = "zookeeper.client.connections server.address=2001:db8::7,server.port=2181";
  assertEquals([...provider.sums], [[name, 1]]);
});

Deno.test("telemetry(): nothing where Deno's is not switched on; a provider's own failure is told", () => {
  assertEquals(telemetry(), undefined);
  const meterProvider = {
    getMeter(): Meter {
      throw new Error("no meter");
    },
  };
  assertThrows(() => telemetry({ meterProvider }), Error, "no meter");
  const bad: [object, string][] = [
    [{ provider: meterProvider }, 'telemetry() has no option "provider"; there are meterProvider'],
    [{ meterProvider: {} }, "must have the method getMeter()"],
  ];
  for (const [options, message] of bad) {
    assertThrows(() => telemetry(options), TypeError, message);
  }
});
