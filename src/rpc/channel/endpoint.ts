/**
 * One address that a channel calls: the one connection to it, and what becomes of that. gRPC's states
 * and its backoff, whose pauses grow while connections fail, or do not last.
 */
import { hostPort } from "../../discovery/mod.ts";
import type { Logger, Platform } from "../../values.ts";
import type { ClientConnection, ClientConnectionEvents } from "../wires/wire.ts";
import type { ClientWire } from "./client_wire.ts";
import { dial, type Place } from "./dialing.ts";

/** gRPC's states of connectivity. */
export type ConnectivityState =
  /** No connection, and no call has asked for one. */
  | "IDLE"
  /** Connecting, or pausing before it after a connection that has worked. */
  | "CONNECTING"
  /** Connected. */
  | "READY"
  /** The last attempt has failed; the next one is due. */
  | "TRANSIENT_FAILURE"
  /** The end. */
  | "SHUTDOWN";

/** What endpoints live on. */
export interface EndpointSetting {
  readonly platform: Platform;
  readonly wire: ClientWire;
  readonly logger: Logger;
  /** How long connecting may take, ms. */
  readonly connectTimeout: number;
}

const backoffFirst = 100;
const backoffFactor = 1.6;
const backoffMax = 10_000;

/** One address and the connection to it. */
export class Endpoint {
  /** "10.0.0.5:8000". */
  readonly name: string;
  /** Told that something has changed, who may ask for the state then. */
  readonly users: Set<{ changed(endpoint: Endpoint): void }> = new Set();
  readonly #setting: EndpointSetting;
  readonly #place: Place;
  #state: ConnectivityState = "IDLE";
  #error: Error | null = null;
  /** Whether it has not been READY since an attempt failed: calls do not wait for such a one. */
  #failing = false;
  #link: Link | null = null;
  /** Connections that take no new calls. */
  readonly #leaving = new Set<Link>();
  #failures = 0;
  /** The pause before the connection that is there, ms. */
  #pause = 0;
  #readySince = 0;
  #dialling: AbortController | null = null;
  #timer: Disposable | null = null;
  #ended: (() => void) | null = null;

  /** Idle at first. */
  constructor(setting: EndpointSetting, place: Place) {
    this.#setting = setting;
    this.#place = place;
    this.name = hostPort(place);
  }

  get state(): ConnectivityState {
    return this.#state;
  }

  /** Why there is no connection, as far as that is known. */
  get error(): Error | null {
    return this.#error;
  }

  get failing(): boolean {
    return this.#failing;
  }

  /** The connection that new calls go to; null unless READY. */
  get connection(): ClientConnection | null {
    return this.#link?.connection ?? null;
  }

  /** Calls that have started and not ended. */
  get inFlight(): number {
    let sum = this.#link?.connection.inFlight ?? 0;
    for (const { connection } of this.#leaving) sum += connection.inFlight;
    return sum;
  }

  /** Connects, if nobody has asked for that yet. */
  connect(): void {
    if (this.#state === "IDLE") this.#dial();
  }

  /** What is behind the address is another one, perhaps: there is no reason to wait longer. */
  reset(): void {
    this.#failures = 0;
    if (this.#state === "TRANSIENT_FAILURE" || this.#timer !== null) this.#dial();
  }

  /** No new calls; those under way end in their time. Resolves when the last connection is closed. */
  drain(): Promise<void> {
    return this.#end(({ connection }) => connection.drain());
  }

  /** Ends it, and the calls under way. Resolves when the last connection is closed. */
  close(message: string): Promise<void> {
    return this.#end(({ connection }) => connection.close(message));
  }

  #end(how: (link: Link) => void): Promise<void> {
    this.#state = "SHUTDOWN";
    this.#stopDialling();
    if (this.#link !== null) this.#leaving.add(this.#link);
    this.#link = null;
    const { promise, resolve } = Promise.withResolvers<void>();
    const before = this.#ended;
    this.#ended = () => {
      before?.();
      resolve();
    };
    for (const link of [...this.#leaving]) how(link);
    this.#settle();
    return promise;
  }

  #dial(): void {
    this.#stopDialling();
    const { platform, wire, connectTimeout } = this.#setting;
    const dialling = this.#dialling = new AbortController();
    this.#become("CONNECTING");
    dial(platform, this.#place, connectTimeout, dialling.signal).then(
      ({ transport, endpoint }) => {
        if (this.#dialling !== dialling) return transport.close();
        this.#dialling = null;
        const link: Link = new Link(this.#changed, this.#closed);
        try {
          link.connection = wire.attach(transport, endpoint, link);
        } catch (error) {
          return this.#failed(error as Error);
        }
        this.#connected(link);
      },
      (error) => {
        if (this.#dialling !== dialling) return;
        this.#dialling = null;
        this.#failed(error);
      },
    );
  }

  #connected(link: Link): void {
    if (link.isClosed) return this.#failed(link.reason ?? new Error("It was closed at once"));
    this.#link = link;
    this.#readySince = this.#setting.platform.clock.now();
    this.#failing = false;
    this.#error = null;
    this.#setting.logger.debug?.(`Connected to ${this.name}`);
    this.#become("READY");
  }

  #failed(error: Error): void {
    this.#error = error;
    this.#failing = true;
    const pause = this.#nextPause();
    this.#setting.logger.warn?.(
      `No connection to ${this.name}, another attempt in ${Math.round(pause)} ms: ${error.message}`,
    );
    this.#become("TRANSIENT_FAILURE");
    this.#dialAfter(pause);
  }

  readonly #changed = (link: Link): void => {
    if (link !== this.#link) return;
    if (!link.connection.goingAway) return this.#tell();
    this.#link = null;
    this.#leaving.add(link);
    if (this.#state === "SHUTDOWN") return;
    this.#setting.logger.debug?.(`The connection to ${this.name} goes away`);
    // Without calls perhaps for want of them.
    if (link.connection.inFlight === 0) this.#become("IDLE");
    else this.#replace();
  };

  readonly #closed = (link: Link): void => {
    this.#leaving.delete(link);
    if (link !== this.#link) return this.#settle();
    this.#link = null;
    if (this.#state === "SHUTDOWN") return this.#settle();
    // Closed in good order, for there was nothing to do: it is made again when there is.
    if (link.reason === null) return this.#become("IDLE");
    this.#error = link.reason;
    this.#setting.logger.info?.(`The connection to ${this.name} is lost: ${link.reason.message}`);
    this.#replace();
  };

  /** Connects anew: at once, or after a pause if the last connection was a short one. */
  #replace(): void {
    const lasted = this.#setting.platform.clock.now() - this.#readySince;
    if (lasted >= Math.max(this.#pause, backoffFirst)) {
      this.#failures = 0;
      return this.#dial();
    }
    const pause = this.#nextPause();
    this.#failing = this.#failures > 1;
    this.#become(this.#failing ? "TRANSIENT_FAILURE" : "CONNECTING");
    this.#dialAfter(pause);
  }

  #nextPause(): number {
    const longest = Math.min(backoffFirst * backoffFactor ** this.#failures++, backoffMax);
    this.#pause = longest * (0.8 + 0.4 * this.#setting.platform.random());
    return this.#pause;
  }

  #dialAfter(pause: number): void {
    // Whoever was told of the failure may have ended it.
    if (this.#state === "SHUTDOWN" || this.#dialling !== null) return;
    const { clock } = this.#setting.platform;
    this.#timer = clock.timer(clock.now() + pause, () => this.#dial());
  }

  #stopDialling(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = null;
    const dialling = this.#dialling;
    this.#dialling = null;
    dialling?.abort();
  }

  #become(state: ConnectivityState): void {
    if (this.#state === "SHUTDOWN") return;
    this.#state = state;
    this.#tell();
  }

  #tell(): void {
    for (const user of [...this.users]) user.changed(this);
  }

  #settle(): void {
    if (this.#state !== "SHUTDOWN" || this.#leaving.size > 0) return;
    this.#ended?.();
    this.#ended = null;
  }
}

/** One connection, and what it has to tell. */
class Link implements ClientConnectionEvents {
  connection!: ClientConnection;
  isClosed = false;
  reason: Error | null = null;
  readonly #changed: (link: Link) => void;
  readonly #closed: (link: Link) => void;

  constructor(changed: (link: Link) => void, closed: (link: Link) => void) {
    this.#changed = changed;
    this.#closed = closed;
  }

  changed(): void {
    this.#changed(this);
  }

  closed(reason: Error | null): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.reason = reason;
    this.#closed(this);
  }
}
