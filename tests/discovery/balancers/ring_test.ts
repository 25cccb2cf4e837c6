import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { createHash } from "node:crypto";
import { Ketama, nodesOf } from "../../../src/discovery/balancers/ketama.ts";
import { KeyBytes, keyHash, type KeyHashName } from "../../../src/discovery/balancers/key_hash.ts";
import { Md5 } from "../../../src/discovery/balancers/md5.ts";
import { ring } from "../../../src/discovery/balancers/ring.ts";
import { instance, instances, Pool, seeded, tally } from "./instances.ts";

Deno.test("Md5 makes the digests of node:crypto, for every length about its blocks", () => {
  const md5 = new Md5();
  for (let length = 0; length < 200; length++) {
    const bytes = Uint8Array.from({ length }, (_, i) => i * 7 + length & 255);
    md5.digest(bytes, length);
    assertEquals(
      [...new Uint8Array(md5.words.buffer)],
      [...createHash("md5").update(bytes).digest()],
      `${length} bytes`,
    );
  }
});

/** What kimserver's own hash.cpp gives, compiled: fnv1a_64, fnv1_64, murmur3_32 with its seed. */
const hashes: [key: string, ...values: number[]][] = [
  ["", 0x1b3, 0x1b3, 0xd7efaee1],
  ["a", 0x8623f95a, 0x8601b7be, 0x8f4f4e64],
  ["user-4711", 0x32a66774, 0x59071058, 0xeb70e781],
  ["房间-7", 0x472041a2, 0xb96cee26, 0x25105c7],
  ["\u{1f600}x", 0x1d443f10, 0x5c041a4, 0x3022be5b],
];

Deno.test("keyHash() hashes as kimserver does, its signed bytes and swapped constants included", () => {
  const names: KeyHashName[] = ["fnv1a_64", "fnv1_64", "murmur3_32"];
  const bytes = new KeyBytes();
  for (const [key, ...values] of hashes) {
    bytes.set(key);
    const found = names.map((name) => keyHash(name)(bytes.bytes, bytes.length));
    assertEquals(found, values, key);
  }
});

Deno.test("keyHash() refuses what is no hash", () => {
  assertThrows(() => keyHash("md5" as KeyHashName), TypeError, "fnv1a_64, fnv1_64, murmur3_32");
  assertThrows(() => keyHash("toString" as KeyHashName), TypeError, "toString");
});

Deno.test("KeyBytes are UTF-8, as TextEncoder has it", () => {
  const bytes = new KeyBytes();
  const random = seeded(1);
  const keys = ["", "é", "\ud800", "\udc00a", "a\ud83d", "\u{10ffff}", "x".repeat(1000) + "é"];
  for (let i = 0; i < 500; i++) {
    keys.push(String.fromCharCode(...Array.from({ length: 9 }, () => random() * 0x10000)));
  }
  for (const key of keys) {
    bytes.set(key);
    assertEquals(bytes.bytes.slice(0, bytes.length), new TextEncoder().encode(key), key);
  }
});

/** A ring as its description has it, slowly. */
function slowRing(ids: string[]): [point: number, id: string][] {
  const owners = new Map<number, string>();
  for (const id of ids) {
    for (let i = 0; i < 50; i++) {
      const digest = createHash("md5").update(`${200 - i}@${id}#${i}`).digest();
      for (let at = 0; at < 16; at += 4) {
        const point = digest.readUInt32LE(at);
        if (!owners.has(point)) owners.set(point, id);
      }
    }
  }
  return [...owners].sort(([a], [b]) => a - b);
}

Deno.test("Ketama has kimserver's points", () => {
  const nodes = nodesOf([instance("a", { address: "127.0.0.1", port: 3344 })], () => 1);
  const { points, owners } = new Ketama().ring(nodes);
  assertEquals(points.length, 200);
  // The first four and the last four as they are made, by Python's hashlib.
  const made = [2043126067, 164435527, 1945860896, 2185639199];
  made.push(473049884, 2345843788, 1316651631, 2240780388);
  assertEquals(made.filter((point) => points.includes(point)).length, 8);
  assertEquals(points[0], 0x4161a33);
  assertEquals(points.reduce((sum, point) => sum + point, 0), 459881886863);
  assert(owners.every((owner) => owner === 0));
});

Deno.test("ring() finds the node that kimserver finds, for each of its hashes", () => {
  const pool = new Pool(
    ...Array.from(
      { length: 5 },
      (_, i) => instance(`i${i}`, { address: `10.0.0.${i + 1}`, weight: 2 }),
    ),
  );
  const slow = slowRing(
    pool.snapshot.instances.flatMap(({ address }) => [`${address}:8000.1`, `${address}:8000.2`]),
  );
  const bytes = new KeyBytes();
  for (const hash of ["fnv1a_64", "fnv1_64", "murmur3_32"] as const) {
    const balancer = ring(pool, { hash });
    for (let i = 0; i < 2000; i++) {
      const key = `user-${i}`;
      bytes.set(key);
      const point = keyHash(hash)(bytes.bytes, bytes.length);
      const expected = (slow.find(([other]) => other >= point) ?? slow[0]!)[1];
      assertEquals(balancer.locate({ key })!.id, expected, key);
    }
  }
  // By a program in Python that follows kimserver's nodes.cpp.
  const first = Array.from({ length: 6 }, (_, i) => ring(pool).locate({ key: `user-${i}` })!.id);
  const [a, b, c] = ["10.0.0.1:8000", "10.0.0.2:8000", "10.0.0.3:8000"];
  assertEquals(first, [`${a}.1`, `${c}.1`, `${c}.2`, `${c}.1`, `${b}.1`, `${a}.2`]);
});

Deno.test("ring() picks by the hash it is given, at and around every point and the ring's end", () => {
  const pool = new Pool(...instances(3));
  const slow = slowRing(pool.snapshot.instances.map(({ address }) => `${address}:8000.1`));
  let point = 0;
  const balancer = ring(pool, { hash: () => point });
  for (const at of slow.flatMap(([p]) => [p - 1, p, p + 1]).concat(0, 2 ** 32 - 1)) {
    point = at >>> 0;
    const expected = (slow.find(([other]) => other >= point) ?? slow[0]!)[1];
    assertEquals(balancer.locate({ key: "" })!.id, expected, `${at}`);
  }
});

Deno.test("Ketama gives a point of two nodes to the first, and to the other when that is gone", () => {
  // Among 240,000 points of 2 ** 32 a few are the same.
  const nodes = nodesOf(instances(1200), () => 1);
  const all = nodes.flatMap(({ id }, owner) => {
    const { points } = new Ketama().ring([nodes[owner]!]);
    return [...points].map((point) => ({ point, id }));
  });
  const sharers = [...Map.groupBy(all, ({ point }) => point)].filter(([, { length }]) =>
    length > 1
  );
  assert(sharers.length > 0);
  const ketama = new Ketama();
  const ownerOf = (of: typeof nodes, point: number) => {
    const { points, owners } = ketama.ring(of);
    return of[owners[points.indexOf(point)]!]!.id;
  };
  for (const [point, [first, second]] of sharers) {
    assertEquals(ownerOf(nodes, point), first!.id);
    assertEquals(ownerOf(nodes.filter(({ id }) => id !== first!.id), point), second!.id);
    assertEquals(ownerOf(nodes.toReversed(), point), second!.id);
    assertEquals(ownerOf(nodes, point), first!.id);
  }
});

Deno.test("nodesOf() has one node for an address, which is the newest instance there", () => {
  const [older, newer] = [instance("older"), instance("newer")];
  assertEquals(nodesOf([newer, older], () => 1).map(({ instance }) => instance.id), ["newer"]);
});

Deno.test("Ketama makes the same ring of the last one as out of nothing", () => {
  const random = seeded(12);
  const all = nodesOf(instances(60), () => 1);
  const ketama = new Ketama();
  for (let round = 0; round < 100; round++) {
    const some = all.filter(() => random() < 0.7);
    assertEquals(ketama.ring(some), new Ketama().ring(some));
  }
});

Deno.test("ring() spreads keys over instances in proportion to their workers", () => {
  const all = instances(10).map((one, i) => ({ ...one, weight: i < 5 ? 1 : 3 }));
  const balancer = ring(new Pool(...all));
  const counts = tally(100_000, (i) => balancer.pick({ key: `user-${i}` }));
  for (const { id, weight } of all) {
    assertAlmostEquals(counts.get(id)! / 100_000, weight / 20, weight / 20 * 0.3, id);
  }
});

Deno.test("ring() moves only the keys of what is gone, and moves them back", () => {
  const all = instances(20);
  const pool = new Pool(...all);
  const balancer = ring(pool);
  const keys = Array.from({ length: 5000 }, (_, i) => `user-${i}`);
  const ids = () => keys.map((key) => balancer.pick({ key })!.id);
  const before = ids();
  pool.set(...all.filter(({ id }) => id !== "i7"));
  const without = ids();
  before.forEach((id, i) => id === "i7" || assertEquals(without[i], id));
  const spread = new Set(without.filter((_, i) => before[i] === "i7"));
  assert(spread.size > 10, "The keys of one go to many");
  // It comes back under another znode.
  pool.set(...all.map((one) => one.id === "i7" ? instance("i7", { address: one.address }) : one));
  assertEquals(ids(), before);
});

Deno.test("ring() with more or fewer workers changes no other instance's keys but for those it takes", () => {
  const all = instances(6);
  const pool = new Pool(...all);
  const balancer = ring(pool);
  const keys = Array.from({ length: 3000 }, (_, i) => `user-${i}`);
  const before = keys.map((key) => balancer.locate({ key })!.id);
  pool.set(...all.map((one, i) => i === 2 ? { ...one, weight: 4 } : one));
  const after = keys.map((key) => balancer.locate({ key })!);
  before.forEach((id, i) => {
    if (after[i]!.id !== id) assertEquals(after[i]!.instance.id, "i2");
  });
  pool.set(...all);
  assertEquals(keys.map((key) => balancer.locate({ key })!.id), before);
});

Deno.test("ring() goes on to other instances when some are excluded, and says null for all", () => {
  const balancer = ring(new Pool(...instances(4)));
  const exclude = new Set<string>();
  for (let i = 0; i < 4; i++) exclude.add(balancer.pick({ key: "a", exclude })!.id);
  assertEquals(exclude.size, 4);
  assertEquals(balancer.pick({ key: "a", exclude }), null);
  assertEquals(ring(new Pool()).pick({ key: "a" }), null);
});

Deno.test("ring() picks by key alone, be it text or its bytes", () => {
  const balancer = ring(new Pool(...instances(9)));
  assertThrows(() => balancer.pick(), TypeError, "pick({ key })");
  assertThrows(() => balancer.pick({ key: 7 as never }), TypeError, "pick({ key })");
  for (const key of ["a", "é", "\u{1f600}"]) {
    assertEquals(
      balancer.pick({ key: new TextEncoder().encode(key) }),
      balancer.pick({ key }),
    );
  }
});

Deno.test("ring() with a bounded load gives nobody more than that, though all ask for one key", () => {
  const balancer = ring(new Pool(...instances(10)), { boundedLoad: 1.25 });
  const counts = new Map<string, number>();
  const picked = Array.from({ length: 1000 }, () => {
    const one = balancer.pick({ key: "hot" })!;
    balancer.started(one);
    counts.set(one.id, (counts.get(one.id) ?? 0) + 1);
    return one;
  });
  const first = ring(new Pool(...instances(10))).pick({ key: "hot" })!.id;
  assertEquals(counts.get(first), 125);
  assert([...counts.values()].every((count) => count <= 126));
  for (const one of picked) balancer.ended(one, 1, true);
  assertEquals(balancer.pick({ key: "hot" })!.id, first, "When all is over it is as before");
  assertThrows(() => ring(new Pool(), { boundedLoad: 1 }), RangeError, "over 1");
});

Deno.test("ring() has an end, whatever others say of their workers", () => {
  const wild = instances(3).map((one, i) => ({ ...one, weight: [1e300, NaN, -5][i]! }));
  const nodes = nodesOf(wild, ({ weight }) => weight);
  assertEquals(nodes.filter(({ instance }) => instance.id !== "i0").length, 2);
  assert(nodes.length < 2 ** 15);
});
