/**
 * What a caller may get wrong about a logger or a sink, found when it is made: a log that fails later
 * fails when it is needed.
 *
 * @module
 */

/** Throws unless `given` has all of these methods. */
export function checkMethods(what: string, given: unknown, methods: readonly string[]): void {
  const lacking = methods.find((name) => typeof Object(given)[name] !== "function");
  if (lacking === undefined) return;
  throw new TypeError(
    `${what} must have the methods ${methods.join(", ")}: ${shown(given)} has no ${lacking}()`,
  );
}

/** Throws for options that are no object, and for one that there is not, which would do nothing. */
export function checkKeys(what: string, options: unknown, names: readonly string[]): void {
  if (typeof options !== "object" || options === null) {
    throw new TypeError(`The options of ${what} must be an object, not ${shown(options)}`);
  }
  const stray = Object.keys(options).find((key) => !names.includes(key));
  if (stray === undefined) return;
  throw new TypeError(`${what} has no option "${stray}"; there are ${names.join(", ")}`);
}

/** Throws for one of these options that is given and is no function: it would fail when it is needed. */
export function checkFunctions(options: object, names: readonly string[]): void {
  for (const name of names) {
    const given = (options as Record<string, unknown>)[name];
    if (given === undefined || typeof given === "function") continue;
    throw new TypeError(`The option "${name}" must be a function, not ${shown(given)}`);
  }
}

function shown(given: unknown): string {
  return given === null ? "null" : typeof given;
}
