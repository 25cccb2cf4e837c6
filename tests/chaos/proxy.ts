/**
 * A network between clients and one server that can be made bad: bytes are held back, swallowed or
 * slow, connections are cut, in mid-frame too, or refused. It carries bytes, and looks at none.
 */
import { delay } from "@std/async";

/** What a proxy does with what passes through it. */
export type Weather =
  /** Carries it. */
  | "fair"
  /** Keeps it until the weather is fair. */
  | "stalling"
  /** Throws it away; the connections are of no use from then on. */
  | "swallowing"
  /** Carries it late. */
  | "slow"
  /** Has no connections, and closes new ones. */
  | "refusing";

/** Stands in front of one server. */
export class Proxy implements AsyncDisposable {
  /** Where clients find it. */
  readonly address: string;
  readonly #server: Deno.ConnectOptions;
  readonly #listener: Deno.TcpListener;
  readonly #links = new Set<Link>();
  readonly #working = new Set<Promise<void>>();
  #weather: Weather = "fair";
  #changed = Promise.withResolvers<void>();

  /** A proxy to the server that listens on a port of the loopback address. */
  constructor(port: number) {
    this.#server = { hostname: "127.0.0.1", port };
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    this.address = `127.0.0.1:${this.#listener.addr.port}`;
    this.#work(this.#accept());
  }

  /** How it is. */
  get weather(): Weather {
    return this.#weather;
  }

  /** Changes what it does, with the connections that there are, too. */
  set weather(weather: Weather) {
    // What has lost bytes, or is to have none, cannot go on.
    if (this.#weather === "swallowing" || weather === "refusing") this.cut();
    this.#weather = weather;
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }

  /** Cuts all connections. */
  cut(): void {
    for (const link of this.#links) link.close();
  }

  /** Cuts each connection in the middle of the next bytes that the server sends over it. */
  cutInMidFrame(): void {
    for (const link of this.#links) link.cutting = true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    this.weather = "refusing";
    while (this.#working.size > 0) {
      await Promise.all(this.#working);
      this.cut();
    }
  }

  async #accept(): Promise<void> {
    for await (const client of this.#listener) {
      if (this.#weather === "refusing") client.close();
      else this.#work(this.#serve(client));
    }
  }

  async #serve(client: Deno.TcpConn): Promise<void> {
    const link = new Link(client);
    this.#links.add(link);
    try {
      const server = await Deno.connect(this.#server);
      link.join(server);
      await Promise.all([
        this.#carry(link, client, server, false),
        this.#carry(link, server, client, true),
      ]);
    } catch {
      // Nobody listens there.
    }
    link.close();
    this.#links.delete(link);
  }

  /** From one to the other; the end of the one is the end of both. */
  async #carry(link: Link, from: Deno.TcpConn, to: Deno.TcpConn, isReply: boolean): Promise<void> {
    const buffer = new Uint8Array(1 << 14);
    try {
      for (let length; (length = await from.read(buffer)) !== null;) {
        while (this.#weather === "stalling" && !link.closed) {
          await Promise.any([this.#changed.promise, link.end]);
        }
        if (this.#weather === "slow") await delay(20 + Math.min(200, length / 50));
        if (this.#weather === "swallowing") continue;
        const cutting = isReply && link.cutting;
        await writeAll(to, buffer.subarray(0, cutting ? length >> 1 : length));
        if (cutting) break;
      }
    } catch {
      // Cut, on this side or the other.
    }
    link.close();
  }

  #work(promise: Promise<void>): void {
    this.#working.add(promise);
    promise.finally(() => this.#working.delete(promise));
  }
}

/** A client's connection and the server's that belongs to it. */
class Link {
  cutting = false;
  closed = false;
  readonly end: Promise<void>;
  readonly #ends: Deno.TcpConn[];
  readonly #close: () => void;

  constructor(client: Deno.TcpConn) {
    this.#ends = [client];
    const { promise, resolve } = Promise.withResolvers<void>();
    this.end = promise;
    this.#close = resolve;
  }

  join(server: Deno.TcpConn): void {
    this.#ends.push(server);
    // The client was cut off before the server answered.
    if (this.closed) server.close();
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.#close();
    for (const end of this.#ends) end.close();
  }
}

async function writeAll(to: Deno.TcpConn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await to.write(bytes.subarray(at));
}
