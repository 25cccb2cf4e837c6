/** C's TestReconfig.cc and Java's StaticHostProviderTest: where clients go when the list changes. */
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { shareOfNew } from "../../src/session/rebalancing.ts";
import { Servers } from "../../src/session/servers.ts";
import type { Endpoint } from "../../src/types.ts";
import { Random } from "../fuzz/random.ts";

/** Servers by number, `from` to `to`, each with a port of its own. */
function list(from: number, to: number): Endpoint[] {
  return Array.from({ length: Math.abs(to - from) + 1 }, (_, i) => server(Math.min(from, to) + i));
}

function server(n: number): Endpoint {
  return { host: `10.10.10.${n}`, address: `10.10.10.${n}`, port: 2000 + n };
}

/** One client that is connected, as far as its servers are concerned. */
class Client {
  readonly servers: Servers;
  at: Endpoint;

  constructor(found: Endpoint[], random: () => number, at?: number, shuffle = true) {
    this.servers = new Servers(found, random, shuffle);
    this.servers.startRound(found);
    do this.at = this.servers.next()!; while (at !== undefined && this.at.port !== 2000 + at);
    this.servers.connected();
  }

  /** Takes another list; returns whether it leaves its server. */
  take(found: Endpoint[]): boolean {
    return this.servers.startRound(found);
  }

  /** Takes another list and is connected again. */
  move(found: Endpoint[]): void {
    if (this.take(found)) this.at = this.servers.next()!;
    this.servers.connected();
  }
}

const random = new Random(1355);
const chance = () => random.next();

Deno.test("the probabilities are C's", () => {
  const never = () => 0.999999;
  const always = () => 0;
  // Grown: 1 - 9/10 leave; who has lost the server goes to the new ones.
  assertEquals(
    [shareOfNew(9, 10, 1, true, () => 0.0999), shareOfNew(9, 10, 1, true, () => 0.1001)],
    [
      1,
      null,
    ],
  );
  assertEquals(shareOfNew(9, 10, 1, false, never), 1);
  // Not grown: who can stay does.
  assertEquals([shareOfNew(9, 9, 1, true, always), shareOfNew(9, 3, 0, true, always)], [
    null,
    null,
  ]);
  // Lost: old * (before - after) / (after * (before - old)) go to old ones.
  assertAlmostEquals(shareOfNew(9, 6, 3, false, always)!, 1 - 3 * 3 / (6 * 6), 1e-12);
  assertEquals(shareOfNew(9, 9, 9, false, always), 1);
  assertEquals(shareOfNew(9, 9, 1, false, always), 1);
  assertEquals(shareOfNew(9, 8, 0, false, always), 0);
});

// update_addrs divides by zero where the list has lost nothing and the session has no server in it.
Deno.test("no list makes a probability that is none", () => {
  for (let before = 0; before < 7; before++) {
    for (let after = 0; after < 7; after++) {
      for (let fresh = Math.max(0, after - before); fresh <= after; fresh++) {
        for (const kept of [true, false]) {
          const share = shareOfNew(before, after, fresh, kept, chance);
          assert(
            share === null || share >= 0 && share <= 1,
            `${before} ${after} ${fresh}: ${share}`,
          );
        }
      }
    }
  }
});

// C: testMigrateOrNot.
Deno.test("a client stays or leaves as the size of the list and its own server say", () => {
  const client = new Client(list(1, 4), chance, 3);
  assertEquals(client.take(list(1, 3)), false, "fewer, and mine is there");
  assertEquals(client.take(list(1, 2)), true, "fewer, and mine is not");
  assertEquals(new Client(list(1, 2), chance, 1).take(list(2, 3)), true, "as many, without mine");
  assertEquals(new Client(list(1, 4), chance, 1).take(list(2, 7)), true, "more, without mine");
  assertEquals(new Client(list(1, 4), chance, 1).take(list(1, 4).reverse()), false, "the same");
});

// C: testMigrationCycle.
Deno.test("new servers are tried before old ones, then all in turn", () => {
  const client = new Client(list(1, 4), chance, 1);
  const found = list(3, 12);
  assertEquals(client.take(found), true);
  const ports = Array.from({ length: 10 }, () => client.servers.next()!.port - 2000);
  assertEquals(ports.slice(0, 8).sort((a, b) => a - b), [5, 6, 7, 8, 9, 10, 11, 12]);
  assertEquals(ports.slice(8).sort((a, b) => a - b), [3, 4]);
  assertEquals(client.servers.next(), null);
  const rounds = [0, 1].map(() => {
    client.servers.startRound(found);
    return Array.from({ length: 10 }, () => client.servers.next()!.port);
  });
  assertEquals(rounds[0], rounds[1]);
  assertEquals(new Set(rounds[0]).size, 10);
});

// C: testMigrateProbability.
Deno.test("of 10,000 clients a tenth leaves when nine servers become ten", () => {
  let moved = 0;
  for (let i = 0; i < 10_000; i++) {
    if (new Client(list(1, 9), chance, 3).take(list(1, 10))) moved++;
  }
  assertAlmostEquals(moved, 1000, 100);
});

// C: testLoadBalancing; Java: testUpdateLoadBalancing.
Deno.test("10,000 clients are spread evenly over 9, 8, 6, 8 and 9 servers", () => {
  const count = 10_000;
  const clients = Array.from({ length: count }, () => new Client(list(1, 9), chance));
  const lists = [list(1, 8), list(1, 6), list(2, 9), list(1, 9)];
  assertEven(list(1, 9));
  for (const found of lists) {
    for (const client of clients) client.move(found);
    assertEven(found);
  }

  function assertEven(found: Endpoint[]): void {
    const byPort = Map.groupBy(clients, ({ at }) => at.port);
    assertEquals([...byPort.keys()].sort(), found.map(({ port }) => port).sort());
    for (const [port, { length }] of byPort) {
      assertAlmostEquals(length, count / found.length, count / found.length / 10, `${port}`);
    }
  }
});

// C compares addresses alone (addrvec_contains), so that other ports are no change.
Deno.test("the same address with another port is another server", () => {
  const client = new Client([server(1)], chance);
  assertEquals(client.take([{ ...server(1), port: 9 }]), true);
  assertEquals(client.servers.next()!.port, 9);
});

// Java: testUpdateMigrationRoundRobin.
Deno.test("once a server has granted the session they come in turn again", () => {
  const client = new Client(list(1, 4), chance, 1, false);
  client.take(list(3, 12));
  const first = client.servers.next()!.port;
  client.servers.connected();
  client.servers.settled();
  assertEquals(client.servers.hasNext, false);
  client.servers.startRound(list(3, 12));
  const ports = Array.from({ length: 10 }, () => client.servers.next()!.port);
  const from = ports.indexOf(2012) + 1;
  assertEquals(
    [...ports.slice(from), ...ports.slice(0, from)],
    list(3, 12).map(({ port }) => port),
  );
  assertEquals(ports.at(-1), first);
});

Deno.test("a round that was begun to leave a server is not ended by leaving it", () => {
  const client = new Client(list(1, 4), chance, 1);
  client.take(list(2, 4));
  client.servers.settled();
  assertEquals(client.servers.hasNext, true);
});
