/*
 * The assertions about one value: that it is true, exists, is of a class, contains, matches, or
 * stands on the right side of another.
 */

import { AssertionError, format, suffix } from "./assertion_error.ts";

/**
 * Asserts that an expression is truthy.
 *
 * @param expr The expression's value.
 * @param msg The error's message.
 */
export function assert(expr: unknown, msg = ""): asserts expr {
  if (!expr) throw new AssertionError(msg);
}

/**
 * Asserts that a value is neither `null` nor `undefined`.
 *
 * @param actual The value to check.
 * @param msg Said at the end of the message.
 */
export function assertExists<T>(actual: T, msg?: string): asserts actual is NonNullable<T> {
  if (actual !== null && actual !== undefined) return;
  throw new AssertionError(
    `Expected actual: "${actual}" to not be null or undefined${suffix(msg)}`,
  );
}

/** Any class. */
// deno-lint-ignore no-explicit-any
export type AnyConstructor = new (...args: any[]) => any;

/**
 * Asserts that a value is an instance of a class.
 *
 * @param actual The value to check.
 * @param expectedType The class.
 * @param msg Said at the end of the message.
 */
export function assertInstanceOf<T extends AnyConstructor>(
  actual: unknown,
  expectedType: T,
  msg = "",
): asserts actual is InstanceType<T> {
  if (actual instanceof expectedType) return;
  const isObject = typeof actual === "object" && actual !== null;
  const type = isObject
    ? actual.constructor?.name ?? "Object"
    : actual === null
    ? "null"
    : typeof actual;
  throw new AssertionError(
    `Expected object to be an instance of "${expectedType.name}" but was "${type}"${suffix(msg)}`,
  );
}

/**
 * Asserts that a string contains another.
 *
 * @param actual The string to check.
 * @param expected What it should contain.
 * @param msg Said at the end of the message.
 */
export function assertStringIncludes(actual: string, expected: string, msg?: string): void {
  if (actual.includes(expected)) return;
  throw new AssertionError(
    `Expected actual: "${actual}" to contain: "${expected}"${suffix(msg)}`,
  );
}

/**
 * Asserts that a string matches an expression.
 *
 * @param actual The string to check.
 * @param expected The expression.
 * @param msg Said at the end of the message.
 */
export function assertMatch(actual: string, expected: RegExp, msg?: string): void {
  if (expected.test(actual)) return;
  throw new AssertionError(`Expected actual: "${actual}" to match: "${expected}"${suffix(msg)}`);
}

/**
 * Asserts that a value is greater than another.
 *
 * @param actual The value to check.
 * @param expected What it should exceed.
 * @param msg The error's message, instead of the usual one.
 */
export function assertGreater<T>(actual: T, expected: T, msg?: string): void {
  if (!(actual > expected)) throw outOfOrder(actual, ">", expected, msg);
}

/**
 * Asserts that a value is greater than another or equal to it.
 *
 * @param actual The value to check.
 * @param expected What it should reach.
 * @param msg The error's message, instead of the usual one.
 */
export function assertGreaterOrEqual<T>(actual: T, expected: T, msg?: string): void {
  if (!(actual >= expected)) throw outOfOrder(actual, ">=", expected, msg);
}

/**
 * Asserts that a value is less than another.
 *
 * @param actual The value to check.
 * @param expected What it should stay below.
 * @param msg The error's message, instead of the usual one.
 */
export function assertLess<T>(actual: T, expected: T, msg?: string): void {
  if (!(actual < expected)) throw outOfOrder(actual, "<", expected, msg);
}

/**
 * Asserts that a value is less than another or equal to it.
 *
 * @param actual The value to check.
 * @param expected What it should not exceed.
 * @param msg The error's message, instead of the usual one.
 */
export function assertLessOrEqual<T>(actual: T, expected: T, msg?: string): void {
  if (!(actual <= expected)) throw outOfOrder(actual, "<=", expected, msg);
}

/**
 * Asserts that a number is another but for rounding.
 *
 * @param actual The number to check.
 * @param expected What it should be.
 * @param tolerance How far it may be off: by default a ten millionth of what is expected.
 * @param msg Said at the end of the message.
 */
export function assertAlmostEquals(
  actual: number,
  expected: number,
  tolerance?: number,
  msg?: string,
): void {
  if (Object.is(actual, expected)) return;
  const allowed = tolerance ?? (Number.isFinite(expected) ? Math.abs(expected) * 1e-7 : 1e-7);
  const delta = Math.abs(expected - actual);
  if (delta <= allowed) return;
  throw new AssertionError(
    `Expected actual: "${actual}" to be close to "${expected}": ` +
      `delta "${delta}" is greater than "${allowed}"${suffix(msg)}`,
  );
}

/**
 * Fails.
 *
 * @param msg Why.
 */
export function fail(msg?: string): never {
  throw new AssertionError(`Failed assertion${suffix(msg)}`);
}

/**
 * Fails, because this line should not have been reached.
 *
 * @param reason Why it should not.
 */
export function unreachable(reason?: string): never {
  throw new AssertionError(`Unreachable${suffix(reason)}`);
}

function outOfOrder(actual: unknown, sign: string, expected: unknown, msg?: string) {
  return new AssertionError(msg ?? `Expect ${format(actual)} ${sign} ${format(expected)}`);
}
