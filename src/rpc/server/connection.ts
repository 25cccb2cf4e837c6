/**
 * One connection from the moment it is accepted: it is read until it is clear which wire it speaks, and
 * then the wire's. One that says nothing is closed after a time, so that it costs no place.
 */
import { acceptTls } from "../../tls/accept.ts";
import type { TlsServerSource } from "../../tls/options.ts";
import type { Transport } from "../../values.ts";
import { Timed } from "../time/deadlines.ts";
import { unparsable } from "../wires/tiny_rpc/header.ts";
import type {
  IncomingCall,
  Peer,
  ServerConnection,
  ServerConnectionEvents,
} from "../wires/wire.ts";
import type { Caller } from "./call.ts";
import type { Handling } from "./handling.ts";
import { type ServerWire, tellingBytes, type WireSetting } from "./wires.ts";

/** What all connections of a server share. */
export interface ConnectionSetting extends WireSetting {
  readonly wires: readonly ServerWire[];
  readonly handling: Handling;
  /** How long a connection may say nothing at first, ms. */
  readonly helloTimeout: number;
  /** A connection has ended. */
  gone(connection: Connection): void;
}

/** How long one that has said nothing has to do so once the server ends, ms. */
const drainTimeout = 500;
/** Room for a whole small request, so that it takes one read. */
const firstSize = 1024;

/** A connection, and how many of its calls are not over. */
export class Connection extends Timed implements ServerConnectionEvents, Caller {
  calls = 0;
  abandoned = 0;
  readonly #setting: ConnectionSetting;
  #transport: Transport;
  #peer: Peer;
  /** Gives the handshake up, while there is one. */
  #handshake: AbortController | null = null;
  #wire: ServerConnection | null = null;
  #draining = false;
  #closed = false;

  /** Begins to listen to it, under TLS where that is given. */
  constructor(
    setting: ConnectionSetting,
    transport: Transport,
    peer: Peer,
    tls: TlsServerSource | null,
  ) {
    super();
    this.#setting = setting;
    this.#transport = transport;
    this.#peer = peer;
    setting.deadlines.add(this, setting.clock.now() + setting.helloTimeout);
    void this.#run(tls);
  }

  /** A call has come in. */
  call(incoming: IncomingCall): void {
    this.#setting.handling.receive(incoming, this);
  }

  /** The wire has ended. */
  closed(reason: Error | null): void {
    if (this.#closed) return;
    this.#closed = true;
    const { log, gone } = this.#setting;
    if (reason !== null) {
      const logger = log.about("connections that have ended");
      logger.info?.(`A connection has ended: ${reason.message}`, { peer: this.#peer });
    }
    gone(this);
  }

  /** It ends when its calls have. */
  drain(): void {
    this.#draining = true;
    if (this.#wire !== null) return this.#wire.drain();
    // Whoever has just connected is about to say something.
    const { deadlines, clock } = this.#setting;
    deadlines.delete(this);
    deadlines.add(this, clock.now() + drainTimeout);
  }

  /** Ends it. */
  close(): void {
    if (this.#closed) return;
    if (this.#wire !== null) this.#wire.close();
    else if (this.#handshake !== null) this.#end(null);
    else {
      const end = () => this.#end(null);
      // Who speaks tiny_rpc would take a mere end for an empty message.
      this.#transport.write(unparsable).then(end, end);
    }
  }

  /** It has said nothing in time. */
  override expired(): void {
    if (!this.#draining) {
      const { log, helloTimeout } = this.#setting;
      const logger = log.about("connections that say nothing");
      logger.info?.(`A connection is closed that has said nothing for ${helloTimeout} ms`, {
        peer: this.#peer,
      });
    }
    this.close();
  }

  async #run(tls: TlsServerSource | null): Promise<void> {
    try {
      if (tls !== null) await this.#secure(tls);
      if (!this.#closed) await this.#sniff();
    } catch (error) {
      this.#end(error as Error);
    }
  }

  async #secure(tls: TlsServerSource): Promise<void> {
    this.#handshake = new AbortController();
    const secure = await acceptTls(this.#transport, tls, this.#handshake.signal);
    this.#handshake = null;
    if (this.#closed) return secure.close();
    this.#transport = secure;
    if (secure.peer !== null) this.#peer = { ...this.#peer, certificate: secure.peer };
  }

  async #sniff(): Promise<void> {
    const bytes = new Uint8Array(firstSize);
    let length = 0;
    while (length < tellingBytes) {
      const count = await this.#transport.read(bytes.subarray(length));
      if (this.#closed) return;
      if (count === null) return this.#end(null);
      length += count;
    }
    this.#setting.deadlines.delete(this);
    this.#open(bytes.subarray(0, length));
  }

  #open(first: Uint8Array): void {
    const { wires, log } = this.#setting;
    const wire = wires.find((wire) => wire.is(first));
    if (wire === undefined) {
      const bytes = [...first.subarray(0, tellingBytes)];
      const logger = log.about("connections that speak no wire of ours");
      logger.warn?.("A connection is closed that speaks no wire of ours", {
        peer: this.#peer,
        bytes,
      });
      return this.#end(null);
    }
    const accepted = { transport: this.#transport, first, peer: this.#peer };
    const opened = wire.open(accepted, this, this.#setting);
    if (this.#closed) return;
    this.#wire = opened;
    if (this.#draining) opened.drain();
  }

  /** It ends without a wire. */
  #end(reason: Error | null): void {
    if (this.#closed) return;
    this.#setting.deadlines.delete(this);
    this.#handshake?.abort();
    this.#transport.close();
    this.closed(reason);
  }
}
