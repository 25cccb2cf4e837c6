/** What looks at RPC calls finds what is wrong with them; histories that are made up. */
import { assertEquals } from "@std/assert";
import { RpcError } from "@zkst/zookeeper/rpc";
import { bodyOf, Counted, isSame } from "./calls.ts";
import { nothingBroken } from "./client.ts";

/** What is wrong with what providers ran and callers were told, by kind. */
function judged(tell: (counted: Counted) => void): Record<string, number> {
  const counted = new Counted();
  tell(counted);
  const broken = nothingBroken();
  counted.judge(broken);
  const { lost, doubled, other } = broken;
  return { lost: lost.length, doubled: doubled.length, other: other.length };
}

const answer = (provider: number, count: number) => ({ provider, count, body: bodyOf(1, 3) });
const gone = (sent: boolean) => new RpcError("UNAVAILABLE", "The connection is lost", { sent });

Deno.test("Calls that ran once and were answered so, or failed and ran or did not, are well", () => {
  const found = judged((counted) => {
    counted.ran("a", 1, 1);
    counted.ended("a", answer(1, 1));
    counted.ran("b", 1, 2);
    counted.ended("b", gone(true));
    counted.ended("c", gone(true));
    counted.ended("d", gone(false));
  });
  assertEquals(found, { lost: 0, doubled: 0, other: 0 });
});

Deno.test("A call that runs twice is found, at one provider or at two, answered or not", () => {
  for (const second of [1, 2]) {
    for (const end of [answer(1, 1), gone(true)]) {
      const found = judged((counted) => {
        counted.ran("a", 1, 1);
        counted.ran("a", second, 2);
        counted.ended("a", end);
      });
      assertEquals(found.doubled, 1);
    }
  }
});

Deno.test("An answer to a call that nobody ran, or another's answer, is found", () => {
  const nobody = judged((counted) => counted.ended("a", answer(1, 1)));
  assertEquals(nobody, { lost: 1, doubled: 0, other: 0 });
  const another = judged((counted) => {
    counted.ran("a", 1, 1);
    counted.ran("b", 1, 2);
    counted.ended("a", answer(1, 2));
  });
  assertEquals(another, { lost: 1, doubled: 0, other: 0 });
});

Deno.test("A call that is said not to have reached a handler, and has, is found", () => {
  const found = judged((counted) => {
    counted.ran("a", 1, 1);
    counted.ended("a", gone(false));
  });
  assertEquals(found, { lost: 0, doubled: 0, other: 1 });
});

Deno.test("Bodies differ by any byte, by their length and by their seed", () => {
  const body = bodyOf(7, 600);
  assertEquals(isSame(body, bodyOf(7, 600)), true);
  assertEquals(isSame(body, body.with(300, body[300]! ^ 1)), false);
  assertEquals(isSame(body, body.subarray(1)), false);
  assertEquals(isSame(body, bodyOf(8, 600)), false);
});
