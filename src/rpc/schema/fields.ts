/**
 * What a field takes. protobufjs writes values of the wrong type without a word: in a string field a
 * number becomes "", in a bytes field a string is read as base64, in a 64-bit field a bigint becomes
 * 0. So whatever a user gives is looked at first. A value that is right already is returned as it is;
 * one that stands for another one (text for bytes, a name for an enum's number) is replaced.
 */
import type protobuf from "protobufjs";

/** What is to be written for a value. Throws {@link Misfit} for one that the field cannot have. */
export type Take = (value: unknown) => unknown;

/** A value that a field cannot have, and where in the message that is. */
export class Misfit extends Error {
  /** "result.errcode", from the outermost message. */
  path = "";

  /** The same, seen from the message around. */
  within(name: string): this {
    const dot = this.path === "" || this.path.startsWith("[") ? "" : ".";
    this.path = `${name}${dot}${this.path}`;
    return this;
  }
}

/** A field's own, without regard to it being a list or a map. */
export function takeScalar(type: string): Take | null {
  return scalars[type] ?? null;
}

/** An enum's: a number, or one of its names. */
export function takeEnum({ values }: protobuf.Enum): Take {
  const int32 = takeInteger(-0x8000_0000, 0x7fff_ffff);
  return (value) => {
    if (typeof value !== "string") return int32(value);
    if (Object.hasOwn(values, value)) return values[value];
    throw new Misfit(`must be one of ${Object.keys(values).join(", ")}, not ${shown(value)}`);
  };
}

/** A list of what another one takes. */
export function takeList(take: Take): Take {
  return (list) => {
    if (!Array.isArray(list)) throw new Misfit(`must be an array, not ${shown(list)}`);
    let taken: unknown[] = list;
    for (let index = 0; index < list.length; index++) {
      const value = list[index];
      const one = inside(`[${index}]`, take, value);
      if (one === value) continue;
      if (taken === list) taken = list.slice();
      taken[index] = one;
    }
    return taken;
  };
}

/** A map, an object here, of what others take. Its keys are text in any case. */
export function takeMap(keyType: string, take: Take): Take {
  const checkKey = keyCheck(keyType);
  return (map) => {
    if (!isObject(map)) throw new Misfit(`must be an object, not ${shown(map)}`);
    const taken: Record<string, unknown> = {};
    for (const [key, value] of Object.entries(map)) {
      checkKey(key);
      taken[key.toWellFormed()] = inside(`[${JSON.stringify(key)}]`, take, value);
    }
    return taken;
  };
}

/** Throws for text that is no key of a type; protobufjs takes the lower bits of a number. */
function keyCheck(keyType: string): (key: string) => void {
  const misfit = (key: unknown) => new Misfit(`has keys of ${keyType}, not ${shown(key)}`);
  if (keyType === "string") return () => {};
  if (keyType === "bool") {
    return (key) => {
      if (key !== "true" && key !== "false") throw misfit(key);
    };
  }
  const bits = /64$/.test(keyType) ? 64 : 32;
  const range = /^(u|f)/.test(keyType) ? BigInt.asUintN : BigInt.asIntN;
  return (key) => {
    const number = /^-?\d+$/.test(key) ? BigInt(key) : key;
    if (typeof number === "string" || range(bits, number) !== number) throw misfit(number);
  };
}

/** Takes a value and says where it is, if it is wrong. */
function inside(name: string, take: Take, value: unknown): unknown {
  try {
    return take(value);
  } catch (error) {
    throw error instanceof Misfit ? error.within(name) : error;
  }
}

/**
 * Whether it is what a message or a map may be given as. A Date, a Map or a promise is none: it has no
 * fields, and would become a message without any.
 */
export function isObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return true;
  return Object.prototype.toString.call(value) === "[object Object]";
}

/** A value in a message: its type, never what a string or bytes are; they may be secrets. */
export function shown(value: unknown): string {
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "number" || typeof value === "bigint") return `the number ${value}`;
  if (typeof value !== "object") return `a ${typeof value}`;
  return Array.isArray(value) ? "an array" : `a ${value.constructor?.name ?? "object"}`;
}

const utf8 = new TextEncoder();

function takeBytes(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value;
  if (typeof value === "string") return utf8.encode(value);
  throw new Misfit(`must be a Uint8Array, or a string for its UTF-8, not ${shown(value)}`);
}

/** Half a pair, what is left of an emoji that was cut, would be refused where it is read. */
function takeString(value: unknown): string {
  if (typeof value === "string") return value.toWellFormed();
  throw new Misfit(`must be a string, not ${shown(value)}`);
}

function takeBool(value: unknown): boolean {
  if (typeof value === "boolean") return value;
  throw new Misfit(`must be a boolean, not ${shown(value)}`);
}

function takeNumber(value: unknown): number {
  if (typeof value === "number") return value;
  throw new Misfit(`must be a number, not ${shown(value)}`);
}

function takeInteger(min: number, max: number): Take {
  return (value) => {
    if (Number.isInteger(value) && (value as number) >= min && (value as number) <= max) {
      return value;
    }
    throw new Misfit(`must be a whole number from ${min} to ${max}, not ${shown(value)}`);
  };
}

/** As protobufjs has it: two halves. */
function takeLong(min: bigint, max: bigint, unsigned: boolean): Take {
  return (value) => {
    if (isLong(value)) return value;
    const whole = typeof value === "bigint" || Number.isSafeInteger(value);
    const number = whole ? BigInt(value as bigint | number) : null;
    if (number === null || number < min || number > max) {
      throw new Misfit(`must be a bigint from ${min} to ${max}, not ${shown(value)}`);
    }
    const low = Number(BigInt.asIntN(32, number));
    return { low, high: Number(BigInt.asIntN(32, number >> 32n)), unsigned };
  };
}

function isLong(value: unknown): boolean {
  return isObject(value) && typeof value["low"] === "number" && typeof value["high"] === "number";
}

const int32 = takeInteger(-0x8000_0000, 0x7fff_ffff);
const uint32 = takeInteger(0, 0xffff_ffff);
const int64 = takeLong(-(2n ** 63n), 2n ** 63n - 1n, false);
const uint64 = takeLong(0n, 2n ** 64n - 1n, true);

const scalars: Partial<Record<string, Take>> = {
  bytes: takeBytes,
  string: takeString,
  bool: takeBool,
  double: takeNumber,
  float: takeNumber,
  int32,
  sint32: int32,
  sfixed32: int32,
  uint32,
  fixed32: uint32,
  int64,
  sint64: int64,
  sfixed64: int64,
  uint64,
  fixed64: uint64,
};
