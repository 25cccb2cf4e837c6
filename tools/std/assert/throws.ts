/*
 * The assertions that code throws or rejects, and with what. A function that throws before it
 * returns its promise does not reject: assertRejects() fails on it, because a caller who wrote
 * `.catch()` would not have caught it either.
 */

import { AssertionError, suffix } from "./assertion_error.ts";

/** The class of an error. */
// deno-lint-ignore no-explicit-any
export type ErrorClass<E> = new (...args: any[]) => E;

/**
 * Asserts that a function throws.
 *
 * @param fn The function, called once.
 * @param msg Said at the end of the message.
 * @returns What was thrown.
 */
export function assertThrows(fn: () => unknown, msg?: string): unknown;
/**
 * Asserts that a function throws an error of a class.
 *
 * @typeParam E The error's type.
 * @param fn The function, called once.
 * @param ErrorClass The class.
 * @param msgIncludes What the error's message should contain.
 * @param msg Said at the end of the message.
 * @returns The error.
 */
export function assertThrows<E extends Error = Error>(
  fn: () => unknown,
  ErrorClass: ErrorClass<E>,
  msgIncludes?: string,
  msg?: string,
): E;
export function assertThrows(
  fn: () => unknown,
  classOrMsg?: ErrorClass<Error> | string,
  msgIncludes?: string,
  msg?: string,
): unknown {
  const wanted = expectation(classOrMsg, msgIncludes, msg);
  try {
    fn();
  } catch (error) {
    return check(error, wanted, "thrown");
  }
  throw new AssertionError(`Expected function to throw${wanted.suffix}`);
}

/**
 * Asserts that a function returns a promise and that this rejects.
 *
 * @param fn The function, called once.
 * @param msg Said at the end of the message.
 * @returns What it rejected with.
 */
export function assertRejects(fn: () => PromiseLike<unknown>, msg?: string): Promise<unknown>;
/**
 * Asserts that a function returns a promise and that this rejects with an error of a class.
 *
 * @typeParam E The error's type.
 * @param fn The function, called once.
 * @param ErrorClass The class.
 * @param msgIncludes What the error's message should contain.
 * @param msg Said at the end of the message.
 * @returns The error.
 */
export function assertRejects<E extends Error = Error>(
  fn: () => PromiseLike<unknown>,
  ErrorClass: ErrorClass<E>,
  msgIncludes?: string,
  msg?: string,
): Promise<E>;
export async function assertRejects(
  fn: () => PromiseLike<unknown>,
  classOrMsg?: ErrorClass<Error> | string,
  msgIncludes?: string,
  msg?: string,
): Promise<unknown> {
  const wanted = expectation(classOrMsg, msgIncludes, msg);
  const promise = start(fn, wanted);
  try {
    await promise;
  } catch (error) {
    return check(error, wanted, "rejected");
  }
  throw new AssertionError(`Expected function to reject${wanted.suffix}`);
}

function start(fn: () => PromiseLike<unknown>, wanted: Expectation): PromiseLike<unknown> {
  const throws = `Function throws when expected to reject${wanted.suffix}`;
  let promise: PromiseLike<unknown>;
  try {
    promise = fn();
  } catch (cause) {
    throw new AssertionError(throws, { cause });
  }
  // Nothing but a promise can reject: as in the genuine package, this counts as having thrown.
  if (typeof promise?.then !== "function") throw new AssertionError(throws);
  return promise;
}

interface Expectation {
  ErrorClass: ErrorClass<Error> | undefined;
  msgIncludes: string | undefined;
  suffix: string;
}

function expectation(
  classOrMsg: ErrorClass<Error> | string | undefined,
  msgIncludes: string | undefined,
  msg: string | undefined,
): Expectation {
  if (typeof classOrMsg === "string") {
    return { ErrorClass: undefined, msgIncludes: undefined, suffix: suffix(classOrMsg) };
  }
  return { ErrorClass: classOrMsg, msgIncludes, suffix: suffix(msg) };
}

function check(error: unknown, wanted: Expectation, how: "thrown" | "rejected"): unknown {
  const { ErrorClass, msgIncludes } = wanted;
  if (ErrorClass === undefined) return error;
  if (!(error instanceof Error)) {
    throw new AssertionError(`A non-Error object was ${how}${wanted.suffix}`);
  }
  if (!(error instanceof ErrorClass)) {
    throw new AssertionError(
      `Expected error to be instance of "${ErrorClass.name}", ` +
        `but was "${(error as Error).constructor.name}"${wanted.suffix}`,
      { cause: error },
    );
  }
  if (msgIncludes && !error.message.includes(msgIncludes)) {
    throw new AssertionError(
      `Expected error message to include ${JSON.stringify(msgIncludes)}, ` +
        `but got ${JSON.stringify(error.message)}${wanted.suffix}`,
      { cause: error },
    );
  }
  return error;
}
