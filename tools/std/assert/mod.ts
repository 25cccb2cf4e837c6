/**
 * Stand-ins for the functions of `@std/assert` that this project uses, for places where JSR is out
 * of reach. Same names, signatures and verdicts; the messages are our own.
 *
 * @module
 */

export { AssertionError } from "./assertion_error.ts";
export { equal } from "./equal.ts";
export { assertEquals, assertNotEquals, assertStrictEquals } from "./equals.ts";
export * from "./facts.ts";
export { assertRejects, assertThrows } from "./throws.ts";
