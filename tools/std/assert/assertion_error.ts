/** What every assertion of this folder throws. */
export class AssertionError extends Error {
  /**
   * An assertion that does not hold.
   *
   * @param message What was expected, and what came instead.
   * @param options The cause, if there is one.
   */
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "AssertionError";
  }
}

/** How an assertion's own message ends: with the caller's, where there is one. */
export function suffix(msg: string | undefined): string {
  return msg ? `: ${msg}` : ".";
}

/** A value as messages show it: with sorted keys, and long, so that two of them compare by eye. */
export function format(value: unknown): string {
  return Deno.inspect(value, {
    depth: Infinity,
    iterableLimit: 1000,
    strAbbreviateSize: 10_000,
    sorted: true,
    trailingComma: true,
  });
}
