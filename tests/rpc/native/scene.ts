/** A client and a server of the native wire, joined by a pipe, on a clock that stands still. */
import { denoPlatform } from "../../../src/deno.ts";
import type { Metadata } from "../../../src/rpc/metadata.ts";
import { NativeClientConnection } from "../../../src/rpc/wires/native/client.ts";
import { NativeServerConnection } from "../../../src/rpc/wires/native/server.ts";
import type {
  NativeClientOptions,
  NativeServerOptions,
} from "../../../src/rpc/wires/native/settings.ts";
import { type IncomingCall, type Outcome, OutgoingCall } from "../../../src/rpc/wires/wire.ts";
import type { Logger, Transport } from "../../../src/types.ts";
import { VirtualClock } from "../../virtual_clock.ts";
import { type End, pipe } from "../pipe.ts";

/** A call that remembers what became of it. */
export class TestCall extends OutgoingCall {
  readonly outcomes: Outcome[] = [];
  readonly allHeaders: Metadata[] = [];
  readonly service: string;
  readonly method: string;
  readonly request: Uint8Array;
  readonly metadata: Metadata | null;
  readonly deadline: number;
  onEnded: ((outcome: Outcome) => void) | null = null;

  constructor(
    {
      service = "fixbug.UserServiceRpc",
      method = "Login",
      request = bytes(),
      metadata = null,
      deadline = Infinity,
    }: Partial<
      Pick<OutgoingCall, "service" | "method" | "request" | "metadata" | "deadline">
    > = {},
  ) {
    super();
    this.service = service;
    this.method = method;
    this.request = request;
    this.metadata = metadata;
    this.deadline = deadline;
  }

  /** How it ended; the test fails if it has not, or twice. */
  get outcome(): Outcome {
    if (this.outcomes.length !== 1) throw new Error(`It has ended ${this.outcomes.length} times`);
    return this.outcomes[0]!;
  }

  headers(metadata: Metadata): void {
    this.allHeaders.push(metadata);
  }

  ended(outcome: Outcome): void {
    this.outcomes.push(outcome);
    this.onEnded?.(outcome);
  }
}

/** Bytes by their values. */
export function bytes(...values: number[]): Uint8Array {
  return Uint8Array.from(values);
}

/** Bytes from hex digits, with spaces wherever they help. */
export function fromHex(text: string): Uint8Array {
  return Uint8Array.fromHex(text.replaceAll(" ", ""));
}

/** Success with this response. */
export function ok(response: Uint8Array): Outcome {
  return {
    status: 0,
    message: "",
    response,
    trailers: null,
    details: null,
    sent: true,
    pushback: null,
  };
}

/** What happened to one side. */
export class Side {
  changes = 0;
  readonly reasons: (Error | null)[] = [];
  readonly lines: string[] = [];
  readonly logger: Logger = {
    error: (line) => void this.lines.push(line),
    warn: (line) => void this.lines.push(line),
  };
}

/** Both. */
export class Scene {
  readonly clock: VirtualClock = new VirtualClock();
  readonly near: End;
  readonly far: End;
  readonly client: NativeClientConnection;
  readonly server: NativeServerConnection;
  readonly clientSide: Side = new Side();
  readonly serverSide: Side = new Side();
  /** Calls that have come in and that no handler has taken. */
  readonly incoming: IncomingCall[] = [];
  /** Answers calls; unless it is set they are kept in {@link incoming}. */
  handler: ((call: IncomingCall) => void) | null = null;

  constructor(
    client: Partial<NativeClientOptions> = {},
    server: Partial<NativeServerOptions> = {},
  ) {
    [this.near, this.far] = pipe();
    this.server = serve(this.clock, this.far, this.serverSide, server, (call) => {
      if (this.handler === null) this.incoming.push(call);
      else this.handler(call);
    });
    this.client = dial(this.clock, this.near, this.clientSide, client);
  }

  /** Starts a call. */
  start(call: TestCall = new TestCall()): TestCall {
    this.client.start(call);
    return call;
  }

  settle(): Promise<void> {
    return this.clock.settle();
  }
}

/** A real connection to this machine. */
export function connect(port: number): Promise<Transport> {
  const endpoint = { host: "127.0.0.1", address: "127.0.0.1", port };
  return denoPlatform.connect(endpoint, AbortSignal.timeout(10_000));
}

/** A server's connection, and what happens to it. */
export function serve(
  clock: VirtualClock,
  transport: Transport,
  side: Side,
  options: Partial<NativeServerOptions>,
  call: (call: IncomingCall) => void,
): NativeServerConnection {
  const peer = { hostname: "10.0.0.9", port: 4000 };
  const accepted = { transport, first: bytes(), peer };
  const closed = (reason: Error | null) => void side.reasons.push(reason);
  return new NativeServerConnection(accepted, { call, closed }, {
    clock,
    logger: side.logger,
    ...options,
  });
}

/** A client's connection, and what happens to it. */
export function dial(
  clock: VirtualClock,
  transport: Transport,
  side: Side,
  options: Partial<NativeClientOptions>,
): NativeClientConnection {
  return new NativeClientConnection(transport, {
    changed: () => void side.changes++,
    closed: (reason) => void side.reasons.push(reason),
  }, { clock, logger: side.logger, name: "10.0.0.1:8000", ...options });
}
