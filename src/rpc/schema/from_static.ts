/**
 * Services of what pbjs generates (`pbjs -t static-module`): classes that need no code made at run
 * time. They do not say which types their fields have, but `fromObject` shows it: what it makes of ""
 * is "", bytes, or an error.
 */
import type { AnyMethod, Codec, ServiceSpec } from "../service.ts";
import { isObject, Misfit, shown, takeScalar } from "./fields.ts";
import { byName, newKey } from "./from_root.ts";

/** A class of pbjs's for a message. */
interface StaticMessage {
  readonly prototype: object;
  fromObject(object: object): object;
  verify(message: object): string | null;
  encode(message: object): { finish(): Uint8Array };
  decode(bytes: Uint8Array): object;
}

/** What pbjs says of a method, as properties of a function. */
interface StaticMethod {
  readonly name: string;
  readonly path: string;
  readonly requestType: string;
  readonly responseType: string;
  readonly requestStream?: boolean;
  readonly responseStream?: boolean;
}

/**
 * The services of a module that pbjs has generated (8.5 or later of protobufjs), by their short name;
 * as {@link fromRoot}, but that 64-bit numbers are what the module makes of them. `root` is its default
 * export.
 *
 * @throws {TypeError} for a module with no service.
 *
 * @example
 * ```ts ignore
 * import root from "./user_pb.js";
 * import { fromStatic } from "@zkst/zookeeper/rpc";
 *
 * const { UserServiceRpc } = fromStatic(root);
 * ```
 */
// deno-lint-ignore no-explicit-any -- Only the caller knows what is in the module.
export function fromStatic<T = any>(root: object): T {
  // Once each: of a whole module (import * as root) its default has the others again.
  const all = [...new Set(methodsIn(root))];
  const services = Map.groupBy(all, ({ path }) => path.slice(1, path.lastIndexOf("/")));
  if (services.size === 0) {
    throw new TypeError("There is no service of pbjs's in it: give the module's default export");
  }
  return byName([...services].map(([name, methods]) => specOf(root, name, methods))) as T;
}

function* methodsIn(namespace: object): Iterable<StaticMethod> {
  for (const one of Object.values(namespace)) {
    if (isObject(one)) yield* methodsIn(one);
    if (typeof one !== "function") continue;
    for (const method of Object.values(one.prototype ?? {})) {
      if (isMethod(method)) yield method;
    }
    yield* methodsIn(one);
  }
}

function isMethod(one: unknown): one is StaticMethod {
  if (typeof one !== "function") return false;
  const { path, requestType } = one as Partial<StaticMethod>;
  return typeof path === "string" && typeof requestType === "string";
}

function specOf(root: object, name: string, all: readonly StaticMethod[]): ServiceSpec {
  const methods: Record<string, AnyMethod> = {};
  for (const method of all) {
    if (method.requestStream || method.responseStream) continue;
    methods[newKey({ name }, method.name, methods)] = {
      name: method.name,
      request: codecOf(findMessage(root, name, method.requestType)),
      response: codecOf(findMessage(root, name, method.responseType)),
    };
  }
  return { name, methods };
}

/** A type by the name that a service has for it: from the innermost namespace outwards. */
function findMessage(root: object, service: string, name: string): StaticMessage {
  const parts = name.replace(/^\./, "").split(".");
  for (let scope = service.split(".").slice(0, -1);; scope = scope.slice(0, -1)) {
    const found = [...scope, ...parts].reduce<unknown>(
      (at, part) => (at as Record<string, unknown> | undefined)?.[part],
      root,
    );
    if (typeof found === "function") return found as unknown as StaticMessage;
    if (scope.length === 0) throw new TypeError(`The module has no message ${name}`);
  }
}

function codecOf(type: StaticMessage): Codec<unknown> {
  const fields = new Fields(type);
  return {
    encode(message) {
      const taken = fields.take(message);
      const problem = type.verify(taken);
      if (problem !== null) throw new TypeError(`The message is not valid: ${problem}`);
      return type.encode(taken).finish();
    },
    decode: (bytes) => type.decode(bytes),
  };
}

/** What a field is made of: what has its own check, or another message; and whether of one or of many. */
interface Kind {
  readonly many: "one" | "list" | "map";
  readonly of: "bytes" | "string" | "int32" | "uint32" | "int64" | "uint64" | Fields;
}

/** The fields of a message; those that were given once are known. */
class Fields {
  readonly #type: StaticMessage;
  readonly #kinds = new Map<string, Kind | null>();

  constructor(type: StaticMessage) {
    this.#type = type;
  }

  /** The message with what protobufjs has for text that stands for bytes, and for bigints. */
  take(message: unknown): Record<string, unknown> {
    if (!isObject(message)) {
      throw new TypeError(`The message must be an object, not ${shown(message)}`);
    }
    let taken = message;
    for (const name of Object.keys(message)) {
      const value = message[name];
      if (value === undefined || value === null) continue;
      const one = taking(this.#kind(name), name, value);
      if (one === value) continue;
      if (taken === message) taken = { ...message };
      taken[name] = one;
    }
    return taken;
  }

  #kind(name: string): Kind | null {
    let kind = this.#kinds.get(name);
    if (kind === undefined) this.#kinds.set(name, kind = kindOf(this.#type, name));
    return kind;
  }
}

function kindOf(type: StaticMessage, name: string): Kind | null {
  if (!(name in type.prototype)) {
    const known = Object.keys(type.prototype).join(", ");
    throw new TypeError(`"${name}" is no field: there are ${known || "none"}`);
  }
  const shapes: [Kind["many"], (one: unknown) => unknown, (made: unknown) => unknown][] = [
    ["one", (one) => one, (made) => made],
    ["list", (one) => [one], (made) => Array.isArray(made) ? made[0] : undefined],
    ["map", (one) => ({ 1: one }), (made) => isObject(made) ? made["1"] : undefined],
  ];
  for (const [many, wrap, unwrap] of shapes) {
    const made = (one: unknown) => unwrap(fieldOf(type, name, wrap(one)));
    if (made("") instanceof Uint8Array) return { many, of: "bytes" };
    if (made("a") === "a") return { many, of: "string" };
    // It would keep the lower 32 bits of a number that is too large.
    if (made(2 ** 32 + 5) === 5) return { many, of: made(-1) === -1 ? "int32" : "uint32" };
    const message = made({});
    if (!isObject(message) || message.constructor === Object) continue;
    const of = message.constructor as unknown as StaticMessage;
    if (typeof of.fromObject === "function") return { many, of: new Fields(of) };
    // A Long, which is how a number of 64 bits is made.
    return { many, of: message["unsigned"] === true ? "uint64" : "int64" };
  }
  return null;
}

/** What a field becomes that is given something. */
function fieldOf(type: StaticMessage, name: string, given: unknown): unknown {
  try {
    return (type.fromObject({ [name]: given }) as Record<string, unknown>)[name];
  } catch {
    return undefined;
  }
}

function taking(kind: Kind | null, name: string, value: unknown): unknown {
  if (kind === null) return value;
  const { many, of } = kind;
  const take = (one: unknown) => typeof of === "string" ? takeOwn(of, name, one) : of.take(one);
  if (many === "one") return take(value);
  if (many === "list") return Array.isArray(value) ? value.map(take) : value;
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [key.toWellFormed(), take(one)]),
  );
}

function takeOwn(type: string, name: string, value: unknown): unknown {
  try {
    return takeScalar(type)!(value);
  } catch (error) {
    throw error instanceof Misfit ? new TypeError(`"${name}" ${error.message}`) : error;
  }
}
