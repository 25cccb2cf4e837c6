/**
 * A session's metrics by way of OpenTelemetry, which Deno has built in: with `OTEL_DENO=true` in the
 * environment they are exported by OTLP. Nothing is downloaded for that. Names are those of
 * OpenTelemetry's conventions for databases where these have one, else `zookeeper.client.…`; times
 * are in seconds there.
 *
 * | instrument                          | kind      | attributes                                             |
 * | ----------------------------------- | --------- | ------------------------------------------------------ |
 * | db.client.operation.duration        | histogram | db.operation.name, db.response.status_code, error.type |
 * | zookeeper.client.retries            | counter   | db.operation.name, db.response.status_code, error.type |
 * | zookeeper.client.network.io         | counter   | network.io.direction                                   |
 * | zookeeper.client.connections        | counter   | server.address                                         |
 * | zookeeper.client.disconnections     | counter   | error.type                                             |
 * | zookeeper.client.session.events     | counter   | zookeeper.session.state                                |
 * | zookeeper.client.watch.events       | counter   | zookeeper.event.type                                   |
 * | zookeeper.client.ping.duration      | histogram |                                                        |
 * | zookeeper.client.sessions           | gauge     | zookeeper.session.state                                |
 * | zookeeper.client.requests.pending   | gauge     | zookeeper.request.state                                |
 * | zookeeper.client.requests.size      | gauge     | zookeeper.request.state                                |
 * | zookeeper.client.watches            | gauge     | zookeeper.watch.kind                                   |
 *
 * @example
 * ```ts
 * import { ZooKeeper } from "@zkst/zookeeper";
 * import { telemetry } from "@zkst/zookeeper/telemetry";
 *
 * await using zk = await ZooKeeper.connect("127.0.0.1:2181", { metrics: telemetry() });
 * await zk.exists("/");
 * ```
 *
 * @module
 */
import type { Metrics, Stats } from "../metrics.ts";
import { Gauges } from "./gauges.ts";
import type { Attributes, Meter, MeterProvider } from "./meter.ts";

export type { Metrics, PingStats, Stats, Traffic } from "../metrics.ts";
export type {
  Attributes,
  Instrument,
  Meter,
  MeterProvider,
  Observable,
  Observing,
} from "./meter.ts";

/** Options of {@link telemetry}. */
export interface TelemetryOptions {
  /** Where instruments come from; Deno's own unless given. @opentelemetry/api's fit. */
  meterProvider?: MeterProvider;
  /** Attributes of everything that is recorded, beside the instruments' own. */
  attributes?: Attributes;
}

/**
 * Metrics for the option `metrics`, of one session or, to be told of their sum, of several. Undefined,
 * and so nothing at all, where no provider is given and Deno's telemetry is not switched on.
 */
export function telemetry(options: TelemetryOptions = {}): Metrics | undefined {
  const { attributes = {} } = options;
  const meter = options.meterProvider?.getMeter(meterName) ?? denoMeter();
  return meter === undefined ? undefined : new Telemetry(meter, attributes);
}

const meterName = "@zkst/zookeeper";

function denoMeter(): Meter | undefined {
  const provider = Deno.telemetry?.meterProvider as MeterProvider | undefined;
  try {
    return provider?.getMeter(meterName);
  } catch {
    // Not switched on.
    return undefined;
  }
}

/** Boundaries of the conventions for databases, s. */
const advice = { explicitBucketBoundaries: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10] };

/** The instruments, and what each is told. Attributes are made once for each that occur. */
class Telemetry implements Metrics {
  readonly #attributes: Attributes;
  readonly #gauges: Gauges;
  readonly #known = new Map<string, Attributes>();
  readonly #duration;
  readonly #retries;
  readonly #io;
  readonly #connections;
  readonly #disconnections;
  readonly #sessionEvents;
  readonly #watchEvents;
  readonly #ping;

  constructor(meter: Meter, attributes: Attributes) {
    this.#attributes = { "db.system.name": "zookeeper", ...attributes };
    const counter = (name: string, unit: string, description: string) =>
      meter.createCounter(`zookeeper.client.${name}`, { unit, description });
    const seconds = (name: string, description: string) =>
      meter.createHistogram(name, { unit: "s", description, advice });
    this.#duration = seconds("db.client.operation.duration", "Duration of requests");
    this.#ping = seconds("zookeeper.client.ping.duration", "Round trips of pings");
    this.#retries = counter("retries", "{retry}", "Requests repeated");
    this.#io = counter("network.io", "By", "Bytes sent and received");
    this.#connections = counter("connections", "{connection}", "Connections made");
    this.#disconnections = counter("disconnections", "{connection}", "Connections lost");
    this.#sessionEvents = counter("session.events", "{event}", "Session events");
    this.#watchEvents = counter("watch.events", "{event}", "Watch events");
    this.#gauges = new Gauges(meter, (key, value) => this.#of(key, value));
  }

  begin(stats: () => Stats): void {
    this.#gauges.add(stats);
  }

  request(operation: string, code: string, duration: number): void {
    this.#duration.record(duration / 1000, this.#outcome(operation, code));
  }

  retry(operation: string, code: string): void {
    this.#retries.add(1, this.#outcome(operation, code));
  }

  sent(bytes: number): void {
    this.#io.add(bytes, this.#of("network.io.direction", "transmit"));
  }

  received(bytes: number): void {
    this.#io.add(bytes, this.#of("network.io.direction", "receive"));
  }

  connected(server: string): void {
    this.#connections.add(1, this.#of("server.address", server));
  }

  disconnected(code: string): void {
    this.#disconnections.add(1, this.#of("error.type", code));
  }

  session(state: string): void {
    this.#sessionEvents.add(1, this.#of("zookeeper.session.state", state));
  }

  event(type: string): void {
    this.#watchEvents.add(1, this.#of("zookeeper.event.type", type));
  }

  ping(roundTrip: number): void {
    this.#ping.record(roundTrip / 1000, this.#attributes);
  }

  end(stats: () => Stats): void {
    this.#gauges.delete(stats);
  }

  #of(key: string, value: string): Attributes {
    return this.#once(`${key}=${value}`, () => ({ [key]: value }));
  }

  #outcome(operation: string, code: string): Attributes {
    return this.#once(`${operation} ${code}`, () => ({
      "db.operation.name": operation,
      "db.response.status_code": code,
      ...code !== "OK" && { "error.type": code },
    }));
  }

  /** There are as many as there are operations, codes, states and servers. */
  #once(key: string, make: () => Attributes): Attributes {
    let known = this.#known.get(key);
    if (known === undefined) {
      this.#known.set(key, known = { ...this.#attributes, ...make() });
    }
    return known;
  }
}
