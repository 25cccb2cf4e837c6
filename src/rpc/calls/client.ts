/** createClient(): a service's methods as functions. What happens for each call stands in call.ts. */
import { checkKeys } from "../../discovery/complete.ts";
import {
  type AnyMethod,
  checkService,
  type Methods,
  type MethodSpec,
  type ServiceSpec,
} from "../service.ts";
import { call } from "./call.ts";
import { want } from "./context.ts";
import { checkInterceptors, type ClientInterceptor, intercepted } from "./interceptors.ts";
import type { BoundMethod } from "./method.ts";
import { checkCallOptions, checkTimeout, type RpcCallOptions } from "./options.ts";
import type { Route } from "./route.ts";
import type { CallSetting } from "./setting.ts";

/**
 * A service's methods as functions: a message and options in, a promise of a message out. Of a service
 * whose methods are not known to the compiler, anything.
 */
export type Client<M extends Methods> = string extends keyof M
  // deno-lint-ignore no-explicit-any -- Each call of one would need a check that it is there.
  ? any
  : { readonly [K in keyof M]: ClientMethod<M[K]> };

/** A method as a function. */
export type ClientMethod<M> = M extends MethodSpec<infer _I, infer O, infer Init, infer _OInit>
  ? (request: Init, options?: RpcCallOptions) => Promise<O>
  : never;

/** Options of a client. */
export interface ClientOptions {
  /** What stands between this client and its calls, ahead of the channel's. */
  interceptors?: readonly ClientInterceptor[];
  /** The timeout of calls that say none, ms; the channel's unless given. */
  timeout?: number;
}

/** Where a client's calls go: an `RpcChannel`. */
export interface CallChannel {
  /**
   * What a client needs of it, and nobody else does.
   *
   * @internal
   */
  readonly calls: ChannelOfCalls;
}

/** What a client needs of its channel. */
export interface ChannelOfCalls {
  readonly setting: CallSetting;
  readonly timeout: number;
  readonly interceptors: readonly ClientInterceptor[];
  /** Where the calls of a method go. */
  route(service: string, method: string): Route;
}

/**
 * A service's methods as functions, whose calls go through a channel.
 *
 * A call rejects with an `RpcError`, or with the reason of its signal. What is no message of the method
 * or no option throws at the call.
 *
 * @example
 * ```ts
 * import { createClient, RpcChannel, type ServiceSpec } from "@zkst/zookeeper/rpc";
 *
 * const text = {
 *   encode: (message: string) => new TextEncoder().encode(message),
 *   decode: (bytes: Uint8Array) => new TextDecoder().decode(bytes),
 * };
 * const Echo = { name: "Echo", methods: { echo: { name: "Echo", request: text, response: text } } };
 * await using channel = new RpcChannel("static:127.0.0.1:8000");
 * const client = createClient(Echo satisfies ServiceSpec, channel);
 * const signal = AbortSignal.timeout(100);
 * console.log(await client.echo("hello", { timeout: 1000, signal }).catch((error) => error.name));
 * ```
 *
 * @throws {TypeError} for what is no service, channel or option.
 * @throws {RangeError} for a timeout below 0.
 */
export function createClient<M extends Methods>(
  service: ServiceSpec<M>,
  channel: CallChannel,
  options: ClientOptions = {},
): Client<M> {
  checkService(service, "The first argument of createClient()");
  const calls = channel?.calls;
  if (calls === undefined) throw new TypeError("createClient() takes an RpcChannel second");
  checkKeys(options, ["interceptors", "timeout"]);
  const { interceptors = [], timeout = calls.timeout } = options;
  checkInterceptors(interceptors);
  checkTimeout(timeout);
  const all = [...interceptors, ...calls.interceptors];
  want();
  const client: Record<string, unknown> = {};
  for (const [name, spec] of Object.entries(service.methods)) {
    const bound = new LazilyBound(service.name, spec, timeout, calls);
    client[name] = all.length === 0 ? plain(bound) : around(bound, all);
  }
  return Object.freeze(client) as Client<M>;
}

type AnyCall = (request: unknown, options?: RpcCallOptions) => Promise<unknown>;

function plain(method: BoundMethod): AnyCall {
  return (request, options) => {
    if (options !== undefined) checkCallOptions(options);
    return call(method, request, options ?? noOptions);
  };
}

function around(method: BoundMethod, interceptors: readonly ClientInterceptor[]): AnyCall {
  const whole = intercepted(interceptors, ({ request, options }) => {
    checkCallOptions(options);
    return call(method, request, options);
  });
  const { service, spec } = method;
  return (request, options = noOptions) => {
    checkCallOptions(options);
    return whole({ service, method: spec.name, request, options });
  };
}

const noOptions: RpcCallOptions = Object.freeze({});

/** A method whose route is looked for when it is called first: a client alone makes no connections. */
class LazilyBound implements BoundMethod {
  readonly service: string;
  readonly spec: AnyMethod;
  readonly timeout: number;
  readonly setting: CallSetting;
  readonly #calls: ChannelOfCalls;
  #route: Route | null = null;

  constructor(service: string, spec: AnyMethod, timeout: number, calls: ChannelOfCalls) {
    this.service = service;
    this.spec = spec;
    this.timeout = timeout;
    this.setting = calls.setting;
    this.#calls = calls;
  }

  get route(): Route {
    return this.#route ??= this.#calls.route(this.service, this.spec.name);
  }
}
