/** The numbers of outlier detection: those of gRFC A50 unless given. */
import type { Clock, Logger } from "../../values.ts";

/** By how much an instance may succeed less often than all do. */
export interface SuccessRate {
  /** So many standard deviations below the mean it is an outlier; 1.9 unless given. */
  deviations?: number;
  /** Not judged while fewer instances have had their calls; 5 unless given. */
  instancesMin?: number;
  /** Calls in an interval, below which an instance is not judged; 100 unless given. */
  callsMin?: number;
}

/** Which part of an instance's calls may fail. */
export interface FailurePercentage {
  /** Above this it is an outlier; 85 unless given. */
  threshold?: number;
  /** Not judged while fewer instances have had their calls; 5 unless given. */
  instancesMin?: number;
  /** Calls in an interval, below which an instance is not judged; 50 unless given. */
  callsMin?: number;
}

/** Options of `outliers()`. */
export interface OutlierOptions {
  /** The time: `zk.platform.clock`. */
  clock: Pick<Clock, "now">;
  /** How often rates are judged, ms; 10,000 unless given. */
  interval?: number;
  /** For how long an instance is left out the first time, ms; 30,000 unless given. Then twice that… */
  ejectionTime?: number;
  /** …up to this, ms; 300,000 unless given. */
  ejectionTimeMax?: number;
  /** Which part of the instances may be left out; 10 unless given. One may always be. */
  ejectedPercentMax?: number;
  /** So many failures in a row make an outlier at once; 5 unless given, false for never. */
  consecutiveFailures?: number | false;
  /** false for never. */
  successRate?: SuccessRate | false;
  /** false for never. */
  failurePercentage?: FailurePercentage | false;
  /**
   * While less than this part of all instances is left, none is left out: better to try those that
   * fail than to bring down the few that do not. 50 unless given, 0 for never.
   */
  panicPercent?: number;
  /** Told who is left out, and who is not any more. */
  logger?: Logger;
}

/** All decided. */
export interface OutlierRules {
  readonly interval: number;
  readonly ejectionTime: number;
  readonly ejectionTimeMax: number;
  readonly ejectedPercentMax: number;
  readonly consecutiveFailures: number;
  readonly successRate: Required<SuccessRate> | null;
  readonly failurePercentage: Required<FailurePercentage> | null;
  readonly panicPercent: number;
}

/** Reads them; throws a RangeError that says what is wrong. */
export function readOutlierOptions(options: OutlierOptions): OutlierRules {
  const { successRate: rate = {}, failurePercentage: percentage = {} } = options;
  const { consecutiveFailures = 5, ejectionTime = 30_000 } = options;
  if (typeof options.clock?.now !== "function") {
    throw new TypeError("outliers() takes a clock: zk.platform.clock");
  }
  return {
    interval: within("interval", options.interval ?? 10_000, 1),
    ejectionTime: within("ejectionTime", ejectionTime, 1),
    ejectionTimeMax: Math.max(
      ejectionTime,
      within("ejectionTimeMax", options.ejectionTimeMax ?? 300_000, 1),
    ),
    ejectedPercentMax: within("ejectedPercentMax", options.ejectedPercentMax ?? 10, 0, 100),
    consecutiveFailures: consecutiveFailures === false
      ? Infinity
      : within("consecutiveFailures", consecutiveFailures, 1),
    successRate: rate === false ? null : {
      deviations: within("deviations", rate.deviations ?? 1.9, 0),
      instancesMin: within("instancesMin", rate.instancesMin ?? 5, 1),
      callsMin: within("callsMin", rate.callsMin ?? 100, 1),
    },
    failurePercentage: percentage === false ? null : {
      threshold: within("threshold", percentage.threshold ?? 85, 0, 100),
      instancesMin: within("instancesMin", percentage.instancesMin ?? 5, 1),
      callsMin: within("callsMin", percentage.callsMin ?? 50, 1),
    },
    panicPercent: within("panicPercent", options.panicPercent ?? 50, 0, 100),
  };
}

function within(name: string, value: number, min: number, max = Infinity): number {
  if (value >= min && value <= max) return value;
  const range = max === Infinity ? `at least ${min}` : `from ${min} to ${max}`;
  throw new RangeError(`${name} must be ${range}, got ${value}`);
}
