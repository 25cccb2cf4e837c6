/** RPC servers without sockets or bytes: they take calls, and do with them what a test says. */
import {
  type Client,
  type ClientWire,
  createClient,
  RpcChannel,
  type RpcChannelOptions,
} from "@zkst/zookeeper/rpc";
import type {
  ClientConnection,
  ClientConnectionEvents,
  Codec,
  MethodSpec,
  Outcome,
  OutgoingCall,
  ServiceSpec,
} from "@zkst/zookeeper/rpc";
import { StatusCode } from "@zkst/zookeeper/rpc";
import type { Endpoint, Platform, Transport } from "@zkst/zookeeper";
import { VirtualClock } from "../virtual_clock.ts";

/** Messages that are texts. */
export const text: Codec<string> = {
  encode(message: string): Uint8Array {
    if (typeof message !== "string") throw new TypeError("The message must be a string");
    return new TextEncoder().encode(message);
  },
  decode: (bytes: Uint8Array): string => new TextDecoder(undefined, { fatal: true }).decode(bytes),
};

/** A service: one method that may run twice, one that may not. */
export const Echo: ServiceSpec<{
  get: MethodSpec<string, string>;
  put: MethodSpec<string, string>;
}> = {
  name: "test.Echo",
  methods: {
    get: { name: "Get", request: text, response: text, idempotent: true },
    put: { name: "Put", request: text, response: text },
  },
};

/** What a call comes to. */
export function outcome(given: Partial<Outcome> & { status: number }): Outcome {
  return {
    message: "",
    response: null,
    trailers: null,
    details: null,
    sent: true,
    pushback: null,
    ...given,
  };
}

/** A call as a server has it. */
export class Exchange {
  cancelled = false;
  done = false;
  constructor(readonly call: OutgoingCall, readonly connection: FakeConnection) {}

  get text(): string {
    return text.decode(this.call.request);
  }

  reply(message: string = this.text, more: Partial<Outcome> = {}): void {
    this.end(outcome({ status: 0, response: text.encode(message), ...more }));
  }

  fail(code: keyof typeof StatusCode, more: Partial<Outcome> = {}): void {
    this.end(outcome({ status: StatusCode[code], message: code.toLowerCase(), ...more }));
  }

  end(result: Outcome): void {
    if (this.done || this.cancelled) return;
    this.done = true;
    this.connection.ended(this);
    this.call.ended(result);
    this.connection.settle();
  }
}

export class FakeConnection implements ClientConnection {
  goingAway = false;
  closed = false;
  readonly exchanges: Set<Exchange> = new Set<Exchange>();
  constructor(readonly server: FakeServer, readonly events: ClientConnectionEvents) {}

  get usable(): boolean {
    return !this.goingAway && this.exchanges.size < this.server.room;
  }

  get inFlight(): number {
    return this.exchanges.size;
  }

  start(call: OutgoingCall): void {
    if (!this.usable) throw new Error("A call was started on a connection that is not usable");
    const exchange = new Exchange(call, this);
    this.exchanges.add(exchange);
    this.server.calls.push(exchange);
    this.server.order.push(exchange);
    if (!this.usable) this.events.changed();
    queueMicrotask(() => {
      if (!exchange.cancelled && !exchange.done) this.server.handle(exchange);
    });
  }

  cancel(call: OutgoingCall): void {
    for (const exchange of this.exchanges) {
      if (exchange.call !== call) continue;
      exchange.cancelled = true;
      this.ended(exchange);
      this.settle();
    }
  }

  ended(exchange: Exchange): void {
    const was = this.usable;
    this.exchanges.delete(exchange);
    if (!was && this.usable) this.events.changed();
  }

  settle(): void {
    if (this.goingAway && this.exchanges.size === 0) this.#close(null);
  }

  drain(): void {
    this.goingAway = true;
    this.settle();
  }

  close(message: string): void {
    this.lose(message, null);
  }

  /** GOAWAY: it takes no new calls. */
  goAway(): void {
    this.goingAway = true;
    this.events.changed();
    this.settle();
  }

  /** All in flight end, sent or not. */
  lose(message: string, reason: Error | null = new Error(message), sent = true): void {
    if (this.closed) return;
    this.goingAway = true;
    for (const exchange of [...this.exchanges]) exchange.fail("UNAVAILABLE", { message, sent });
    this.#close(reason);
  }

  #close(reason: Error | null): void {
    if (this.closed) return;
    this.closed = true;
    this.server.connections.delete(this);
    this.events.closed(reason);
  }
}

export class FakeServer {
  /** What becomes of a dial. */
  dials: "accept" | "refuse" | "hang" = "accept";
  readonly dialTimes: number[] = [];
  /** Calls that a connection takes at once. */
  room: number = Infinity;
  readonly connections: Set<FakeConnection> = new Set();
  /** All calls that have come. */
  readonly calls: Exchange[] = [];
  handle: (exchange: Exchange) => void = (exchange) => exchange.reply();
  constructor(readonly name: string, readonly order: Exchange[]) {}

  /** As kill -9: connections are reset, new ones refused. */
  kill(): void {
    this.dials = "refuse";
    for (const connection of [...this.connections]) connection.lose("Connection reset by peer");
  }

  get dialled(): number {
    return this.dialTimes.length;
  }

  get newest(): Exchange {
    return this.calls.at(-1)!;
  }
}

/** Some servers and a channel to them. */
export class Fleet implements AsyncDisposable {
  readonly clock: VirtualClock = new VirtualClock();
  readonly servers: Map<string, FakeServer> = new Map();
  /** All calls that have come to any, in order. */
  readonly order: Exchange[] = [];
  /** Addresses of names. */
  names: Record<string, string[]> = {};
  random: () => number = () => 0.5;
  readonly #channels: RpcChannel[] = [];

  constructor(...names: string[]) {
    for (const name of names) this.add(name);
  }

  add(name: string): FakeServer {
    const server = new FakeServer(name, this.order);
    this.servers.set(name, server);
    return server;
  }

  at(name: string): FakeServer {
    return this.servers.get(name)!;
  }

  get all(): FakeServer[] {
    return [...this.servers.values()];
  }

  readonly platform: Platform = {
    clock: this.clock,
    random: () => this.random(),
    resolve: (host) => {
      const found = this.names[host];
      return found ? Promise.resolve(found) : Promise.reject(new Error(`Unknown host ${host}`));
    },
    connect: (endpoint, signal) => {
      const server = this.servers.get(nameOf(endpoint));
      server?.dialTimes.push(this.clock.now());
      if (server?.dials === "accept") return Promise.resolve(socket);
      if (server?.dials !== "hang") return Promise.reject(new Error("Connection refused"));
      return new Promise((_, reject) =>
        signal.addEventListener("abort", () => reject(signal.reason))
      );
    },
  };

  readonly wire: ClientWire = {
    name: "fake",
    attach: (_transport, endpoint, events) => {
      const server = this.servers.get(nameOf(endpoint))!;
      const connection = new FakeConnection(server, events);
      server.connections.add(connection);
      return connection;
    },
  };

  channel(options: RpcChannelOptions & { target?: string } = {}): RpcChannel {
    const { target = `static:${[...this.servers.keys()].join(",")}`, ...rest } = options;
    const channel = new RpcChannel(target, { platform: this.platform, wire: this.wire, ...rest });
    this.#channels.push(channel);
    return channel;
  }

  client(
    options: RpcChannelOptions & { target?: string } = {},
  ): { channel: RpcChannel; client: Client<(typeof Echo)["methods"]> } {
    const channel = this.channel(options);
    return { channel, client: createClient(Echo, channel) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const channel of this.#channels) await channel.close();
  }
}

function nameOf({ address, port }: Endpoint): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}

const socket: Transport = {
  read: () => Promise.resolve(null),
  write: (bytes) => Promise.resolve(bytes.length),
  close() {},
};

/** What becomes of a promise. */
export function watched<T>(promise: Promise<T>): Watched<T> {
  const seen: Watched<T> = { now: "waiting", promise };
  promise.then((value) => {
    seen.now = "done";
    seen.value = value;
  }, (error) => {
    seen.now = error?.code ?? error?.name ?? String(error);
    seen.error = error;
  });
  return seen;
}

export interface Watched<T> {
  now: string;
  promise: Promise<T>;
  value?: T;
  // deno-lint-ignore no-explicit-any
  error?: any;
}
