// These tests hold for the genuine package and for the stand-ins alike.

import { assertEquals, assertGreaterOrEqual, assertRejects, assertStrictEquals } from "@std/assert";
import { deadline, delay } from "@std/async";

const never = () => new Promise<never>(() => {});

Deno.test("delay() waits at least its time", async () => {
  const start = performance.now();
  await delay(20);
  assertGreaterOrEqual(performance.now() - start, 19);
});

Deno.test("delay() keeps the order of the times", async () => {
  const order: number[] = [];
  await Promise.all([30, 1, 15].map((ms) => delay(ms).then(() => order.push(ms))));
  assertEquals(order, [1, 15, 30]);
});

Deno.test("delay() rejects with the reason of its signal", async () => {
  const reason = new Error("Enough");
  const controller = new AbortController();
  const waiting = delay(60_000, { signal: controller.signal });
  controller.abort(reason);
  assertStrictEquals(await assertRejects(() => waiting), reason);
  const late = await assertRejects(() => delay(0, { signal: controller.signal }));
  assertStrictEquals(late, reason);
});

Deno.test("delay() is not disturbed by an abort after its end", async () => {
  const controller = new AbortController();
  assertEquals(await delay(0, { signal: controller.signal }), undefined);
  controller.abort();
});

Deno.test("delay() waits for longer than a timer of the platform can", async () => {
  const controller = new AbortController();
  const waiting = delay(2 ** 40, { signal: controller.signal });
  const first = await Promise.race([waiting.then(() => "long"), delay(20).then(() => "short")]);
  assertEquals(first, "short");
  controller.abort();
  await assertRejects(() => waiting, DOMException);
});

Deno.test("delay() that is not persistent resolves while something else goes on", async () => {
  const order: string[] = [];
  const short = delay(1, { persistent: false }).then(() => order.push("short"));
  await delay(20).then(() => order.push("long"));
  await short;
  assertEquals(order, ["short", "long"]);
});

Deno.test("deadline() settles as its promise does", async () => {
  assertEquals(await deadline(Promise.resolve(1), 60_000), 1);
  const reason = new Error("No");
  const error = await assertRejects(() => deadline(Promise.reject(reason), 60_000));
  assertStrictEquals(error, reason);
});

Deno.test("deadline() rejects with a TimeoutError past its time", async () => {
  const start = performance.now();
  const error = await assertRejects(() => deadline(never(), 20), DOMException);
  assertEquals(error.name, "TimeoutError");
  assertGreaterOrEqual(performance.now() - start, 19);
});

Deno.test("deadline() rejects with the reason of its signal", async () => {
  const reason = new Error("Enough");
  const controller = new AbortController();
  const waiting = deadline(never(), 60_000, { signal: controller.signal });
  controller.abort(reason);
  assertStrictEquals(await assertRejects(() => waiting), reason);
  const { signal } = controller;
  assertStrictEquals(await assertRejects(() => deadline(never(), 60_000, { signal })), reason);
});
