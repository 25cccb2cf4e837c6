/** Metadata: names and values that travel beside a message, as in gRPC. */

/**
 * Names and values that travel beside a message. A name is of lower-case letters, digits, "-", "_"
 * and "."; the value of one that ends in "-bin" is bytes, of any other one it is text.
 */
export type Metadata = Readonly<Record<string, string | Uint8Array>>;

const namePattern = /^[a-z0-9_.-]+$/;

/**
 * Checks what a user gives as metadata.
 *
 * @throws {TypeError} for a name or a value that cannot be sent.
 */
export function checkMetadata(metadata: Metadata): void {
  // Headers or a Map would look empty.
  const prototype = Object.getPrototypeOf(metadata ?? "");
  if (prototype !== Object.prototype && prototype !== null) {
    throw new TypeError("The metadata must be a plain object of names and values");
  }
  for (const name of Object.keys(metadata)) check(name, metadata[name]);
}

/**
 * What a user gives as metadata, as it is now.
 *
 * @throws {TypeError} for a name or a value that cannot be sent.
 */
export function copyMetadata(metadata: Metadata): Metadata {
  checkMetadata(metadata);
  return { ...metadata };
}

/** Names that have been found good: the same ones come again and again. */
const good = new Set<string>();
const goodMax = 1_000;

function check(name: string, value: unknown): void {
  if (!good.has(name)) {
    if (!namePattern.test(name)) {
      throw new TypeError(
        `The metadata's name ${JSON.stringify(name)} must be of a-z, 0-9, "-", "_" and "."`,
      );
    }
    if (good.size < goodMax) good.add(name);
  }
  const binary = name.endsWith("-bin");
  if (binary ? value instanceof Uint8Array : typeof value === "string") return;
  const wanted = binary ? "a Uint8Array, since its name ends in -bin" : "a string";
  throw new TypeError(`The metadata "${name}" must be ${wanted}`);
}
