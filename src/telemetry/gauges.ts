/** What is looked at when somebody collects: of all sessions together, and only while there are any. */
import type { Stats } from "../metrics.ts";
import type { Attributes, Meter, Observable, Observing } from "./meter.ts";

interface Gauge {
  readonly instrument: Observable;
  readonly observe: (result: Observing) => void;
}

/** The gauges of several sessions. */
export class Gauges {
  readonly #sessions = new Set<() => Stats>();
  readonly #gauges: readonly Gauge[];

  constructor(meter: Meter, of: (key: string, value: string) => Attributes) {
    const gauge = (
      name: string,
      unit: string,
      description: string,
      key: string,
      read: (stats: Stats) => Readonly<Record<string, number>>,
    ): Gauge => ({
      instrument: meter.createObservableGauge(`zookeeper.client.${name}`, { unit, description }),
      observe: (result) => {
        for (const [value, sum] of this.#sum(read)) result.observe(sum, of(key, value));
      },
    });
    this.#gauges = [
      gauge("sessions", "{session}", "Sessions", "zookeeper.session.state", ({ state }) => ({
        [state]: 1,
      })),
      gauge(
        "requests.pending",
        "{request}",
        "Requests not answered",
        "zookeeper.request.state",
        ({ outstanding: { sent, unsent, parked } }) => ({ sent, unsent, parked }),
      ),
      gauge(
        "requests.size",
        "By",
        "Bytes not written",
        "zookeeper.request.state",
        ({ outstanding: { bytes } }) => ({ unsent: bytes }),
      ),
      gauge(
        "watches",
        "{path}",
        "Paths that are watched",
        "zookeeper.watch.kind",
        ({ watches }) => ({ ...watches }),
      ),
    ];
  }

  /** A session has begun. */
  add(stats: () => Stats): void {
    if (this.#sessions.size === 0) {
      for (const { instrument, observe } of this.#gauges) instrument.addCallback(observe);
    }
    this.#sessions.add(stats);
  }

  /** A session is over. */
  delete(stats: () => Stats): void {
    if (!this.#sessions.delete(stats) || this.#sessions.size > 0) return;
    for (const { instrument, observe } of this.#gauges) instrument.removeCallback(observe);
  }

  #sum(read: (stats: Stats) => Readonly<Record<string, number>>): Map<string, number> {
    const sums = new Map<string, number>();
    for (const stats of this.#sessions) {
      for (const [key, value] of Object.entries(read(stats()))) {
        sums.set(key, (sums.get(key) ?? 0) + value);
      }
    }
    return sums;
  }
}
