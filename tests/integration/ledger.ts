/*
 * What was asked of a server that dies again and again, and what became of it: who has this can
 * tell afterwards whether anything was lost, done twice, or done out of turn.
 */

import type { ZooKeeper } from "@zkst/zookeeper";
import * as st from "@zkst/zookeeper/st";

/** What a request's owner is told: the code, whether it had left, and the data that was read. */
export type Told = (rc: number, sent: boolean, data?: string) => void;

/** A session's three operations, whichever API they are called through. */
export interface Door {
  create(path: string, told: Told): void;
  set(path: string, data: string, told: Told): void;
  get(path: string, told: Told): void;
}

/** Through the promises. */
export function promiseDoor(zk: ZooKeeper): Door {
  const tell = <T>(operation: Promise<T>, told: Told, data?: (value: T) => string) =>
    void operation.then((value) => told(0, true, data?.(value)), (e) => told(e.rc, e.sent));
  return {
    create: (path, told) => tell(zk.create(path), told),
    set: (path, data, told) => tell(zk.setData(path, data), told),
    get: (path, told) => tell(zk.getData(path), told, ({ data }) => decode(data)),
  };
}

/** Through the callbacks, which do not tell whether a request had left. */
export function callbackDoor(zh: st.Handle): Door {
  const taken = (rc: number) => {
    if (rc !== 0) throw new Error(`A request is refused with ${rc}`);
  };
  return {
    create: (path, told) =>
      taken(st.acreate(zh, path, null, st.OPEN_ACL_UNSAFE, "PERSISTENT", (rc) => told(rc, true))),
    set: (path, data, told) => taken(st.aset(zh, path, data, -1, (rc) => told(rc, true))),
    get: (path, told) => taken(st.aget(zh, path, null, (rc, data) => told(rc, true, decode(data)))),
  };
}

/** Counts the requests of one session, and what they were told. */
export class Ledger {
  asked = 0;
  told = 0;
  readonly ends: Record<string, number> = {};
  /** What should never be. */
  readonly faults: string[] = [];

  /** Takes note of a request; what it returns must be called when the request has its end. */
  ask(what: string): (rc: number, sent: boolean) => void {
    const turn = this.asked++;
    return (rc, sent) => {
      if (turn !== this.told) this.fault(`${what} was told as number ${this.told}, not ${turn}`);
      this.told++;
      const end = rc === 0 ? "OK" : `${st.errorName(rc)}${sent ? "" : " unsent"}`;
      this.ends[end] = (this.ends[end] ?? 0) + 1;
      if (rc !== 0 && rc !== -4 && rc !== -7) this.fault(`${what} got ${end}`);
    };
  }

  fault(what: string): void {
    if (this.faults.length < 20) this.faults.push(what);
  }
}

/** One worker: a znode of its own, whose data and children it writes and reads. */
export class Worker {
  readonly #ledger: Ledger;
  readonly #door: Door;
  #next = 0;
  /** Children by what is known of them. */
  readonly made: Set<string> = new Set();
  readonly unmade: Set<string> = new Set();
  readonly doubtful: Set<string> = new Set();
  /** Data that may be there: the last known, and what was set after it and may have been. */
  #data = ["0"];

  constructor(ledger: Ledger, door: Door, readonly path: string) {
    this.#ledger = ledger;
    this.#door = door;
  }

  /** Makes the next request; `done` is called after its end. */
  ask(done: () => void): void {
    const number = ++this.#next;
    const told = this.#ledger.ask(`${this.path} ${number}`);
    if (number % 3 === 0) {
      const name = String(number);
      this.#door.create(`${this.path}/${name}`, (rc, sent) => {
        told(rc, sent);
        (rc === 0 ? this.made : sent ? this.doubtful : this.unmade).add(name);
        done();
      });
    } else if (number % 3 === 1) {
      this.#door.set(this.path, String(number), (rc, sent) => {
        told(rc, sent);
        if (rc === 0) this.#data = [String(number)];
        else if (sent) this.#data.push(String(number));
        done();
      });
    } else {
      this.#door.get(this.path, (rc, sent, data) => {
        told(rc, sent);
        if (rc === 0) this.read(data!);
        done();
      });
    }
  }

  /** Takes note of data that was read: it must be possible, and rules out what was before it. */
  read(data: string): void {
    const at = this.#data.indexOf(data);
    if (at < 0) this.#ledger.fault(`${this.path} has ${data} and not one of ${this.#data}`);
    else this.#data.splice(0, at);
  }

  /** Takes note of the children that are there at the end. */
  list(children: string[]): void {
    const there = new Set(children);
    const missing = this.made.difference(there);
    const strange = there.difference(this.made).difference(this.doubtful);
    if (missing.size > 0) this.#ledger.fault(`${this.path} lacks ${[...missing]}`);
    if (strange.size > 0) this.#ledger.fault(`${this.path} has ${[...strange]} all the same`);
  }
}

function decode(data: Uint8Array | null): string {
  return new TextDecoder().decode(data ?? undefined);
}
