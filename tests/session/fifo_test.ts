import { assert, assertEquals } from "@std/assert";
import { Fifo } from "../../src/session/fifo.ts";
import { Random } from "../fuzz/random.ts";

Deno.test("Fifo gives its items back in order", () => {
  const fifo = new Fifo<string>();
  assertEquals([fifo.length, fifo.shift(), fifo.at(0), fifo.at(-1)], [
    0,
    undefined,
    undefined,
    undefined,
  ]);
  for (const item of "abc") fifo.push(item);
  assertEquals([fifo.length, fifo.at(0), fifo.at(2), fifo.at(3), fifo.at(-1)], [
    3,
    "a",
    "c",
    undefined,
    "c",
  ]);
  assertEquals([fifo.shift(), fifo.shift(), fifo.shift(), fifo.shift()], [
    "a",
    "b",
    "c",
    undefined,
  ]);
  assertEquals(fifo.length, 0);
});

Deno.test("Fifo.at() with a negative index does not reach what was taken", () => {
  const fifo = new Fifo<number>();
  for (let i = 0; i < 4; i++) fifo.push(i);
  fifo.shift();
  fifo.shift();
  assertEquals([fifo.at(-1), fifo.at(-2), fifo.at(-3), fifo.at(-5)], [3, 2, undefined, undefined]);
});

Deno.test("Fifo.cut() takes the last, drain() all", () => {
  const fifo = new Fifo<number>();
  for (let i = 0; i < 6; i++) fifo.push(i);
  fifo.shift();
  assertEquals(fifo.cut(0), []);
  assertEquals(fifo.cut(2), [4, 5]);
  assertEquals([...fifo], [1, 2, 3]);
  fifo.push(9);
  assertEquals(fifo.drain(), [1, 2, 3, 9]);
  assertEquals([fifo.length, ...fifo], [0]);
  fifo.push(7);
  fifo.shift();
  fifo.push(8);
  assertEquals(fifo.cut(1), [8]);
  assertEquals([fifo.length, fifo.shift()], [0, undefined]);
  fifo.push(1);
  assertEquals([fifo.length, fifo.shift()], [1, 1]);
});

Deno.test("Fifo does what an array does, whatever is done with it", () => {
  for (let seed = 1; seed <= 12; seed++) {
    const random = new Random(seed);
    const fifo = new Fifo<number>();
    const model: number[] = [];
    let next = 0;
    for (let step = 0; step < 200; step++) {
      // Long bursts, so that it grows beyond where it moves its items to the front.
      const burst = random.chance(0.1) ? random.below(3000) : random.below(5);
      switch (random.below(8)) {
        case 0:
        case 1:
        case 2:
          for (let i = 0; i < burst; i++) fifo.push(next), model.push(next++);
          break;
        case 3:
        case 4:
        case 5:
          for (let i = 0; i < burst; i++) assertEquals(fifo.shift(), model.shift());
          break;
        case 6: {
          const count = Math.min(burst, model.length);
          assertEquals(fifo.cut(count), model.splice(model.length - count));
          break;
        }
        case 7:
          if (model.length > 0) {
            const from = random.below(model.length);
            fifo.toHead(from);
            model.unshift(...model.splice(from, 1));
          }
          if (random.chance(0.2)) assertEquals(fifo.drain(), model.splice(0));
      }
      const at = random.below(model.length + 3);
      assertEquals(fifo.length, model.length, `seed ${seed}`);
      assertEquals(fifo.at(at), model.at(at), `seed ${seed}`);
      assertEquals(fifo.at(-1 - at), model.at(-1 - at), `seed ${seed}`);
      if (random.chance(0.1)) assertEquals([...fifo], model, `seed ${seed}`);
    }
  }
});

Deno.test("Fifo.shift() takes the same time however long the queue is", () => {
  // An array's own shift() would move two hundred thousand items two hundred thousand times.
  const fifo = new Fifo<number>();
  const count = 200_000;
  for (let i = 0; i < count; i++) fifo.push(i);
  let taken = 0;
  for (let i = 0; i < count; i++) {
    assert(fifo.shift() === i);
    if (i % 2 === 0) fifo.push(count + taken++);
  }
  assertEquals(fifo.length, count / 2);
});
