/**
 * Outlier detection: instances that fail while others do not are left out for a while. ZooKeeper
 * finds that an instance is dead only after its session timeout, and never that it lives and does not
 * work; the calls know sooner. After Envoy and gRFC A50, whose numbers are the defaults, but for the
 * time of an ejection, which doubles each time instead of growing by its base.
 *
 * All is judged when a call ends, and when a snapshot is asked for while something is left out; there
 * is no timer to be disposed of.
 */
import type { ServiceInstance } from "../instance.ts";
import type { Logger } from "../../values.ts";
import { type CallRecord, newCallRecord, oftenFailing, rarelySucceeding } from "./call_record.ts";
import { usable } from "./filter.ts";
import { type OutlierOptions, type OutlierRules, readOutlierOptions } from "./outlier_options.ts";
import { type Feedback, Handing, type Instances, type Source } from "./source.ts";

/** A {@link Source} without the instances that fail. */
export interface Outliers extends Feedback {
  /** The instances that are not left out. */
  readonly snapshot: Instances;
  /** Balancers take all of them. */
  readonly filtered: true;
  /** Ids of those that are left out. */
  readonly ejected: readonly string[];
}

/**
 * The instances of a source but for those that fail: so many times in a row, or clearly more often
 * than the others, or nearly always. Balancers upon it tell it of the calls that they are told of.
 *
 * @example
 * ```ts
 * import { ZooKeeper } from "@zkst/zookeeper";
 * import { leastLoaded, outliers, ServiceDiscovery } from "@zkst/zookeeper/discovery";
 *
 * await using zk = await ZooKeeper.connect("127.0.0.1:2181");
 * await using discovery = new ServiceDiscovery(zk, { basePath: "/services" });
 * await using cache = await discovery.cache("user");
 * const healthy = outliers(cache, { clock: zk.platform.clock, consecutiveFailures: 3 });
 * const balancer = leastLoaded(healthy);
 * const instance = balancer.pick();
 * if (instance) {
 *   balancer.started(instance);
 *   balancer.ended(instance, 12.5, false);
 * }
 * console.log(healthy.ejected);
 * ```
 *
 * @throws {TypeError} for what is no source, and for want of a clock.
 * @throws {RangeError} for a number that makes no sense.
 */
export function outliers(source: Source, options: OutlierOptions): Outliers {
  return new OutliersOf(usable(source), options);
}

class OutliersOf extends Handing implements Outliers {
  readonly filtered = true;
  readonly #rules: OutlierRules;
  readonly #now: () => number;
  readonly #logger: Logger;
  #records = new Map<string, CallRecord>();
  #from: Instances | null = null;
  #snapshot: Instances = { instances: [] };
  /** How many are left out, and when the first of them is not any more. */
  #ejected = 0;
  #nextReturn = Infinity;
  #intervalStart: number;

  constructor(source: Source, options: OutlierOptions) {
    super(source);
    this.#rules = readOutlierOptions(options);
    this.#now = () => options.clock.now();
    this.#logger = options.logger ?? {};
    this.#intervalStart = this.#now();
  }

  get snapshot(): Instances {
    if (this.source.snapshot !== this.#from) this.#adopt();
    if (this.#ejected > 0 && this.#now() >= this.#nextReturn) this.#return(this.#now());
    return this.#snapshot;
  }

  get ejected(): readonly string[] {
    void this.snapshot;
    return [...this.#records.values()].filter(({ until }) => until > 0).map(({ id }) => id);
  }

  override ended(instance: ServiceInstance, latency: number, ok: boolean): void {
    super.ended(instance, latency, ok);
    if (this.source.snapshot !== this.#from) this.#adopt();
    const record = this.#records.get(instance.id);
    const now = this.#now();
    if (record !== undefined) this.#count(record, ok, now);
    if (now - this.#intervalStart >= this.#rules.interval) this.#judge(now);
  }

  #count(record: CallRecord, ok: boolean, now: number): void {
    if (ok) {
      record.succeeded++;
      record.inRow = 0;
      return;
    }
    record.failed++;
    record.inRow++;
    if (record.inRow < this.#rules.consecutiveFailures || record.until > 0) return;
    if (this.#eject(record, now, `${record.inRow} failures in a row`)) this.#publish();
  }

  /** Judges the interval that is over by what its calls were, and begins another one. */
  #judge(now: number): void {
    const { successRate, failurePercentage } = this.#rules;
    const records = [...this.#records.values()];
    const out = new Map<CallRecord, string>();
    for (const record of failurePercentage ? oftenFailing(records, failurePercentage) : []) {
      out.set(record, "most of its calls fail");
    }
    for (const record of successRate ? rarelySucceeding(records, successRate) : []) {
      out.set(record, "its calls fail more often than those of others");
    }
    for (const record of records) {
      record.succeeded = record.failed = 0;
      const stood = record.until === 0 && record.back <= this.#intervalStart;
      if (stood && record.times > 0 && !out.has(record)) record.times--;
    }
    this.#intervalStart = now;
    let changed = false;
    for (const [record, why] of out) {
      if (record.until === 0 && this.#eject(record, now, why)) changed = true;
    }
    if (changed) this.#publish();
  }

  /** Whether that is done: there is a limit. */
  #eject(record: CallRecord, now: number, why: string): boolean {
    const { ejectedPercentMax, ejectionTime, ejectionTimeMax } = this.#rules;
    if (100 * this.#ejected >= ejectedPercentMax * this.#records.size) return false;
    const time = Math.min(ejectionTime * 2 ** record.times, ejectionTimeMax);
    record.until = now + time;
    record.times++;
    record.inRow = 0;
    this.#ejected++;
    this.#nextReturn = Math.min(this.#nextReturn, record.until);
    this.#logger.warn?.(`Leaving ${record.id} out for ${time} ms: ${why}`);
    return true;
  }

  #return(now: number): void {
    for (const record of this.#records.values()) {
      if (record.until === 0 || record.until > now) continue;
      record.until = 0;
      record.back = now;
      // Calls that were under way when it was left out say nothing of it now.
      record.inRow = record.succeeded = record.failed = 0;
      this.#logger.info?.(`${record.id} is not left out any more`);
    }
    this.#publish();
  }

  /** Those that stay are known; one that was registered anew starts anew. */
  #adopt(): void {
    const before = this.#records;
    this.#from = this.source.snapshot;
    this.#records = new Map();
    for (const { id, czxid } of this.#from.instances) {
      const known = before.get(id);
      this.#records.set(id, known?.czxid === czxid ? known : newCallRecord(id, czxid));
    }
    this.#publish();
  }

  #publish(): void {
    this.#ejected = 0;
    this.#nextReturn = Infinity;
    for (const { until } of this.#records.values()) {
      if (until === 0) continue;
      this.#ejected++;
      this.#nextReturn = Math.min(this.#nextReturn, until);
    }
    const { instances } = this.#from!;
    const left = this.#records.size - this.#ejected;
    const panics = 100 * left < this.#rules.panicPercent * this.#records.size;
    this.#snapshot = this.#ejected === 0 || panics
      ? this.#from!
      : { instances: instances.filter(({ id }) => this.#records.get(id)!.until === 0) };
  }
}
