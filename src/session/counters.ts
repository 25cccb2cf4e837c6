/** What a session counts of its own accord: a handful of numbers, whether anybody asks or not. */
import type { PingStats } from "../metrics.ts";

/** The counts of one session. */
export class Counters {
  sentPackets = 0;
  sentBytes = 0;
  receivedPackets = 0;
  receivedBytes = 0;
  connections = 0;
  renewals = 0;
  events = 0;
  /** When the ping left whose answer is waited for, or NaN. */
  pingedAt: number = NaN;
  pings = 0;
  pingLast = 0;
  pingLeast: number = Infinity;
  pingMost = 0;
  pingSum = 0;

  constructor(readonly since: number) {}

  /** A ping was answered. */
  answered(roundTrip: number): void {
    this.pings++;
    this.pingLast = roundTrip;
    this.pingLeast = Math.min(this.pingLeast, roundTrip);
    this.pingMost = Math.max(this.pingMost, roundTrip);
    this.pingSum += roundTrip;
  }

  get ping(): PingStats | null {
    const { pings: count, pingLast: last, pingLeast: least, pingMost: most } = this;
    return count === 0 ? null : { count, last, least, mean: this.pingSum / count, most };
  }
}
