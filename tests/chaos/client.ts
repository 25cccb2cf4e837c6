/** One client of a run: a session that is driven, and what its workloads ask. */
import { ZooKeeper, type ZooKeeperOptions } from "@zkst/zookeeper";
import type { Random } from "../fuzz/random.ts";
import { Failed, type Ledger } from "./ledger.ts";

export class Client {
  readonly zk: ZooKeeper;
  /** Sessions that have ended while it ran. */
  expired = 0;
  /** Connections that were lost. */
  lost = 0;

  constructor(
    readonly id: number,
    connectString: string,
    readonly random: Random,
    readonly ledger: Ledger,
    options: ZooKeeperOptions = {},
  ) {
    this.zk = new ZooKeeper(connectString, {
      sessionTimeout: 4000,
      watcher: ({ state }) => {
        if (state === "EXPIRED_SESSION") this.expired++;
        if (state === "CONNECTING") this.lost++;
      },
      ...options,
    });
    this.zk.run();
  }

  /** The session's id, 0n before there is one. */
  get session(): bigint {
    return this.zk.session?.id ?? 0n;
  }

  /** Asks, and has it written down. */
  ask<T>(name: string, request: () => Promise<T>): Promise<T | Failed> {
    return this.ledger.ask(this.id, name, request);
  }

  /** Asks until it is done: for what must be known. Only while servers can be reached. */
  async insist<T>(name: string, request: () => Promise<T>): Promise<T> {
    for (;;) {
      const answer = await this.ask(name, request);
      if (!(answer instanceof Failed)) return answer;
      if (!answer.error.code.match(/LOSS|TIMEOUT|EXPIRED|MOVED/)) throw answer.error;
    }
  }
}

/** What clients do, and what must be true of it. */
export interface Workload {
  readonly name: string;
  /** Makes what it works on. */
  prepare(client: Client): Promise<void>;
  /** One thing that a client does. */
  step(client: Client): Promise<void>;
  /** All faults are over and everybody is connected: what remains to be done, and looked at. */
  settle(clients: readonly Client[]): Promise<void>;
  /** What was lost, what was done twice, what else is wrong. Empty when all is well. */
  readonly broken: Broken;
}

/** What has been found to be wrong. */
export interface Broken {
  /** Acknowledged, and not there. */
  readonly lost: string[];
  /** There more than once. */
  readonly doubled: string[];
  /** Anything else. */
  readonly other: string[];
}

/** Nothing yet. */
export function nothingBroken(): Broken {
  return { lost: [], doubled: [], other: [] };
}
