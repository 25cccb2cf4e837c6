/** What carries the bytes of one connection: memory or a socket. Types, no behaviour. */

/** One connection's way to the client. */
export interface Carrier {
  /**
   * Sends bytes, which nobody touches until `sent` is called: when the client's side has taken them.
   * One call at a time.
   */
  send(bytes: Uint8Array, sent: () => void): void;
  /**
   * Ends it for the client behind what was sent, and calls `ended`. A carrier that must wait for that
   * does nothing: it is asked again once it has called `sent`.
   */
  end(ended: () => void): void;
  /** Ends it at once. */
  cut(): void;
  /** The service takes bytes again. */
  resume(): void;
  /** Calls `wake` as soon as everything has been written that is to leave together. */
  soon(wake: () => void): void;
}
