/** A method as a client calls it. */
import type { AnyMethod } from "../service.ts";
import type { Route } from "./route.ts";
import type { CallSetting } from "./setting.ts";

/** A method, and all that its calls need. */
export interface BoundMethod {
  /** With its package. */
  readonly service: string;
  readonly spec: AnyMethod;
  /** The timeout of calls that say none, ms. */
  readonly timeout: number;
  readonly setting: CallSetting;
  /** Where its calls go. */
  readonly route: Route;
}

/**
 * The bytes of a request.
 *
 * @throws {TypeError} as the request's codec, and for a codec that gives none.
 */
export function encoded(method: BoundMethod, request: unknown): Uint8Array {
  const bytes = method.spec.request.encode(request);
  if (bytes instanceof Uint8Array) return bytes;
  throw new TypeError(`The codec of ${nameOf(method)} gives no Uint8Array for its request`);
}

/** A method as messages name it. */
export function nameOf({ service, spec }: Named): string {
  return `${service}/${spec.name}`;
}

/** What has a method's names. */
export interface Named {
  readonly service: string;
  readonly spec: { readonly name: string };
}
