/** What becomes of a session, told to all that must do something about it. */
import type { ZooKeeper } from "../zookeeper.ts";

/** Who is told. */
export interface SessionListener {
  /** Connected, again or at first; `renewed` if the session is another one than before. */
  connected(renewed: boolean): void;
  /** Disconnected; the session may go on. */
  disconnected(): void;
  /** The session has expired: its znodes go. */
  expired(): void;
  /** Nothing more comes. */
  over(): void;
}

/** Listens to one session for many. */
export class Sessions {
  readonly #zk: ZooKeeper;
  readonly #listeners = new Set<SessionListener>();
  readonly #end = new AbortController();
  /** The ids that this session has had: what they own is our own. */
  readonly known: Set<bigint> = new Set();
  #over = false;

  constructor(zk: ZooKeeper) {
    this.#zk = zk;
    this.#note();
    this.#listen();
  }

  /** Whether the session is at its end. */
  get over(): boolean {
    return this.#over;
  }

  /** One that comes after the end is told so. */
  add(listener: SessionListener): void {
    this.#listeners.add(listener);
    if (this.#over) queueMicrotask(() => listener.over());
  }

  delete(listener: SessionListener): void {
    this.#listeners.delete(listener);
  }

  /** Listens no more. */
  stop(): void {
    this.#end.abort();
  }

  async #listen(): Promise<void> {
    for await (const { state } of this.#zk.events({ signal: this.#end.signal })) {
      if (state === "CONNECTED" || state === "READONLY") {
        const renewed = this.#note();
        this.#tell((listener) => listener.connected(renewed));
      } else if (state === "EXPIRED_SESSION") this.#tell((listener) => listener.expired());
      else if (state === "CONNECTING") this.#tell((listener) => listener.disconnected());
    }
    this.#over = !this.#end.signal.aborted;
    if (this.#over) this.#tell((listener) => listener.over());
  }

  /** Keeps the session's id; returns whether it is a new one. */
  #note(): boolean {
    const id = this.#zk.session?.id;
    if (id === undefined || this.known.has(id)) return false;
    this.known.add(id);
    return true;
  }

  #tell(what: (listener: SessionListener) => void): void {
    for (const listener of [...this.#listeners]) what(listener);
  }
}
