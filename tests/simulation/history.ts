/**
 * What happened in a run, written down as it happens by those who know: what clients asked and were
 * told, what the server did and answered, what went over which connection. The checkers read nothing
 * else.
 */
import type { EventType, State } from "../../src/types.ts";
import type { Operation } from "./operations.ts";

/** A promise of ZooKeeper's, or of this client's, that was broken. */
export class Violation extends Error {
  constructor(readonly promise: string, message: string) {
    super(`${promise}: ${message}`);
  }
}

/** A place in the run's one order of happenings, and its time. */
export interface Moment {
  readonly seq: number;
  /** ms */
  readonly at: number;
}

/** How a call ended for whoever made it. */
export interface Outcome extends Moment {
  /** 0, a code, or null when a signal was aborted. */
  readonly rc: number | null;
  /** Whether the error says that the request was handed to the network; null where nothing says. */
  readonly sent: boolean | null;
  /** What it resolved with, in words. */
  readonly value: string;
  /** Whether it came inside the call that submitted it. */
  readonly inside: boolean;
  /** By how much the client may be late, in all until then, ms. */
  readonly lost: number;
}

/** What the server did with a call. */
export interface Service extends Moment {
  /** How many changes there were after it. */
  readonly index: number;
  readonly zxid: number;
  /** Null when its reply was lost on purpose. */
  readonly rc: number | null;
  /** What the reply says, in words. */
  readonly value: string;
  readonly link: number;
  readonly session: bigint;
}

/** One request of an application. */
export interface Call {
  readonly id: number;
  readonly client: number;
  readonly op: Operation;
  /** Whether it was asked through the client's view of what is below /t. */
  readonly through: boolean;
  readonly submitted: Moment;
  /** 0 where it cannot be known. */
  xid: number;
  /** ms; Infinity without a timeout. */
  readonly deadline: number;
  /** By how much the client may have been late before, in all, ms. */
  readonly lostBefore: number;
  /** Whether a signal or cancel() takes it back. */
  takenBack: Moment | null;
  /** 0, or the code with which it was refused at once. */
  refused: number;
  readonly outcomes: Outcome[];
  readonly served: Service[];
  readonly changes: Change[];
  /** The watch it asks for. */
  watch: Watch | null;
}

/** One change of the tree. */
export interface Change extends Moment {
  /** From 1 on. */
  readonly index: number;
  readonly zxid: number;
  readonly type: "create" | "delete" | "setData" | "setACL";
  readonly path: string;
}

export type WatchKind = "data" | "exists" | "child" | "persistent" | "recursive";

/** One watcher: each is used for one call. */
export interface Watch {
  readonly id: number;
  readonly call: Call;
  readonly kind: WatchKind;
  readonly path: string;
  readonly told: Told[];
}

/** One event that a watcher was told. */
export interface Told extends Moment {
  readonly type: EventType;
  readonly path: string;
  readonly state: State;
  readonly zxid: bigint | null;
  /** How many changes there were when the server wrote the last frame that had been delivered. */
  readonly seenIndex: number;
}

/** One session as the server has it. */
export interface SessionRecord {
  readonly id: bigint;
  readonly begun: Moment;
  ended: Moment | null;
}

/** One connection. */
export interface LinkRecord {
  readonly id: number;
  readonly client: number;
  readonly opened: Moment;
  /** When the client closed it. */
  closed: Moment | null;
  /** When the server's grant was read by the client. */
  granted: Moment | null;
  /** Types and xids of the frames that the server took, the connect request left out. */
  readonly frames: { readonly xid: number; readonly type: number }[];
}

/** One dial of a client. */
export interface Dialled extends Moment {
  readonly client: number;
  readonly address: string;
}

/** One change of a client's state, as its global watcher is told it. */
export interface StateTold extends Moment {
  readonly client: number;
  readonly state: State;
  /** The session that it was connected with last; 0n for none. */
  readonly session: bigint;
  /** For how long no whole frame had come from the server, ms. */
  readonly silence: number;
  /** The timeout negotiated last, ms. */
  readonly timeout: number;
}

/** The whole of a run. */
export class History {
  readonly calls: Call[] = [];
  readonly changes: Change[] = [];
  readonly watches: Watch[] = [];
  readonly links: LinkRecord[] = [];
  readonly sessions: Map<bigint, SessionRecord> = new Map();
  readonly dials: Dialled[] = [];
  readonly states: StateTold[] = [];
  /** What broke a promise on the spot. */
  readonly violations: Violation[] = [];
  readonly lines: string[] = [];
  #seq = 0;

  constructor(readonly now: () => number) {}

  moment(): Moment {
    return { seq: ++this.#seq, at: this.now() };
  }

  violate(promise: string, message: string): void {
    this.violations.push(new Violation(promise, message));
    this.note(`!!! ${promise}: ${message}`);
  }

  note(line: string): void {
    this.lines.push(`${this.now()} ${line}`);
  }
}
