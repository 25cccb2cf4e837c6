import {
  assertAlmostEquals,
  assertEquals,
  assertStringIncludes,
  assertThrows,
  fail,
} from "@std/assert";
import {
  type ConnectString,
  hostPort,
  isAddress,
  parseConnectString,
  portDefault,
  Servers,
} from "../../src/session/hosts.ts";
import type { Endpoint } from "../../src/types.ts";
import { Random } from "../fuzz/random.ts";

function parsed(text: string): [hosts: string[], chroot: string] {
  const { hosts, chroot }: ConnectString = parseConnectString(text);
  return [hosts.map(hostPort), chroot];
}

Deno.test("parseConnectString() takes hosts, ports and a chroot apart", () => {
  const texts: [text: string, hosts: string[], chroot: string][] = [
    ["127.0.0.1:2121", ["127.0.0.1:2121"], ""],
    ["127.0.0.1:2121,127.0.0.2:3434", ["127.0.0.1:2121", "127.0.0.2:3434"], ""],
    ["zk-1.example.com:1", ["zk-1.example.com:1"], ""],
    ["zk_1:65535", ["zk_1:65535"], ""],
    ["a:1,b:2/app", ["a:1", "b:2"], "/app"],
    ["a:1,b:2/app/b.c", ["a:1", "b:2"], "/app/b.c"],
    ["a:1/", ["a:1"], ""],
    ["a:1/a,b:2", ["a:1"], "/a,b:2"],
    ["a:1,a:1", ["a:1", "a:1"], ""],
  ];
  for (const [text, hosts, chroot] of texts) assertEquals(parsed(text), [hosts, chroot], text);
});

// C: testInvalidAddressString1 refuses "host1"; here it has the default port.
Deno.test("parseConnectString() gives a host without a port the default one", () => {
  assertEquals(portDefault, 2181);
  assertEquals(parsed("host1"), [["host1:2181"], ""]);
  assertEquals(parsed("a,b:7,[::1]/app"), [["a:2181", "b:7", "[::1]:2181"], "/app"]);
});

Deno.test("parseConnectString() takes IPv6 addresses in brackets", () => {
  assertEquals(parsed("[::1]:2181"), [["[::1]:2181"], ""]);
  assertEquals(parseConnectString("[2001:db8::7]:1").hosts, [{ host: "2001:db8::7", port: 1 }]);
  assertEquals(parsed("[::ffff:10.0.0.1]:9,a:1"), [["[::ffff:10.0.0.1]:9", "a:1"], ""]);
  assertEquals(parsed("[fe80::1%eth0]:9"), [["[fe80::1%eth0]:9"], ""]);
});

// C: testMultipleAddressWithSpace.
Deno.test("parseConnectString() passes over space around hosts", () => {
  const expected = [["127.0.0.1:2121", "127.0.0.2:3434"], ""];
  assertEquals(parsed("127.0.0.1:2121,  127.0.0.2:3434"), expected);
  assertEquals(parsed("  127.0.0.1:2121 ,\t127.0.0.2:3434  "), expected);
  assertEquals(parsed(" a:1 /app "), [["a:1"], "/app"]);
});

Deno.test("parseConnectString() refuses what it cannot read, naming the part", () => {
  const bad: [text: string, part: string][] = [
    // C: testEmptyAddressString, testOneSpaceAddressString, testTwoSpacesAddressString.
    ["", `"" is not a host, host:port or [ipv6]:port`],
    [" ", `"" is not a host`],
    ["  ", `"" is not a host`],
    // C: testInvalidAddressString2.
    ["host1:1111+host:123", `"host1:1111+host:123" is not a host`],
    ["/app", `"" is not a host`],
    [",", `"" is not a host`],
    ["a:1,", `"" is not a host`],
    ["a:1,,b:2", `"" is not a host`],
    ["a:1,:2181", `":2181" is not a host`],
    ["a:", `"a:" is not a host`],
    ["a:b", `"a:b" is not a host`],
    ["a:0", `"a:0" is not a host`],
    ["b,a:65536", `"a:65536" is not a host`],
    ["a:-1", `"a:-1" is not a host`],
    ["a:1.5", `"a:1.5" is not a host`],
    ["a:0x10", `"a:0x10" is not a host`],
    ["a:123456", `"a:123456" is not a host`],
    ["a: 1", `"a: 1" is not a host`],
    ["a b:1", `"a b:1" is not a host`],
    ["::1", `"::1" is not a host`],
    ["::1:22181", `"::1:22181" is not a host`],
    ["[::1", `"[::1" is not a host`],
    ["::1]:2181", `"::1]:2181" is not a host`],
    ["[]:2181", `"[]:2181" is not a host`],
    ["[::1]2181", `"[::1]2181" is not a host`],
    ["[zoo keeper]:1", `"[zoo keeper]:1" is not a host`],
    ["a:1/app/", `in the chroot, a path must not end with "/"`],
    ["a:1//app", "in the chroot, a path must not have an empty segment"],
    ["a:1/../app", `in the chroot, a path must not have a segment "." or ".."`],
    ["a:1/\u0001", "in the chroot, a path must not have the character U+0001"],
  ];
  for (const [text, part] of bad) {
    const { message } = assertThrows(() => parseConnectString(text), TypeError);
    assertStringIncludes(message, `Cannot read the connect string "${text}": `);
    assertStringIncludes(message, part);
  }
});

// C: testNullAddressString.
Deno.test("parseConnectString() refuses what is no string", () => {
  for (const text of [null, undefined, 2181, ["a:1"], {}]) {
    const parse = () => parseConnectString(text as never);
    assertThrows(parse, TypeError, "The connect string must be a string");
  }
});

Deno.test("isAddress() knows what needs no resolving", () => {
  for (const host of ["127.0.0.1", "10.0.0.255", "::1", "2001:db8::7", "::ffff:1.2.3.4"]) {
    assertEquals(isAddress(host), true, host);
  }
  for (const host of ["localhost", "zk1", "1.2.3", "1.2.3.4.example.com", "a.1.2.3.4", "zk-1.2"]) {
    assertEquals(isAddress(host), false, host);
  }
});

/** Endpoints by their last digit. */
function endpoints(digits: string): Endpoint[] {
  return [...digits].map((d) => ({ host: `zk${d}`, address: `10.0.0.${d}`, port: 2181 }));
}

function servers(digits: string, random: () => number = () => 0, shuffle = false): Servers {
  return new Servers(endpoints(digits), random, shuffle);
}

/** The last digits of the servers that are left of the round. */
function restOfRound(of: Servers): string {
  let digits = "";
  for (let next = of.next(); next !== null; next = of.next()) digits += next.address.at(-1);
  return digits;
}

// C: TestZookeeperInit.cc testPermuteAddrsList, where random() gives 0, 1, 1.
Deno.test("Servers are shuffled as C does, 3210 for its random numbers 0, 1, 1", () => {
  const randoms = [0 / 4, 1 / 3, 1 / 2];
  const permuted = servers("0123", () => randoms.shift()!, true);
  permuted.startRound(endpoints("0123"));
  assertEquals(restOfRound(permuted), "3210");
  assertEquals(randoms, [], "One number for each place but the first");
});

Deno.test("Servers come in each order equally often", () => {
  const random = new Random(99);
  const counts = new Map<string, number>();
  for (let i = 0; i < 24_000; i++) {
    const shuffled = servers("0123", () => random.next(), true);
    shuffled.startRound(endpoints("0123"));
    const order = restOfRound(shuffled);
    counts.set(order, (counts.get(order) ?? 0) + 1);
  }
  assertEquals(counts.size, 24);
  for (const count of counts.values()) assertAlmostEquals(count, 1000, 150);
});

Deno.test("Servers stay in their order when they are not to be shuffled", () => {
  const fixed = servers("210", () => 0.7);
  assertEquals([fixed.hasNext, fixed.next()], [false, null]);
  fixed.startRound(endpoints("210"));
  assertEquals(fixed.hasNext, true);
  assertEquals(restOfRound(fixed), "210");
  assertEquals([fixed.hasNext, fixed.next()], [false, null]);
});

// C: TestReconfig.cc testcycleNextServer, and ZOOKEEPER-2466.
Deno.test("Servers come once per round, however many there are and wherever it begins", () => {
  const random = new Random(5);
  for (let count = 1; count <= 9; count++) {
    const digits = "012345678".slice(0, count);
    const some = servers(digits, () => random.next(), true);
    for (let round = 0; round < 20; round++) {
      some.startRound(endpoints(digits));
      const taken = random.chance(0.5) ? count : random.below(count);
      const tried = Array.from({ length: taken }, () => some.next()!.address);
      assertEquals(new Set(tried).size, taken, "No server comes twice in a round");
      if (taken < count) some.settled();
    }
    some.startRound(endpoints(digits));
    assertEquals([...restOfRound(some)].sort().join(""), digits);
  }
});

Deno.test("Servers.startRound() goes on behind the server that was tried last", () => {
  const some = servers("0123");
  some.startRound(endpoints("0123"));
  assertEquals([some.next()!.address, some.next()!.address], ["10.0.0.0", "10.0.0.1"]);
  some.settled();
  assertEquals(some.hasNext, false);
  some.startRound(endpoints("0123"));
  assertEquals(restOfRound(some), "2301");
  some.startRound(endpoints("0123"));
  assertEquals(restOfRound(some), "2301");
});

Deno.test("Servers.startRound() does not shuffle again while the addresses are the same", () => {
  const randoms = [0.1, 0.6, 0.4];
  const some = servers("0123", () => randoms.shift() ?? fail(), true);
  some.startRound(endpoints("0123"));
  const order = restOfRound(some);
  for (let round = 0; round < 5; round++) {
    some.startRound(endpoints("3201"));
    assertEquals(restOfRound(some), order);
  }
});

Deno.test("Servers.startRound() takes new addresses in and leaves old ones out", () => {
  const some = servers("012");
  some.startRound(endpoints("012"));
  assertEquals(some.next()!.address, "10.0.0.0");
  some.startRound(endpoints("0345"));
  assertEquals(restOfRound(some), "3450");
  some.startRound(endpoints("12"));
  assertEquals(restOfRound(some), "12");
  some.startRound([]);
  assertEquals([some.hasNext, restOfRound(some)], [false, ""]);
});

Deno.test("Servers.startRound() counts an address once, and its ports apart", () => {
  const [zero, one] = endpoints("01");
  const some = servers("01");
  some.startRound([zero!, one!, { ...zero!, host: "alias" }]);
  assertEquals(some.count, 2);
  assertEquals(restOfRound(some), "01");
  some.startRound([zero!, { ...zero!, port: 2182 }]);
  assertEquals(some.count, 2);
  assertEquals([some.next()!.port, some.next()!.port, some.next()], [2181, 2182, null]);
});

Deno.test("Servers.count is that of the connect string until the names are resolved", () => {
  const some = servers("01");
  assertEquals(some.count, 2);
  some.startRound(endpoints("01234"));
  assertEquals(some.count, 5);
});

function pauses(of: Servers, timeout: number, count: number): number[] {
  return Array.from({ length: count }, () => of.pause(timeout));
}

Deno.test("Servers.pause() doubles from T/60 up to T/3, with jitter over its upper half", () => {
  const longest = servers("0", () => 1 - Number.EPSILON);
  assertEquals(pauses(longest, 6000, 8), [99, 199, 399, 799, 1599, 1999, 1999, 1999]);
  const shortest = servers("0", () => 0);
  assertEquals(pauses(shortest, 6000, 8), [50, 100, 200, 400, 800, 1000, 1000, 1000]);
  const middle = servers("0", () => 0.5);
  assertEquals(pauses(middle, 6000, 3), [75, 150, 300]);
});

Deno.test("Servers.pause() is never over 10 s", () => {
  const some = servers("0", () => 1 - Number.EPSILON);
  assertEquals(pauses(some, 120_000, 6), [1999, 3999, 7999, 9999, 9999, 9999]);
  assertEquals(pauses(some, 3_600_000, 2), [9999, 9999]);
});

Deno.test("Servers.pause() stays the longest one after thousands of rounds", () => {
  const some = servers("0", () => 0);
  pauses(some, 6000, 5000);
  assertEquals(some.pause(6000), 1000);
  assertEquals(some.pause(12_000_000), 5000);
});

Deno.test("Servers.pause() is short again after settled()", () => {
  const some = servers("0", () => 0);
  pauses(some, 6000, 7);
  some.settled();
  assertEquals(pauses(some, 6000, 2), [50, 100]);
});
