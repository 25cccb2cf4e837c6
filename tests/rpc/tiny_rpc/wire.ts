/* Both sides of tiny_rpc's wire with a virtual clock, and what is told. */
import type { Logger } from "@zkst/zookeeper";
import { Deadlines } from "../../../src/rpc/time/deadlines.ts";
import {
  type Dial,
  TinyRpcClientConnection,
  type TinyRpcClientOptions,
} from "../../../src/rpc/wires/tiny_rpc/client.ts";
import {
  TinyRpcServerConnection,
  type TinyRpcServerOptions,
} from "../../../src/rpc/wires/tiny_rpc/server.ts";
import { type IncomingCall, type Outcome, OutgoingCall } from "../../../src/rpc/wires/wire.ts";
import { VirtualClock } from "../../virtual_clock.ts";
import { type End, pipe } from "./pipe.ts";

export const peer = { hostname: "10.0.0.9", port: 40_000 };

export function bytes(...of: (string | Uint8Array)[]): Uint8Array {
  const texts = of.map((one) => typeof one === "string" ? new TextEncoder().encode(one) : one);
  return new Uint8Array(texts.flatMap((one) => [...one]));
}

export function hex(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.fromHex(text.replaceAll(/\s/g, ""));
}

export const login: Uint8Array<ArrayBuffer> = hex(`
  19000000 0a0e 5573657253657276696365527063 1205 4c6f67696e 1809
  0a03 7a7877 1202 7a7a`);
/** Its arguments. */
export const args: Uint8Array<ArrayBuffer> = login.slice(-9);

/** An outcome that is well. */
export function ok(response: Uint8Array): Outcome {
  return { ...failure(0, ""), response, sent: true };
}

export function failure(status: number, message: string, sent = true): Outcome {
  return { status, message, response: null, trailers: null, details: null, sent, pushback: null };
}

/** A server's connection, and the client's end of it. */
export class Served {
  readonly clock: VirtualClock = new VirtualClock();
  readonly client: End;
  readonly server: End;
  readonly calls: IncomingCall[] = [];
  readonly told: string[] = [];
  readonly lines: string[] = [];
  readonly connection: TinyRpcServerConnection;

  constructor(
    first: Uint8Array,
    options: Partial<TinyRpcServerOptions> = {},
    piece: number = Infinity,
  ) {
    [this.client, this.server] = pipe();
    this.server.piece = piece;
    const logger: Logger = { warn: (line) => this.lines.push(line) };
    this.connection = new TinyRpcServerConnection(
      { transport: this.server, first, peer },
      {
        call: (call) => {
          this.calls.push(call);
          call.onCancel = () => this.told.push("cancelled");
        },
        closed: (reason) =>
          this.told.push(reason === null ? "closed" : `closed: ${reason.message}`),
      },
      {
        deadlines: new Deadlines(this.clock),
        clock: this.clock,
        logger,
        maxRequest: 1000,
        transferTimeout: 5000,
        legacyError: "invalid-bytes",
        ...options,
      },
    );
  }
}

/** A call that keeps what it is told. */
export class Made extends OutgoingCall {
  readonly metadata = null;
  readonly deadline: number = Infinity;
  readonly outcomes: Outcome[] = [];

  constructor(
    readonly request: Uint8Array = args,
    readonly service = "fixbug.UserServiceRpc",
    readonly method = "Login",
  ) {
    super();
  }

  headers(): void {}

  ended(outcome: Outcome): void {
    this.outcomes.push(outcome);
  }
}

/** An endpoint, and the server's ends of its connections. */
export class Calling {
  readonly clock: VirtualClock = new VirtualClock();
  readonly servers: End[] = [];
  readonly told: string[] = [];
  readonly client: TinyRpcClientConnection;

  constructor(options: Partial<TinyRpcClientOptions> = {}, dial?: Dial) {
    const connect = () => {
      const [client, server] = pipe();
      this.servers.push(server);
      return Promise.resolve(client);
    };
    this.client = new TinyRpcClientConnection(
      dial ?? connect,
      {
        changed: () => this.told.push(this.client.usable ? "usable" : "unusable"),
        closed: (reason) =>
          this.told.push(reason === null ? "closed" : `closed: ${reason.message}`),
      },
      {
        deadlines: new Deadlines(this.clock),
        clock: this.clock,
        connectTimeout: 3000,
        maxResponse: 1000,
        maxConnections: 1000,
        emptyAs: "message",
        ...options,
      },
    );
  }
}
