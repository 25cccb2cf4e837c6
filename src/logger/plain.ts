/**
 * Copies the fields of a call into plain values. A logger meets whatever its callers have: cycles,
 * getters that throw, proxies, huge buffers, secrets. None of it may reach a formatter, cost more
 * than a line is worth, or throw.
 *
 * @module
 */
import { cut } from "./line.ts";
import type { FieldsOrLazy, Plain, PlainFields } from "./record.ts";

/** Keys whose values are never logged, at any depth and in any case. */
export const redactedKeys: readonly string[] = ["auth", "passwd", "password", "token", "digest"];

const redacted = "[redacted]";
const depthMax = 8;
const valuesMax = 1000;

/** Copies fields. */
export class Plainer {
  readonly #keys: ReadonlySet<string>;
  readonly #lengthMax: number;

  /** `keys` come on top of {@link redactedKeys}. */
  constructor(keys: readonly string[], lengthMax: number) {
    this.#keys = new Set([...redactedKeys, ...keys].map((key) => key.toLowerCase()));
    this.#lengthMax = lengthMax;
  }

  /** The fields of a call, after those of its logger. */
  fields(given: FieldsOrLazy | undefined, base: PlainFields): PlainFields {
    if (given === undefined) return base;
    const copy = { ...base };
    try {
      const values = typeof given === "function" ? given() : given;
      new Walk(this.#keys, this.#lengthMax).properties(values, copy);
    } catch (error) {
      copy.fields = threw(error);
    }
    return copy;
  }
}

type Writable = { [key: string]: Plain };

/** One copy under way: how much it may still take, and the objects it is inside of. */
class Walk {
  readonly #keys: ReadonlySet<string>;
  #charsLeft: number;
  #valuesLeft = valuesMax;
  readonly #around: object[] = [];

  constructor(keys: ReadonlySet<string>, chars: number) {
    this.#keys = keys;
    this.#charsLeft = chars;
  }

  /** Copies an object's own properties. */
  properties(from: object, to: Writable): void {
    for (const key of Object.keys(from)) {
      if (!this.#spend(key)) return;
      this.#property(to, key, () => (from as Record<string, unknown>)[key]);
    }
  }

  #property(to: Writable, key: string, read: () => unknown): void {
    const value = this.#keys.has(key.toLowerCase()) ? redacted : this.#guarded(read);
    if (value === undefined) return;
    // Assigned, "__proto__" would become the prototype.
    if (key === "__proto__") Object.defineProperty(to, key, { value, enumerable: true });
    else to[key] = value;
  }

  #guarded(read: () => unknown): Plain | undefined {
    const depth = this.#around.length;
    try {
      return this.#value(read());
    } catch (error) {
      this.#around.length = depth;
      return threw(error);
    }
  }

  #value(value: unknown): Plain | undefined {
    switch (typeof value) {
      case "string":
        return this.#text(value);
      case "number":
        return Number.isFinite(value) ? value : String(value);
      case "boolean":
      case "undefined":
        return value;
      case "bigint":
      case "symbol":
        return this.#text(String(value));
      case "function":
        return `[function ${this.#text(String(value.name))}]`;
      case "object":
        return value === null ? null : this.#object(value);
    }
  }

  #object(value: object): Plain | undefined {
    // Payloads are often bytes: their number says enough.
    if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
    if (value instanceof ArrayBuffer || value instanceof SharedArrayBuffer) {
      return `[${value.byteLength} bytes]`;
    }
    if (value instanceof Date) return isNaN(value.getTime()) ? "[no date]" : value.toISOString();
    if (this.#around.includes(value)) return "[circular]";
    if (this.#around.length >= depthMax) return "[deeper]";
    this.#around.push(value);
    const copy = this.#inside(value);
    this.#around.pop();
    return copy;
  }

  #inside(value: object): Plain | undefined {
    if (Array.isArray(value)) return this.#items(value);
    if (value instanceof Set) return this.#items(value);
    if (value instanceof Map) return this.#entries(value);
    if (value instanceof Error) return this.#error(value);
    const { toJSON } = value as { toJSON?: unknown };
    if (typeof toJSON === "function") return this.#value(toJSON.call(value));
    const copy: Writable = {};
    this.properties(value, copy);
    return copy;
  }

  #items(items: Iterable<unknown>): Plain {
    const copy: Plain[] = [];
    for (const item of items) {
      if (!this.#spend("")) break;
      copy.push(this.#guarded(() => item) ?? null);
    }
    return copy;
  }

  #entries(map: Map<unknown, unknown>): Plain {
    const copy: Writable = {};
    for (const [key, value] of map) {
      const name = typeof key === "object" ? "[object]" : String(key);
      if (!this.#spend(name)) break;
      this.#property(copy, name, () => value);
    }
    return copy;
  }

  /** Neither the name nor the cause of an error is among its enumerable properties. */
  #error(error: Error): Plain {
    const copy: Writable = {};
    for (const key of ["name", "message", "cause", "errors", "stack"]) {
      if (key in error) this.#property(copy, key, () => (error as never)[key]);
    }
    this.properties(error, copy);
    return copy;
  }

  #text(text: string): string {
    const copy = cut(text, this.#charsLeft);
    this.#charsLeft = Math.max(0, this.#charsLeft - copy.length);
    return copy;
  }

  /** Whether there may be one more value. */
  #spend(key: string): boolean {
    this.#charsLeft = Math.max(0, this.#charsLeft - key.length);
    return --this.#valuesLeft >= 0 && this.#charsLeft > 0;
  }
}

/** What was thrown may itself be hostile. */
function threw(error: unknown): string {
  try {
    return `[threw ${cut(String(error), 200)}]`;
  } catch {
    return "[threw]";
  }
}
