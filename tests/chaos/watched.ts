/**
 * What one client may see of a znode whose data changes, and which is never deleted: a change is told
 * to each of its watches before any answer shows it, once, and never without a change. Both take what
 * the client is told in its order.
 */
import type { EventType } from "@zkst/zookeeper";
import type { Broken } from "./client.ts";

/** A one-shot watch that a read has left. */
export interface OneShot {
  /** What the read showed. */
  readonly version: number;
  told: boolean;
}

/** The one-shot watches of a client and a path. */
export class OneShots {
  readonly #open = new Set<OneShot>();
  /** The least version that an answer can show. */
  #least = 0;

  constructor(readonly name: string, readonly broken: Broken) {}

  /** A read has been answered that leaves a watch. */
  left(version: number): OneShot {
    const watch = { version, told: false };
    this.saw(version);
    this.#open.add(watch);
    return watch;
  }

  /** Any answer that shows the version. */
  saw(version: number): void {
    for (const watch of this.#open) {
      if (watch.version >= version) continue;
      this.broken.other.push(
        `${this.name} saw version ${version} before the watch left at ${watch.version} was told`,
      );
      this.#open.delete(watch);
    }
    if (version < this.#least) {
      this.broken.other.push(`${this.name} was told of a change and saw ${version} behind it`);
    }
  }

  /** A watch is told of a change; null for one whose read has not been answered. */
  told(watch: OneShot | null, type: EventType): void {
    if (type !== "NodeDataChanged") this.broken.other.push(`${this.name} was told ${type}`);
    if (watch === null) {
      this.broken.other.push(`${this.name} was told ${type} before the answer that left the watch`);
      return;
    }
    if (watch.told) this.broken.doubled.push(`${type} of ${this.name}, left at ${watch.version}`);
    watch.told = true;
    this.#open.delete(watch);
    this.#least = Math.max(this.#least, watch.version + 1);
  }

  /** The session is gone, and they with it; the next one may be with a server that is behind. */
  expired(): void {
    this.#open.clear();
    this.#least = 0;
  }
}

/** A lasting watch, and a path that it tells of. */
export class Lasting {
  /** The version that the last answer showed; null when it is not known what has been told since. */
  #seen: number | null = null;
  #told = 0;
  #active = false;

  constructor(readonly name: string, readonly broken: Broken) {}

  /** A server has confirmed it. */
  begin(): void {
    this.#active = true;
    this.#seen = null;
  }

  /** An event of the path; or Resync, which says that some may be missing. */
  told(type: EventType): void {
    if (!this.#active || type === "Resync") this.begin();
    else this.#told++;
  }

  /** Any answer that shows the version. */
  saw(version: number): void {
    if (!this.#active) return;
    if (this.#seen !== null && this.#told !== version - this.#seen) {
      const wrong = this.#told < version - this.#seen ? this.broken.lost : this.broken.doubled;
      wrong.push(`${this.name}: ${this.#told} events from version ${this.#seen} to ${version}`);
    }
    this.#seen = version;
    this.#told = 0;
  }
}
