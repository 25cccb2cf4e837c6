/** Deno's own telemetry, for real: a process that exports, and a collector that gets it. */
import { assert, assertEquals } from "@std/assert";
import { TestServer } from "@zkst/zookeeper/testing";

const program = new URL("./program.ts", import.meta.url).pathname;

interface Point {
  attributes: { key: string; value: { stringValue?: string } }[];
  count?: string;
  sum?: number;
  asInt?: string;
  asDouble?: number;
}

interface Metric {
  name: string;
  unit: string;
  sum?: { dataPoints: Point[] };
  gauge?: { dataPoints: Point[] };
  histogram?: { dataPoints: Point[] };
}

/** What has been exported under each scope's name, the last of each metric. */
class Collector implements AsyncDisposable {
  readonly metrics = new Map<string, Metric>();
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  #look: () => void = () => {};

  constructor() {
    const options = { hostname: "127.0.0.1", port: 0, onListen: () => {} };
    this.#server = Deno.serve(options, async (request) => {
      if (new URL(request.url).pathname === "/v1/metrics") this.#take(await request.json());
      else await request.body?.cancel();
      return Response.json({});
    });
  }

  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}`;
  }

  points(name: string): Point[] {
    const { sum, gauge, histogram } = this.metrics.get(name) ?? {};
    return (sum ?? gauge ?? histogram)?.dataPoints ?? [];
  }

  /** Resolves when a session has been seen connected; later exports may be of its end. */
  connected(): Promise<void> {
    return new Promise((resolve) => {
      this.#look = () => {
        const states = this.points("zookeeper.client.sessions")
          .map((point) => attribute(point, "zookeeper.session.state"));
        if (states.includes("CONNECTED")) resolve();
      };
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }

  // deno-lint-ignore no-explicit-any
  #take(body: any): void {
    for (const { scopeMetrics } of body.resourceMetrics) {
      for (const { scope, metrics } of scopeMetrics) {
        if (scope.name !== "@zkst/zookeeper") continue;
        for (const metric of metrics) this.metrics.set(metric.name, metric);
      }
    }
    this.#look();
  }
}

function attribute({ attributes }: Point, name: string): string | undefined {
  return attributes.find(({ key }) => key === name)?.value.stringValue;
}

Deno.test("telemetry(): Deno exports what a session does by OTLP", async () => {
  await using server = new TestServer();
  const address = await server.listen();
  await using collector = new Collector();
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-net", "--no-lock", program, address],
    env: {
      OTEL_DENO: "true",
      OTEL_DENO_CONSOLE: "ignore",
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
      OTEL_METRIC_EXPORT_INTERVAL: "50",
      OTEL_SERVICE_NAME: "zkst-test",
    },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
    signal: AbortSignal.timeout(30_000),
  }).spawn();
  const ended = child.output();
  await Promise.any([collector.connected(), ended]);
  await child.stdin.close();
  const { code, stdout, stderr } = await ended;
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  assertEquals([code, text(stderr)], [0, ""], text(stdout));
  const durations = collector.points("db.client.operation.duration");
  const read = durations.find((point) =>
    attribute(point, "db.operation.name") === "getData" &&
    attribute(point, "db.response.status_code") === "OK"
  );
  assertEquals(read?.count, "3");
  assert(read!.sum! > 0 && read!.sum! < 3 * 30);
  assert(durations.some((point) => attribute(point, "error.type") === "NONODE"));
  assertEquals(collector.metrics.get("db.client.operation.duration")!.unit, "s");
  const io = collector.points("zookeeper.client.network.io");
  assertEquals(
    io.map((point) => attribute(point, "network.io.direction")).sort(),
    ["receive", "transmit"],
  );
  assertEquals(collector.points("zookeeper.client.connections").length, 1);
});
