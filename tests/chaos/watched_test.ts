/** What looks at watches finds what they must not do; what a client is told is made up. */
import { assertEquals } from "@std/assert";
import { type Broken, nothingBroken } from "./client.ts";
import { Lasting, OneShots } from "./watched.ts";

function counts({ lost, doubled, other }: Broken): [number, number, number] {
  return [lost.length, doubled.length, other.length];
}

function oneShots(tell: (watches: OneShots) => void): [number, number, number] {
  const broken = nothingBroken();
  tell(new OneShots("client 1", broken));
  return counts(broken);
}

function lasting(tell: (watch: Lasting) => void): [number, number, number] {
  const broken = nothingBroken();
  const watch = new Lasting("client 1", broken);
  watch.begin();
  tell(watch);
  return counts(broken);
}

Deno.test("A one-shot watch told once, before what it announces, is well", () => {
  const found = oneShots((watches) => {
    const first = watches.left(3);
    const second = watches.left(3);
    watches.saw(3);
    watches.told(first, "NodeDataChanged");
    watches.told(second, "NodeDataChanged");
    watches.saw(5);
    watches.left(5);
    watches.expired();
    // The next session is with a server that is behind.
    watches.saw(4);
  });
  assertEquals(found, [0, 0, 0]);
});

Deno.test("Data that is seen before the event that announces it is found", () => {
  const found = oneShots((watches) => {
    const watch = watches.left(3);
    watches.saw(4);
    watches.told(watch, "NodeDataChanged");
  });
  assertEquals(found, [0, 0, 1]);
});

Deno.test("A one-shot watch told twice, early, wrongly or of nothing is found", () => {
  const twice = oneShots((watches) => {
    const watch = watches.left(3);
    watches.told(watch, "NodeDataChanged");
    watches.told(watch, "NodeDataChanged");
  });
  assertEquals(twice, [0, 1, 0]);
  assertEquals(oneShots((watches) => watches.told(null, "NodeDataChanged")), [0, 0, 1]);
  assertEquals(oneShots((watches) => watches.told(watches.left(1), "NodeDeleted")), [0, 0, 1]);
  const ofNothing = oneShots((watches) => {
    watches.told(watches.left(3), "NodeDataChanged");
    watches.saw(3);
  });
  assertEquals(ofNothing, [0, 0, 1]);
});

Deno.test("A lasting watch told of each change once, or of Resync, is well", () => {
  const found = lasting((watch) => {
    watch.saw(3);
    watch.told("NodeDataChanged");
    watch.told("NodeDataChanged");
    watch.saw(5);
    watch.saw(5);
    watch.told("NodeDataChanged");
    watch.told("Resync");
    watch.saw(9);
    watch.told("NodeDataChanged");
    watch.saw(10);
  });
  assertEquals(found, [0, 0, 0]);
});

Deno.test("An event of a lasting watch that is swallowed, late or told twice is found", () => {
  const swallowed = lasting((watch) => {
    watch.saw(3);
    watch.told("NodeDataChanged");
    watch.saw(5);
  });
  assertEquals(swallowed, [1, 0, 0]);
  const twice = lasting((watch) => {
    watch.saw(3);
    watch.told("NodeDataChanged");
    watch.told("NodeDataChanged");
    watch.saw(4);
  });
  assertEquals(twice, [0, 1, 0]);
  const late = lasting((watch) => {
    watch.saw(3);
    watch.saw(4);
    watch.told("NodeDataChanged");
    watch.saw(4);
  });
  assertEquals(late, [1, 1, 0]);
});
