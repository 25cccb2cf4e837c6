import { assertEquals } from "@std/assert";
import { OpCode } from "../../src/proto/constants.ts";
import { parseVersion, versionNeeded, versionNeededByAll } from "../../src/session/versions.ts";
import { Op } from "../../src/session/ops.ts";

Deno.test("parseVersion() reads what ZooKeeper's releases are called", () => {
  const ordered = ["3.4", "3.5.0-alpha", "3.5.1-alpha", "3.5.3-beta", "3.5.10", "3.5", "3.8.0"];
  ordered[0] = "3.4.14";
  const numbers = ordered.map((text) => parseVersion(text)!);
  assertEquals(numbers, numbers.toSorted((a, b) => a - b), "a line alone is its last release");
  assertEquals(parseVersion("3.10.0-SNAPSHOT"), parseVersion("3.10.0"));
  for (
    const text of ["", "3", "3.", "3.8.", "3.8.0.1", "v3.8", "detect", "3.8 ", "3.8.0-", "-3.8"]
  ) {
    assertEquals(parseVersion(text), null, text);
  }
});

// protocol.md 1.4, "Introduced"; zookeeper-client-rust: test_zookeeper_old_server.
Deno.test("versionNeeded() knows when each operation came", () => {
  const introduced: [version: string, ops: (keyof typeof OpCode)[]][] = [
    ["3.4.0", ["check", "multi", "sasl"]],
    ["3.5.0", ["create2", "reconfig", "checkWatches", "removeWatches"]],
    ["3.5.1", ["createContainer"]],
    ["3.5.3", ["createTTL"]],
    ["3.6.0", ["multiRead", "getEphemerals", "getAllChildrenNumber", "setWatches2", "addWatch"]],
    ["3.7.0", ["whoAmI"]],
  ];
  for (const [version, ops] of introduced) {
    for (const op of ops) assertEquals(versionNeeded(OpCode[op]), parseVersion(version), op);
  }
  const young = new Set(introduced.flatMap(([, ops]) => ops));
  for (const [op, code] of Object.entries(OpCode)) {
    if (!young.has(op as never)) assertEquals(versionNeeded(code), 0, op);
  }
});

Deno.test("versionNeededByAll() is that of the newest operation", () => {
  const ttl = { mode: "PERSISTENT_WITH_TTL", ttl: 5 } as const;
  const needed = (...ops: Op[]) => versionNeededByAll(ops);
  assertEquals(needed(), parseVersion("3.4.0"));
  assertEquals(needed(Op.create("/a"), Op.check("/a", 1), Op.delete("/a")), parseVersion("3.4.0"));
  assertEquals(needed(Op.create2("/a"), Op.create("/b")), parseVersion("3.5.0"));
  assertEquals(needed(Op.create("/a", null, { mode: "CONTAINER" })), parseVersion("3.5.1"));
  assertEquals(needed(Op.create("/a", null, ttl), Op.create2("/b")), parseVersion("3.5.3"));
  const many = Array.from({ length: 300_000 }, () => Op.delete("/a"));
  assertEquals(needed(...many.slice(0, 1000)), parseVersion("3.4.0"));
  assertEquals(versionNeededByAll(many), parseVersion("3.4.0"));
});
