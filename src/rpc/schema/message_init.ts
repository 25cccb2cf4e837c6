/** What may be given for a message: types alone. */
import type { MethodSpec } from "../service.ts";

/**
 * What may be given for a message with protobuf: any of its fields, text for bytes, a number or a
 * bigint for a 64-bit number.
 */
export type MessageInit<T> = T extends Uint8Array ? Uint8Array | string
  : T extends bigint ? bigint | number
  : T extends readonly (infer E)[] ? readonly MessageInit<E>[]
  : T extends object ? { readonly [K in keyof T]?: MessageInit<T[K]> | null | undefined }
  : T;

/** A method with protobuf messages. */
export type ProtoMethod<I, O> = MethodSpec<I, O, MessageInit<I>, MessageInit<O>>;
