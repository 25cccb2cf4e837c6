/** What a server serves: specs, their handlers, and the way from the names in a request to a handler. */
import { checkService, type Codec, type Methods, type ServiceSpec, shortName } from "../service.ts";
import type { ServerContext, ServerInterceptor } from "./context.ts";

/** A method that has a handler. */
export interface Entry {
  /** The service's whole name. */
  readonly service: string;
  /** The method's name. */
  readonly method: string;
  /** How its request becomes bytes. */
  readonly request: Codec<unknown>;
  /** How its response becomes bytes. */
  readonly response: Codec<unknown>;
  /** Interceptors and handler. */
  invoke(request: unknown, context: ServerContext): unknown;
}

/** Why there is no handler. */
export interface Missing {
  /** For the caller. */
  readonly message: string;
  /** What there is instead, for the log. */
  readonly known: readonly string[];
}

type Invoke = Entry["invoke"];

/** The services of one server. */
export class Services {
  readonly #interceptors: readonly ServerInterceptor[];
  readonly #entries = new Map<string, Map<string, Entry>>();
  /** The whole names of those with one short name. */
  readonly #short = new Map<string, string[]>();

  /** None yet; the interceptors stand around all handlers. */
  constructor(interceptors: readonly ServerInterceptor[]) {
    this.#interceptors = interceptors;
  }

  /**
   * Adds a service.
   *
   * @throws {TypeError} for one that is there already, or handlers that are none of its.
   */
  add(spec: ServiceSpec, handlers: Readonly<Record<string, unknown>>): void {
    checkService(spec, "The first argument of add()");
    if (this.#entries.has(spec.name)) {
      throw new TypeError(`The service ${spec.name} has been added already`);
    }
    checkHandlers(spec, handlers);
    const entries = new Map<string, Entry>();
    for (const [key, method] of Object.entries(spec.methods)) {
      const handler = handlerOf(handlers, key) as Invoke | undefined;
      if (handler === undefined) continue;
      entries.set(method.name, {
        service: spec.name,
        method: method.name,
        request: method.request,
        response: method.response,
        invoke: intercepted((request, context) => handler.call(handlers, request, context), [
          ...this.#interceptors,
        ]),
      });
    }
    this.#entries.set(spec.name, entries);
    const short = shortName(spec.name);
    this.#short.set(short, [...this.#short.get(short) ?? [], spec.name]);
  }

  /** Whole names of services, and of the methods that have a handler. */
  get names(): ReadonlyMap<string, readonly string[]> {
    return new Map([...this.#entries].map(([name, methods]) => [name, [...methods.keys()]]));
  }

  /** Whole names that have the same short name. */
  namesakes(name: string): readonly string[] {
    return this.#short.get(shortName(name)) ?? [];
  }

  /** The handler for the names in a request, the service's whole or, if that is clear, its short one. */
  find(service: string, method: string): Entry | null {
    const entries = this.#entries.get(service);
    if (entries !== undefined) return entries.get(method) ?? null;
    const names = this.#short.get(service);
    if (names === undefined || names.length > 1) return null;
    return this.#entries.get(names[0]!)!.get(method) ?? null;
  }

  /** Why {@link find} finds nothing. */
  explain(service: string, method: string): Missing {
    const names = this.#short.get(service) ?? [];
    if (!this.#entries.has(service) && names.length !== 1) {
      return names.length === 0
        ? { message: `There is no service ${shown(service)}`, known: [...this.#entries.keys()] }
        : { message: `Several services are called ${shown(service)}`, known: names };
    }
    const name = this.#entries.has(service) ? service : names[0]!;
    const known = [...this.#entries.get(name)!.keys()];
    return { message: `${name} has no method ${shown(method)} here`, known };
  }
}

/** A misspelt handler would never be called. */
function checkHandlers(
  { name, methods }: ServiceSpec<Methods>,
  handlers: Readonly<Record<string, unknown>>,
): void {
  if (typeof handlers !== "object" || handlers === null) {
    throw new TypeError(`The handlers of ${name} must be an object, not ${typeof handlers}`);
  }
  const known = Object.keys(methods).join(", ");
  const prototype = Object.getPrototypeOf(handlers);
  // An object of a class may have more than handlers.
  const isPlain = prototype === null || prototype === Object.prototype;
  const stray = isPlain && Object.keys(handlers).find((key) => !Object.hasOwn(methods, key));
  if (typeof stray === "string") {
    throw new TypeError(`${name} has no method "${stray}"; its methods are ${known}`);
  }
  let found = 0;
  for (const key of Object.keys(methods)) {
    const handler = handlerOf(handlers, key);
    if (handler === undefined) continue;
    if (typeof handler !== "function") {
      throw new TypeError(
        `The handler "${key}" of ${name} must be a function, not ${typeof handler}`,
      );
    }
    found++;
  }
  if (found === 0) throw new TypeError(`There is no handler for ${name}; its methods are ${known}`);
}

/** What every object has, a toString() say, is nobody's handler. */
function handlerOf(handlers: Readonly<Record<string, unknown>>, key: string): unknown {
  const handler = handlers[key];
  return handler === (Object.prototype as Record<string, unknown>)[key] ? undefined : handler;
}

function intercepted(handler: Invoke, interceptors: readonly ServerInterceptor[]): Invoke {
  return interceptors.reduceRight<Invoke>(
    (invoke, interceptor) => (request, context) =>
      interceptor(context, request, (request) => invoke(request, context)),
    handler,
  );
}

/** A name that a stranger has sent, not at any length. */
function shown(name: string): string {
  return JSON.stringify(name.length > 100 ? `${name.slice(0, 100)}…` : name);
}
