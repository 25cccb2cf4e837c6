/**
 * What a service is to a client and a server: names, and how messages become bytes. Made from .proto
 * text, from a protobufjs root, from generated classes, or by hand.
 */

/**
 * How one type of message becomes bytes, and bytes a message. `Init` is what may be given for one,
 * where that is more than a whole message.
 */
export interface Codec<T, Init = T> {
  /**
   * A message's bytes.
   *
   * @throws {TypeError} for a value that is no such message, naming the field.
   */
  encode(message: Init): Uint8Array;
  /** The message of some bytes; throws whatever it likes for bytes that are none. May keep `bytes`. */
  decode(bytes: Uint8Array): T;
}

/** One method: a request, a response. */
export interface MethodSpec<I, O, IInit = I, OInit = O> {
  /** As in the .proto: "Login". */
  readonly name: string;
  /** How requests become bytes. */
  readonly request: Codec<I, IInit>;
  /** How responses become bytes. */
  readonly response: Codec<O, OInit>;
  /** Whether it may run twice for one call; `option idempotency_level` in a .proto. */
  readonly idempotent?: boolean;
}

/** What any method fits, be its messages what they may. */
// deno-lint-ignore no-explicit-any -- Nothing else fits them all.
export type AnyMethod = MethodSpec<any, any, any, any>;

/** Methods by the name that clients and handlers have for them: "login". */
export type Methods = Readonly<Record<string, AnyMethod>>;

/** A service. */
export interface ServiceSpec<M extends Methods = Methods> {
  /** With its package: "fixbug.UserServiceRpc"; its short name is what stands behind the last dot. */
  readonly name: string;
  /** Its methods. */
  readonly methods: M;
}

/**
 * Checks what somebody gives as a service; `where` says what it is to them.
 *
 * @throws {TypeError} for what is none.
 */
export function checkService(service: ServiceSpec, where: string): void {
  const { name, methods } = service ?? {};
  if (typeof name !== "string" || name === "" || typeof methods !== "object" || methods === null) {
    throw new TypeError(`${where} must be a service, for instance one of parseServices()`);
  }
  for (const [key, method] of Object.entries(methods)) {
    if (typeof method?.name === "string" && isCodec(method.request) && isCodec(method.response)) {
      continue;
    }
    throw new TypeError(`The method "${key}" of ${name} needs a name and two codecs`);
  }
}

function isCodec(one: Partial<Codec<unknown>> | undefined): boolean {
  return typeof one?.encode === "function" && typeof one.decode === "function";
}

/** What stands behind the last dot: tiny_rpc's name of a service. */
export function shortName(name: string): string {
  return name.slice(name.lastIndexOf(".") + 1);
}
