/** Services of a protobufjs root. */
import protobuf from "protobufjs";
import type { AnyMethod, Methods, ServiceSpec } from "../service.ts";
import { MessageTypes } from "./message_type.ts";

/**
 * The services of a protobufjs root, by their short name ("UserServiceRpc"), and by their full one
 * ("fixbug.UserServiceRpc") where several have the same short name. The root is copied, and stays as
 * it is.
 *
 * Messages are plain objects. 64-bit numbers are bigints; a string in a field of bytes stands for its
 * UTF-8; a name may be given for an enum's number. Methods that stream are left out.
 *
 * @throws {TypeError} for a root with no service, or with types that it does not have.
 *
 * @example
 * ```ts
 * import { fromRoot } from "@zkst/zookeeper/rpc";
 * import protobuf from "npm:protobufjs@^8.8.1";
 *
 * const { root } = protobuf.parse(`
 *   syntax = "proto3";
 *   message Ping {}
 *   service Health { rpc Check(Ping) returns (Ping); }
 * `);
 * console.log(fromRoot(root).Health.name);
 * ```
 */
// deno-lint-ignore no-explicit-any -- Only the caller knows what is in the root.
export function fromRoot<T = any>(root: protobuf.Root): T {
  return servicesOf(protobuf.Root.fromJSON(root.toJSON({ keepComments: false }))) as T;
}

/** The services of a root that nobody else has. */
export function servicesOf(root: protobuf.Root): Record<string, ServiceSpec> {
  try {
    root.resolveAll();
  } catch (error) {
    throw new TypeError(`The services are not complete: ${(error as Error).message}`);
  }
  const types = new MessageTypes();
  const all = servicesIn(root).map((service) => specOf(service, types));
  if (all.length === 0) throw new TypeError("There is no service in it");
  return byName(all);
}

/** Services by short name, where that is enough to tell them apart. */
export function byName(all: readonly ServiceSpec[]): Record<string, ServiceSpec> {
  const groups = Map.groupBy(all, ({ name }) => name.slice(name.lastIndexOf(".") + 1));
  const found: Record<string, ServiceSpec> = {};
  for (const [short, same] of groups) {
    for (const spec of same) found[same.length === 1 ? short : spec.name] = spec;
  }
  return found;
}

/** A method's key in its service, which must be its own. */
export function newKey(service: { name: string }, name: string, methods: Methods): string {
  const key = methodKey(name);
  if (!Object.hasOwn(methods, key)) return key;
  throw new TypeError(`${service.name} has two methods that are called "${key}" here`);
}

/** "Login" as clients and handlers have it: "login". */
export function methodKey(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}

function servicesIn(namespace: protobuf.NamespaceBase): protobuf.Service[] {
  return namespace.nestedArray.flatMap((one) => {
    if (one instanceof protobuf.Service) return [one];
    return one instanceof protobuf.Namespace ? servicesIn(one) : [];
  });
}

function specOf(service: protobuf.Service, types: MessageTypes): ServiceSpec {
  const methods: Record<string, AnyMethod> = {};
  for (const method of service.methodsArray) {
    method.resolve();
    const { name, requestStream, responseStream, resolvedRequestType, resolvedResponseType } =
      method;
    if (requestStream || responseStream) continue;
    const level = method.getOption("idempotency_level");
    methods[newKey(service, name, methods)] = {
      name,
      request: types.codec(resolvedRequestType!),
      response: types.codec(resolvedResponseType!),
      idempotent: level === "IDEMPOTENT" || level === "NO_SIDE_EFFECTS",
    };
  }
  return { name: service.fullName.slice(1), methods };
}
