/**
 * 64-bit numbers in what was read. protobufjs has two halves for one, and eight chars of a code of its
 * own where it is a map's key: they become bigints, and keys decimal text, as all other keys are.
 */
import protobuf from "protobufjs";
import { takeScalar } from "./fields.ts";

/** A field in which 64-bit numbers are: itself, its keys, or those of the message in it. */
export interface LongField {
  readonly name: string;
  readonly many: "list" | "map" | null;
  /** Where its values are numbers of 64 bits, their type. */
  readonly longType: string | null;
  /** Of a map with such keys, their type. */
  readonly keyType: string | null;
  /** The fields of the message in it. */
  readonly inner: readonly LongField[];
}

/** The fields of messages in which 64-bit numbers are, each looked for once. */
export class LongFields {
  readonly #known = new Map<protobuf.Type, readonly LongField[]>();

  /** Those of a message, in it or in messages that it has. */
  of(type: protobuf.Type): readonly LongField[] {
    const known = this.#known.get(type);
    if (known !== undefined) return known;
    const found: LongField[] = [];
    this.#known.set(type, found);
    for (const field of type.fieldsArray) {
      const { name, type: kind, resolvedType } = field;
      const isMap = field instanceof protobuf.MapField;
      const message = resolvedType instanceof protobuf.Type ? resolvedType : null;
      const inner = message === null ? [] : this.of(message);
      const longType = message === null && isLongType(kind) ? kind : null;
      const keyType = isMap && isLongType(field.keyType) ? field.keyType : null;
      // A message that has itself is looked into, since it is not known yet what it has.
      const mayHave = inner.length > 0 || message !== null && holds(message, type);
      if (longType === null && keyType === null && !mayHave) continue;
      const many = isMap ? "map" : field.repeated ? "list" : null;
      found.push({ name, many, longType, keyType, inner });
    }
    return found;
  }
}

/** The message with bigints in these fields; it is changed. */
export function withBigints<M>(message: M, fields: readonly LongField[]): M {
  const of = message as Record<string, unknown>;
  for (const field of fields) {
    const { name, many } = field;
    if (!Object.hasOwn(of, name)) continue;
    const value = of[name];
    if (many === null) of[name] = converted(value, field);
    else if (many === "list") of[name] = (value as unknown[]).map((one) => converted(one, field));
    else of[name] = convertedMap(value as Record<string, unknown>, field);
  }
  return message;
}

function converted(value: unknown, { longType, inner }: LongField): unknown {
  return longType !== null ? toBigint(value) : withBigints(value, inner);
}

function convertedMap(map: Record<string, unknown>, field: LongField): Record<string, unknown> {
  const { longType, keyType, inner } = field;
  const into: Record<string, unknown> = keyType === null ? map : {};
  for (const key of Object.keys(map)) {
    const value = map[key];
    const one = longType !== null || inner.length > 0 ? converted(value, field) : value;
    into[keyType === null ? key : toKey(key, keyType)] = one;
  }
  return into;
}

/** A copy of a message with protobufjs's own numbers in these fields, for what it does with messages. */
export function withLongs(message: object, fields: readonly LongField[]): Record<string, unknown> {
  const copy: Record<string, unknown> = { ...message };
  for (const { name, many, longType, inner } of fields) {
    const convert = (one: unknown) => {
      if (longType !== null) return toLong(one, longType);
      return inner.length > 0 ? withLongs(one as object, inner) : one;
    };
    const value = copy[name];
    if (value === undefined || value === null) continue;
    if (many === null) copy[name] = convert(value);
    else if (many === "list") copy[name] = (value as unknown[]).map(convert);
    else copy[name] = mapped(value as Record<string, unknown>, convert);
  }
  return copy;
}

function toLong(value: unknown, type: string): object {
  const { low, high, unsigned } = takeScalar(type)!(value) as Halves;
  return new protobuf.util.Long(low, high, unsigned);
}

/** A number of 64 bits as protobufjs has it. */
interface Halves {
  readonly low: number;
  readonly high: number;
  readonly unsigned: boolean;
}

function mapped(map: object, convert: (one: unknown) => unknown): object {
  return Object.fromEntries(Object.entries(map).map(([key, one]) => [key, convert(one)]));
}

/** A key of protobufjs's as decimal text; where an entry has none, it is "0" already. */
function toKey(hash: string, type: string): string {
  if (hash.length !== 8) return hash;
  const { lo: low, hi: high } = protobuf.util.LongBits.fromHash(hash);
  return toBigint({ low, high, unsigned: isUnsigned(type) }).toString();
}

/** A number of protobufjs's, two halves where it has 64 bits. */
export function toBigint(value: unknown): bigint {
  if (typeof value === "number") return BigInt(value);
  const { low, high, unsigned } = value as Halves;
  const bits = (BigInt(high) << 32n) | BigInt(low >>> 0);
  return unsigned ? BigInt.asUintN(64, bits) : BigInt.asIntN(64, bits);
}

/** Whether a field's type has 64 bits. */
export function isLongType(type: string): boolean {
  return /^(u|s)?int64$|^s?fixed64$/.test(type);
}

function isUnsigned(type: string): boolean {
  return type === "uint64" || type === "fixed64";
}

/** Whether a message is or has another one, at any depth. */
function holds(type: protobuf.Type, wanted: protobuf.Type, seen = new Set<unknown>()): boolean {
  if (type === wanted) return true;
  if (seen.has(type)) return false;
  seen.add(type);
  return type.fieldsArray.some(({ resolvedType }) =>
    resolvedType instanceof protobuf.Type && holds(resolvedType, wanted, seen)
  );
}
