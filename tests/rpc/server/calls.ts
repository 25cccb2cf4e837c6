/* Calls that come in from nowhere, on a virtual clock, and what becomes of them. */
import type { Logger } from "@zkst/zookeeper";
import type { Codec, Metadata, MethodSpec, Peer, ServiceSpec } from "@zkst/zookeeper/rpc";
import { Deadlines } from "../../../src/rpc/time/deadlines.ts";
import { BoundedLog } from "../../../src/rpc/server/bounded_log.ts";
import type { Caller, CallSetting } from "../../../src/rpc/server/call.ts";
import type { Handlers, ServerInterceptor } from "../../../src/rpc/server/context.ts";
import { Handling } from "../../../src/rpc/server/handling.ts";
import { Limits } from "../../../src/rpc/server/limits.ts";
import { Services } from "../../../src/rpc/server/services.ts";
import { IncomingCall, type Outcome } from "../../../src/rpc/wires/wire.ts";
import { VirtualClock } from "../../virtual_clock.ts";

/** Messages that are text; "bad" is none, either way. */
export const text: Codec<string> = {
  encode(message) {
    if (typeof message !== "string") throw new TypeError(`The field "text" must be a string`);
    return new TextEncoder().encode(message);
  },
  decode(bytes) {
    const message = new TextDecoder().decode(bytes);
    if (message === "bad") throw new Error("invalid wire type 7 at offset 1, with a secret");
    return message;
  },
};

export const say: MethodSpec<string, string> = { name: "Say", request: text, response: text };
export const Echo: ServiceSpec<{ say: typeof say; shout: typeof say }> = {
  name: "test.Echo",
  methods: { say, shout: { ...say, name: "Shout" } },
};

/** A call as a wire has it. */
export class Incoming extends IncomingCall {
  readonly peer: Peer = { hostname: "10.0.0.9", port: 1 };
  readonly request: Uint8Array;
  readonly sent: Metadata[] = [];
  readonly outcomes: Outcome[] = [];
  released = false;

  constructor(
    request: string,
    readonly deadline: number = Infinity,
    readonly service: string = "test.Echo",
    readonly method: string = "Say",
    readonly metadata: Metadata = {},
  ) {
    super();
    this.request = new TextEncoder().encode(request);
  }

  headers(metadata: Metadata): void {
    this.sent.push(metadata);
  }

  override release(): void {
    this.released = true;
  }

  end(outcome: Outcome): void {
    this.outcomes.push(outcome);
  }

  /** How it ended: its response, or its status and message. */
  get ending(): string | null {
    const [outcome] = this.outcomes;
    if (outcome === undefined) return null;
    return outcome.response === null
      ? `${outcome.status} ${outcome.message}`
      : new TextDecoder().decode(outcome.response);
  }
}

/** A server without its network. */
export class Scene {
  readonly clock: VirtualClock = new VirtualClock();
  readonly lines: string[] = [];
  /** What went beside {@link lines}. */
  readonly fields: string[] = [];
  readonly errors: unknown[] = [];
  readonly caller: Caller = { calls: 0, abandoned: 0 };
  readonly limits: Limits;
  readonly handling: Handling;

  constructor(
    handlers: Handlers<typeof Echo.methods>,
    options: Partial<CallSetting> & {
      max?: number;
      maxQueued?: number;
      interceptors?: ServerInterceptor[];
    } = {},
    response: Codec<string> = text,
  ) {
    const { max = Infinity, maxQueued = 0, interceptors = [], ...rest } = options;
    const log = (level: string) => (line: string, fields?: object) => {
      this.lines.push(`${level}: ${line}`);
      if (fields !== undefined) this.fields.push(Deno.inspect(fields));
    };
    const logger: Logger = { error: log("error"), warn: log("warn") };
    const services = new Services(interceptors);
    services.add({ ...Echo, methods: { ...Echo.methods, say: { ...say, response } } }, handlers);
    this.limits = new Limits(max, maxQueued);
    const deadlines = new Deadlines(this.clock);
    this.handling = new Handling({
      clock: this.clock,
      deadlines,
      log: new BoundedLog(logger, this.clock, deadlines),
      services,
      limits: this.limits,
      timeout: 60_000,
      maxResponse: 1000,
      maxPerConnection: 1000,
      pushback: 100,
      onError: (error) => void this.errors.push(error),
      ...rest,
    });
  }

  /** A call comes in. */
  call(...of: ConstructorParameters<typeof Incoming>): Incoming {
    const incoming = new Incoming(...of);
    this.handling.receive(incoming, this.caller);
    return incoming;
  }
}
