/**
 * What layouts have in common: data that others wrote, read with care, and instances that have more
 * to say than a layout has room for.
 *
 * @module
 */
import { hostPort, type Registered } from "../instance.ts";
import { InvalidEntry } from "../layout.ts";

/** A JSON object, its fields unknown. */
export type Fields = Readonly<Record<string, unknown>>;

/** The text that data is. Throws InvalidEntry. */
export function readText(data: Uint8Array | null): string {
  if (data === null || data.length === 0) throw new InvalidEntry("It is empty");
  try {
    return utf8.decode(data);
  } catch {
    throw new InvalidEntry("It is not UTF-8");
  }
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** The JSON object that data is. Throws InvalidEntry. */
export function readFields(data: Uint8Array | null): Fields {
  const text = readText(data);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new InvalidEntry(`It is not JSON: ${(error as Error).message}`);
  }
  if (isFields(value)) return value;
  throw new InvalidEntry("It is JSON, but no object");
}

/** Whether a value is an object that has fields. */
export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A field that is a text with something in it. Throws InvalidEntry. */
export function readWord(fields: Fields, name: string): string {
  const value = fields[name];
  if (typeof value === "string" && value !== "") return value;
  throw new InvalidEntry(`Its "${name}" is ${shown(value)}, which is no text`);
}

/**
 * A field that is a whole number within limits, written as one or as a text: what C++ and Java write
 * is now this and now that. Throws InvalidEntry.
 */
export function readWhole(fields: Fields, name: string, min: number, max: number): number {
  const value = fields[name];
  const number = typeof value === "string" && /^\d{1,15}$/.test(value) ? Number(value) : value;
  if (Number.isInteger(number) && number as number >= min && number as number <= max) {
    return number as number;
  }
  throw new InvalidEntry(`Its "${name}" is ${shown(value)}, and must be from ${min} to ${max}`);
}

/** A value as messages show it: not at any length. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? "missing";
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

/** "10.0.0.5:8000" or "[::1]:8000", taken apart; null for what is neither. */
export function splitAddress(text: string): { address: string; port: number } | null {
  const match =
    /^(?:\[([0-9a-fA-F:.]*:[0-9a-fA-F:.]*(?:%[\w.-]+)?)\]|([^\s:/?#[\]@]{1,253})):(\d{1,5})$/
      .exec(text);
  const port = Number(match?.[3]);
  return match === null || !(port >= 1 && port <= 0xffff)
    ? null
    : { address: match[1] ?? match[2]!, port };
}

/** "10.0.0.5:8000" of an instance. Throws a TypeError for one without a port. */
export function writeAddress(layout: string, instance: Registered): string {
  return hostPort({ address: instance.address, port: portOf(layout, instance) });
}

/** An instance's port. Throws a TypeError for one that has none. */
export function portOf(layout: string, { port, name }: Registered): number {
  if (port !== null) return port;
  throw new TypeError(`The layout "${layout}" needs a port, and "${name}" has none`);
}

/**
 * Checks that an instance says nothing that a layout has no room for: it would be lost.
 *
 * @throws {TypeError} naming the field.
 */
export function checkRoom(
  layout: string,
  instance: Registered,
  room: readonly (keyof Registered)[] = [],
): void {
  const { status, weight, zone, tags, endpoints, payload, sslPort } = instance;
  const said: Partial<Record<keyof Registered, boolean>> = {
    status: status !== "UP",
    weight: weight !== 1,
    zone: zone !== null,
    tags: tags.length > 0,
    endpoints: Object.keys(endpoints).length > 0,
    payload: payload !== null,
    sslPort: sslPort !== null,
  };
  for (const [field, isSaid] of Object.entries(said)) {
    if (!isSaid || room.includes(field as keyof Registered)) continue;
    throw new TypeError(`The layout "${layout}" has no room for an instance's ${field}`);
  }
}

/**
 * Checks that an instance's znode has the name that it is given: the number which a server adds, and
 * the prefix that keeps it from being made twice, would hide it from others.
 *
 * @throws {TypeError} if it is to be a sequential one.
 */
export function checkFixed(layout: string, { serviceType }: Registered): void {
  if (serviceType !== "DYNAMIC_SEQUENTIAL") return;
  throw new TypeError(`The layout "${layout}" has no DYNAMIC_SEQUENTIAL instances`);
}
