/**
 * Codecs for the messages of a protobufjs root. What users give is checked field by field; what is
 * read has bigints for 64-bit numbers, and bytes where an absent field of bytes has protobufjs give
 * an array.
 */
import protobuf from "protobufjs";
import type { Codec } from "../service.ts";
import {
  isObject,
  Misfit,
  shown,
  type Take,
  takeEnum,
  takeList,
  takeMap,
  takeScalar,
} from "./fields.ts";
import { isLongType, LongFields, toBigint, withBigints, withLongs } from "./longs.ts";

/** The codecs of a root's messages, each made once. */
export class MessageTypes {
  readonly #checks = new Map<protobuf.Type, Check>();
  readonly #longs = new LongFields();

  /** The codec of one of them. */
  codec(type: protobuf.Type): Codec<unknown> {
    const check = this.#check(type);
    setDefaults(type);
    const longs = this.#longs.of(type);
    return {
      encode: (message) => type.encode(check.take(message) as protobuf.Message).finish(),
      decode: longs.length === 0
        ? (bytes) => type.decode(bytes)
        : (bytes) => withBigints(type.decode(bytes), longs),
    };
  }

  #check(type: protobuf.Type): Check {
    let check = this.#checks.get(type);
    if (check === undefined) {
      check = new Check(type);
      // Before its fields: messages may have each other.
      this.#checks.set(type, check);
      for (const field of type.fieldsArray) check.takes.set(field.name, this.#take(field));
      setDefaults(type);
      this.#setJSON(type);
    }
    return check;
  }

  /** For JSON protobufjs wants its own numbers, and knows no bigints. */
  #setJSON(type: protobuf.Type): void {
    const longs = this.#longs.of(type);
    if (longs.length === 0) return;
    const toJSON = function (this: object) {
      const message = withLongs(this, longs) as unknown as protobuf.Message;
      return type.toObject(message, protobuf.util.toJSONOptions);
    };
    Object.defineProperty(type.ctor.prototype, "toJSON", {
      value: toJSON,
      configurable: true,
      writable: true,
    });
  }

  #take(field: protobuf.Field): Take {
    const { resolvedType, type } = field.resolve();
    let take = takeScalar(type);
    if (resolvedType instanceof protobuf.Enum) take = takeEnum(resolvedType);
    if (resolvedType instanceof protobuf.Type) {
      const check = this.#check(resolvedType);
      take = (value) => check.fields(value);
    }
    if (take === null) throw new TypeError(`The type of ${field.fullName} is not known: ${type}`);
    if (field instanceof protobuf.MapField) return takeMap(field.keyType, take);
    return field.repeated ? takeList(take) : take;
  }
}

/** Looks at what is given for a message. */
class Check {
  readonly takes = new Map<string, Take>();
  readonly #type: protobuf.Type;
  readonly #required: readonly string[];
  readonly #oneofs: readonly protobuf.OneOf[];

  constructor(type: protobuf.Type) {
    this.#type = type;
    this.#required = type.fieldsArray.filter(({ required }) => required).map(({ name }) => name);
    this.#oneofs = type.oneofsArray.filter(({ fieldsArray }) => fieldsArray.length > 1);
  }

  /** The message to encode; a TypeError says what is wrong and where. */
  take(message: unknown): object {
    try {
      return this.fields(message);
    } catch (error) {
      if (!(error instanceof Misfit)) throw error;
      const name = this.#type.fullName.slice(1);
      const field = error.path === "" ? `The ${name}` : `"${error.path}" of a ${name}`;
      throw new TypeError(`${field} ${error.message}`);
    }
  }

  fields(message: unknown): object {
    if (!isObject(message)) throw new Misfit(`must be an object, not ${shown(message)}`);
    let taken = message;
    for (const name of Object.keys(message)) {
      const value = message[name];
      if (value === undefined || value === null) continue;
      const one = this.#field(name, value);
      if (one === value) continue;
      if (taken === message) taken = { ...message };
      taken[name] = one;
    }
    if (this.#required.length > 0) this.#checkRequired(message);
    if (this.#oneofs.length > 0) this.#checkOneofs(message);
    return taken;
  }

  #field(name: string, value: unknown): unknown {
    const take = this.takes.get(name);
    try {
      if (take !== undefined) return take(value);
      throw new Misfit(`is no field: there are ${[...this.takes.keys()].join(", ") || "none"}`);
    } catch (error) {
      throw error instanceof Misfit ? error.within(name) : error;
    }
  }

  #checkRequired(message: Record<string, unknown>): void {
    for (const name of this.#required) {
      if (message[name] === undefined || message[name] === null) {
        throw new Misfit("is required").within(name);
      }
    }
  }

  #checkOneofs(message: Record<string, unknown>): void {
    for (const { name, fieldsArray } of this.#oneofs) {
      const given = fieldsArray.map(({ name }) => name).filter((field) =>
        Object.hasOwn(message, field) && message[field] !== undefined && message[field] !== null
      );
      if (given.length < 2) continue;
      throw new Misfit(`may have one of ${given.join(", ")} only`).within(name);
    }
  }
}

/** Whether it is one of proto3's that say `optional`: absent, it reads as null. */
export function isOptional({ options }: protobuf.Field): boolean {
  return options?.["proto3_optional"] === true;
}

/** What absent fields are read as. */
function setDefaults(type: protobuf.Type): void {
  const defaults = type.ctor.prototype as Record<string, unknown>;
  for (const field of type.fieldsArray) {
    if (field.repeated || field.map || field.resolve().defaultValue === null) continue;
    // protobufjs has null for all of them but those of 64 bits.
    if (isOptional(field)) {
      defaults[field.name] = null;
      continue;
    }
    if (field.type === "bytes" && Array.isArray(defaults[field.name])) {
      defaults[field.name] = new Uint8Array(0);
    }
    if (isLongType(field.type) && typeof defaults[field.name] !== "bigint") {
      defaults[field.name] = toBigint(defaults[field.name]);
    }
  }
}
