/** The time, asked for once for what happens at one go. */
import { assertEquals } from "@std/assert";
import { TurnClock } from "../../../src/rpc/time/turn_clock.ts";

Deno.test("TurnClock looks once at one go, and again in the next", async () => {
  let looks = 0;
  const turn = new TurnClock({ now: () => ++looks });
  assertEquals([turn.now(), turn.now(), turn.now()], [1, 1, 1]);
  await Promise.resolve();
  await Promise.resolve();
  assertEquals([turn.now(), turn.now()], [2, 2]);
  await new Promise((resolve) => setTimeout(resolve));
  assertEquals(turn.now(), 3);
});
