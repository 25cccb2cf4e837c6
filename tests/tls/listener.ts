/*
 * A server of our own for the tests: accepts connections, and puts them under TLS.
 */

import {
  acceptTls,
  type TlsServerSource,
  type TlsTransport,
  type Transport,
} from "@zkst/zookeeper";

/** Listens on a free port of the loopback address. */
export class Listener implements Disposable {
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly port: number = this.#listener.addr.port;
  #closed = false;

  /** The next connection, as it is. */
  async accept(): Promise<Transport> {
    const conn = await this.#listener.accept();
    let closed = false;
    const close = () => {
      if (!closed) conn.close();
      closed = true;
    };
    return { read: (p) => conn.read(p), write: (p) => conn.write(p), close };
  }

  [Symbol.dispose](): void {
    if (!this.#closed) this.#listener.close();
    this.#closed = true;
  }
}

/** The next connection, under TLS. */
export async function accept(
  listener: Listener,
  source: TlsServerSource,
  signal: AbortSignal = AbortSignal.timeout(5000),
): Promise<TlsTransport> {
  return await acceptTls(await listener.accept(), source, signal);
}
