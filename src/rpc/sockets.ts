/** Listening: the one place of RPC that names Deno. Connecting is the platform's. */
import type { Transport } from "../values.ts";
import type { Peer } from "./wires/wire.ts";

/** Where to listen. */
export interface ListenAddress {
  /** An address of this machine; all of them, for 0.0.0.0 and ::. */
  readonly hostname: string;
  /** A port; 0 is any free one. */
  readonly port: number;
}

/** What a server says who it is with, over TLS. */
export interface ServerTls {
  /** The certificate, and those up to a root that clients know, as PEM. */
  readonly cert: string;
  /** The certificate's private key, as PEM. */
  readonly key: string;
}

/** Somebody has connected. */
export interface Incoming {
  /** The connection. */
  readonly transport: Transport & {
    /** Says that nothing more comes; reading goes on. */
    closeWrite?(): Promise<void>;
  };
  /** Who it is. */
  readonly peer: Peer;
}

/** Waits for others to connect. */
export interface Listener {
  /** Where it listens. */
  readonly address: ListenAddress;
  /** The next one; null when it is closed. Rejects when it goes wrong this time. */
  accept(): Promise<Incoming | null>;
  /** Those that have not been accepted are refused. */
  close(): void;
}

/** How to listen. */
export type Listen = (address: ListenAddress, tls: ServerTls | null) => Listener;

/** Listens with Deno. Throws what Deno throws: an address that is in use, a permission that is missing. */
export function listen({ hostname, port }: ListenAddress, tls: ServerTls | null): Listener {
  const listener = tls === null
    ? Deno.listen({ hostname, port })
    : Deno.listenTls({ hostname, port, cert: tls.cert, key: tls.key });
  return new SocketListener(listener);
}

class SocketListener implements Listener {
  readonly address: ListenAddress;
  readonly #listener: Deno.Listener<Deno.TcpConn | Deno.TlsConn>;
  #closed = false;

  constructor(listener: Deno.Listener<Deno.TcpConn | Deno.TlsConn>) {
    this.#listener = listener;
    this.address = addressOf(listener.addr);
  }

  async accept(): Promise<Incoming | null> {
    try {
      const conn = await this.#listener.accept();
      if ("setNoDelay" in conn) conn.setNoDelay(true);
      return { transport: new Socket(conn), peer: addressOf(conn.remoteAddr) };
    } catch (error) {
      if (this.#closed) return null;
      throw error;
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#listener.close();
  }
}

function addressOf(address: Deno.Addr): Peer {
  const { hostname, port } = address as Deno.NetAddr;
  return { hostname, port };
}

class Socket implements Transport {
  readonly #conn: Deno.TcpConn | Deno.TlsConn;
  #closed = false;

  constructor(conn: Deno.TcpConn | Deno.TlsConn) {
    this.#conn = conn;
  }

  read(p: Uint8Array): Promise<number | null> {
    return this.#conn.read(p);
  }

  write(p: Uint8Array): Promise<number> {
    return this.#conn.write(p);
  }

  closeWrite(): Promise<void> {
    return this.#conn.closeWrite();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#conn.close();
  }
}
