/** One client of a run: a session that is driven, and what its workloads ask. */
import { type Logger, ZooKeeper, type ZooKeeperOptions } from "@zkst/zookeeper";
import type { Random } from "../fuzz/random.ts";
import { Failed, type Ledger } from "./ledger.ts";
import { SessionPromises } from "./sessions.ts";

/** Takes lines of a log; null where nobody wants them. */
export type Trace = ((line: string) => void) | null;

export class Client {
  readonly zk: ZooKeeper;
  /** What it is told of its sessions. */
  readonly told: SessionPromises;

  constructor(
    readonly id: number,
    connectString: string,
    readonly random: Random,
    readonly ledger: Ledger,
    { trace = null, ...options }: ZooKeeperOptions & { trace?: Trace } = {},
  ) {
    this.told = new SessionPromises(`client ${id}`);
    this.zk = new ZooKeeper(connectString, {
      sessionTimeout: 4000,
      watcher: ({ state }) => this.told.told(state, this.session),
      logger: this.#logger(trace),
      ...options,
    });
    this.zk.run();
  }

  /** The session's id, 0n before there is one. */
  get session(): bigint {
    return this.zk.session?.id ?? 0n;
  }

  /** Asks, and has it written down. */
  async ask<T>(name: string, request: () => Promise<T>): Promise<T | Failed> {
    const answer = await this.ledger.ask(this.id, name, request);
    if (!(answer instanceof Failed)) this.told.answered(performance.now());
    return answer;
  }

  /** Asks until it is done: for what must be known. Only while servers can be reached. */
  async insist<T>(name: string, request: () => Promise<T>): Promise<T> {
    for (;;) {
      const answer = await this.ask(name, request);
      if (!(answer instanceof Failed)) return answer;
      if (!answer.error.code.match(/LOSS|TIMEOUT|EXPIRED|MOVED|INCONSISTENCY/)) throw answer.error;
    }
  }

  /** Why a session has ended only the log says. */
  #logger(trace: Trace): Logger {
    const line = trace && ((message: string, fields: Record<string, unknown> = {}) => {
      const rest = Object.entries(fields).map(([name, value]) => ` ${name}=${value}`).join("");
      trace(`client ${this.id}: ${message}${rest}`);
    });
    return {
      error: (message, fields) => {
        line?.(message, fields);
        const reason = `${fields?.reason ?? message}`;
        this.told.ended(reason, performance.now(), this.zk.sessionTimeout);
      },
      ...(line && { warn: line, info: line, debug: line }),
    };
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
