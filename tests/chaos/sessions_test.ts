/** What looks at session events finds what they must not be; what a client is told is made up. */
import { assertEquals } from "@std/assert";
import { SessionPromises } from "./sessions.ts";

const timeout = 3000;
const silent = "no server could be reached for 4/3 of its timeout";
const gone = "the server says so";

/** What is wrong when a client is told this. */
function wrong(tell: (told: SessionPromises) => void): number {
  const told = new SessionPromises("client 1");
  tell(told);
  return told.broken.length;
}

function expire(told: SessionPromises, reason: string, now: number): void {
  told.told("CONNECTING", 1n);
  told.ended(reason, now, timeout);
  told.told("EXPIRED_SESSION", 1n);
}

Deno.test("A session that is lost, found again, and expires when it may, is well", () => {
  for (const [reason, now] of [[gone, 0], [silent, 4000]] as const) {
    const found = wrong((told) => {
      told.told("CONNECTED", 1n);
      told.answered(0);
      told.told("CONNECTING", 1n);
      told.told("CONNECTED", 1n);
      expire(told, reason, now);
      told.told("CONNECTED", 2n);
    });
    assertEquals(found, 0);
  }
});

Deno.test("Session events out of order, or told twice, are found", () => {
  assertEquals(wrong((told) => told.told("CONNECTING", 0n)), 1);
  const twice = wrong((told) => {
    told.told("CONNECTED", 1n);
    told.told("CONNECTED", 1n);
  });
  assertEquals(twice, 1);
  const withoutLoss = wrong((told) => {
    told.told("CONNECTED", 1n);
    told.told("EXPIRED_SESSION", 1n);
  });
  assertEquals(withoutLoss, 1);
});

Deno.test("Another session without expiry, and the old one behind it, are found", () => {
  const another = wrong((told) => {
    told.told("CONNECTED", 1n);
    told.told("CONNECTING", 1n);
    told.told("CONNECTED", 2n);
  });
  assertEquals(another, 1);
  const old = wrong((told) => {
    told.told("CONNECTED", 1n);
    expire(told, gone, 0);
    told.told("CONNECTED", 1n);
  });
  assertEquals(old, 1);
});

Deno.test("A session given up that a server was heard in a moment ago is found", () => {
  const early = wrong((told) => {
    told.told("CONNECTED", 1n);
    told.answered(1000);
    expire(told, silent, 4000);
  });
  assertEquals(early, 1);
});
