import { assertEquals, assertLessOrEqual } from "@std/assert";
import { Heap } from "../../src/session/heap.ts";
import { Random } from "../fuzz/random.ts";

Deno.test("Heap gives the item with the least key first", () => {
  const heap = new Heap<string>();
  assertEquals([heap.least, heap.pop()], [Infinity, undefined]);
  heap.push(5, "five");
  heap.push(1, "one");
  heap.push(Infinity, "never");
  heap.push(3, "three");
  heap.push(-2, "minus two");
  const order: unknown[] = [];
  for (let i = 0; i < 5; i++) order.push(heap.least, heap.pop());
  assertEquals(order, [-2, "minus two", 1, "one", 3, "three", 5, "five", Infinity, "never"]);
  assertEquals([heap.least, heap.pop()], [Infinity, undefined]);
});

Deno.test("Heap keeps items with the same key", () => {
  const heap = new Heap<number>();
  for (let i = 0; i < 100; i++) heap.push(7, i);
  const popped = Array.from({ length: 100 }, () => heap.pop());
  assertEquals(new Set(popped).size, 100);
  assertEquals(heap.pop(), undefined);
});

Deno.test("Heap keeps items that are falsy", () => {
  const heap = new Heap<unknown>();
  for (const item of [0, "", null, false]) heap.push(1, item);
  assertEquals(new Set([heap.pop(), heap.pop(), heap.pop(), heap.pop()]).size, 4);
  assertEquals(heap.least, Infinity);
});

Deno.test("Heap does what a sorted list does, whatever is done with it", () => {
  for (let seed = 1; seed <= 50; seed++) {
    const random = new Random(seed);
    const heap = new Heap<{ key: number }>();
    let model: { key: number }[] = [];
    for (let step = 0; step < 500; step++) {
      if (random.chance(0.55)) {
        // Few different keys, so that there are equal ones.
        const item = { key: random.below(random.chance(0.5) ? 10 : 1e6) };
        heap.push(item.key, item);
        model.push(item);
      } else {
        const least = Math.min(...model.map(({ key }) => key));
        assertEquals(heap.least, least, `seed ${seed}`);
        const popped = heap.pop();
        assertEquals(popped?.key ?? Infinity, least, `seed ${seed}`);
        assertEquals(popped === undefined || model.includes(popped), true, `seed ${seed}`);
        model = model.filter((item) => item !== popped);
      }
    }
    let last = -Infinity;
    for (let item = heap.pop(); item !== undefined; item = heap.pop()) {
      assertLessOrEqual(last, item.key, `seed ${seed}`);
      last = item.key;
      assertEquals(model.includes(item), true, `seed ${seed}`);
      model = model.filter((other) => other !== item);
    }
    assertEquals(model.length, 0, `seed ${seed}`);
  }
});
