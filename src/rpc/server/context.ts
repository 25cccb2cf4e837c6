/** What handlers and interceptors are: functions of a request and of what surrounds it. */
import type { Metadata } from "../metadata.ts";
import type { AnyMethod, Methods, MethodSpec } from "../service.ts";
import type { Peer } from "../wires/wire.ts";

/** What a handler knows of a call beside its request. */
export interface ServerContext {
  /** The service's whole name: "fixbug.UserServiceRpc". */
  readonly service: string;
  /** The method's name as in the .proto: "Login". */
  readonly method: string;
  /** Who calls. */
  readonly peer: Peer;
  /** What came with the request; empty where nothing did. */
  readonly metadata: Metadata;
  /** When the caller gives up, ms on the platform's clock. */
  readonly deadline: number;
  /** What is left until then, ms; 0 when it is past. */
  readonly timeLeft: number;
  /** Aborts when the caller has cancelled or is gone, past the deadline, and when the server ends. */
  readonly signal: AbortSignal;
  /**
   * Sends metadata ahead of the response, where the wire can; once.
   *
   * @throws {TypeError} for metadata that cannot be sent.
   */
  sendHeaders(metadata: Metadata): void;
  /**
   * Metadata to send at the end, whatever that is; the last one counts.
   *
   * @throws {TypeError} for metadata that cannot be sent.
   */
  setTrailers(metadata: Metadata): void;
}

/** Answers calls of one method: gives the response, or throws; an `RpcError` says with which status. */
export type Handler<M extends AnyMethod> = M extends MethodSpec<infer I, infer _O, infer _, infer O>
  ? (request: I, context: ServerContext) => O | Promise<O>
  : never;

/** Handlers by the names of their methods. Calls of a method without one are UNIMPLEMENTED. */
export type Handlers<M extends Methods> = { readonly [K in keyof M]?: Handler<M[K]> };

/**
 * Stands around handlers: may look at the request, refuse it by throwing an `RpcError`, hand it on to
 * `next` (another one, if it likes), and look at what comes back. The first one given is the outermost.
 *
 * @example
 * ```ts
 * import { RpcError, RpcServer } from "@zkst/zookeeper/rpc";
 *
 * const server = new RpcServer({
 *   interceptors: [(context, request, next) => {
 *     if (context.metadata.token !== "s3cret") throw new RpcError("UNAUTHENTICATED", "Who is it?");
 *     return next(request);
 *   }],
 * });
 * await server.shutdown();
 * ```
 */
export type ServerInterceptor = (
  context: ServerContext,
  request: unknown,
  next: (request: unknown) => unknown,
) => unknown;
