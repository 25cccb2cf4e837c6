/*
 * The assertions that two values are, or are not, the same. Their messages name the first place
 * of a difference, then show both values line by line, the lines they share marked as such.
 */

import { AssertionError, format, suffix } from "./assertion_error.ts";
import { difference, equal } from "./equal.ts";

/**
 * Asserts that two values are deeply equal.
 *
 * @param actual The value to check.
 * @param expected What it should be.
 * @param msg Said in front of the differences.
 */
export function assertEquals<T>(actual: T, expected: T, msg?: string): void {
  const found = difference(actual, expected);
  if (found === null) return;
  const where = found.path && `\n    at ${found.path}: actual ${format(found.actual)}, ` +
      `expected ${format(found.expected)}`;
  throw new AssertionError(
    `Values are not equal${suffix(msg)}${where}\n${lines(format(actual), format(expected))}`,
  );
}

/**
 * Asserts that two values are not deeply equal.
 *
 * @param actual The value to check.
 * @param expected What it should not be.
 * @param msg Said at the end of the message.
 */
export function assertNotEquals<T>(actual: T, expected: T, msg?: string): void {
  if (!equal(actual, expected)) return;
  throw new AssertionError(
    `Expected actual: ${format(actual)} not to be: ${format(expected)}${suffix(msg)}`,
  );
}

/**
 * Asserts that two values are the same by `Object.is`.
 *
 * @param actual The value to check.
 * @param expected What it should be.
 * @param msg Said in front of the differences.
 */
export function assertStrictEquals<T>(
  actual: unknown,
  expected: T,
  msg?: string,
): asserts actual is T {
  if (Object.is(actual, expected)) return;
  const [a, b] = [format(actual), format(expected)];
  throw new AssertionError(
    a === b
      ? `Values have the same structure but are not reference-equal${suffix(msg)}\n${
        indent(" ", a)
      }`
      : `Values are not strictly equal${suffix(msg)}\n${lines(a, b)}`,
  );
}

/** The lines of both, those in front and at the end that they share written once. */
function lines(actual: string, expected: string): string {
  const [a, b] = [actual.split("\n"), expected.split("\n")];
  const least = Math.min(a.length, b.length);
  let front = 0;
  while (front < least && a[front] === b[front]) front++;
  let back = 0;
  while (back < least - front && a.at(-1 - back) === b.at(-1 - back)) back++;
  return [
    "    [Diff] - actual / + expected",
    ...a.slice(0, front).map((line) => indent(" ", line)),
    ...a.slice(front, a.length - back).map((line) => indent("-", line)),
    ...b.slice(front, b.length - back).map((line) => indent("+", line)),
    ...a.slice(a.length - back).map((line) => indent(" ", line)),
  ].join("\n");
}

function indent(mark: string, text: string): string {
  return text.split("\n").map((line) => `${mark}   ${line}`).join("\n");
}
