/** What stands between a client and its calls, where somebody wants to. */
import type { RpcCallOptions } from "./options.ts";

/** A call as interceptors see it. */
export interface ClientCall {
  /** The service, with its package. */
  readonly service: string;
  /** The method, as in the .proto. */
  readonly method: string;
  /** The message. */
  readonly request: unknown;
  /** Its options. */
  readonly options: RpcCallOptions;
}

/**
 * Stands between a client and its calls: it may change one, make it several times or not at all, and
 * see what becomes of it. `next` is not to be changed.
 *
 * @example
 * ```ts
 * import { type ClientInterceptor, createClient, RpcChannel, type ServiceSpec } from "@zkst/zookeeper/rpc";
 *
 * const bytes = { encode: (message: Uint8Array) => message, decode: (message: Uint8Array) => message };
 * const Echo = { name: "Echo", methods: { echo: { name: "Echo", request: bytes, response: bytes } } };
 * const signed: ClientInterceptor = (call, next) => {
 *   const metadata = { ...call.options.metadata, authorization: "Bearer 4711" };
 *   return next({ ...call, options: { ...call.options, metadata } });
 * };
 * await using channel = new RpcChannel("static:127.0.0.1:8000", { interceptors: [signed] });
 * const client = createClient(Echo satisfies ServiceSpec, channel);
 * console.log(Object.keys(client)); // [ "echo" ]
 * ```
 */
export type ClientInterceptor = (
  call: ClientCall,
  next: (call: ClientCall) => Promise<unknown>,
) => Promise<unknown>;

/** All of them in their order, the first one outermost, around the call itself. */
export function intercepted(
  interceptors: readonly ClientInterceptor[],
  last: (call: ClientCall) => Promise<unknown>,
): (call: ClientCall) => Promise<unknown> {
  return interceptors.reduceRight<(call: ClientCall) => Promise<unknown>>(
    (next, interceptor) => (call) => interceptor(call, next),
    last,
  );
}

/**
 * Checks a list of them.
 *
 * @throws {TypeError} for what is none.
 */
export function checkInterceptors(interceptors: unknown): void {
  if (Array.isArray(interceptors) && interceptors.every((one) => typeof one === "function")) return;
  throw new TypeError('The option "interceptors" must be a list of functions');
}
