/** What makes connections of sockets: where a channel and its wire meet. */
import type { Endpoint, Transport } from "../../values.ts";
import type { ClientConnection, ClientConnectionEvents } from "../wires/wire.ts";

/** A wire, as a channel uses it. */
export interface ClientWire {
  /** What it is called in messages. */
  readonly name: string;
  /**
   * A connection over a socket that was just connected, which is the connection's from then on. It is
   * usable at once.
   */
  attach(
    transport: Transport,
    endpoint: Endpoint,
    events: ClientConnectionEvents,
  ): ClientConnection;
}
