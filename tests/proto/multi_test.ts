import { assertEquals } from "@std/assert";
import type { CreateMode } from "../../src/proto/modes.ts";
import { createOpCode, readMultiResults, writeMulti } from "../../src/proto/multi.ts";
import { Op } from "../../src/session/ops.ts";
import { assertReads, assertRefuses, assertWrites, stat, statBytes } from "./bytes.ts";

const end = "ffffffff 01 ffffffff ; MultiHeader(-1, true, -1)\n";
const app = "00000004 2f617070 ; /app\n";
const worldAnyone = `
  00000001
  0000001f
  00000005 776f726c64      ; "world"
  00000006 616e796f6e65    ; "anyone"
`;

Deno.test("writeMulti() of no operation is the last header alone", () => {
  assertWrites((to) => writeMulti(to, []), end);
});

Deno.test("writeMulti() writes each operation behind a header of its own", () => {
  assertWrites(
    (to) =>
      writeMulti(to, [
        Op.create("/app", "hi"),
        Op.create2("/app", null, { mode: "EPHEMERAL_SEQUENTIAL" }),
        Op.create("/app", new Uint8Array(0), { mode: "CONTAINER" }),
        Op.create("/app", null, { mode: "PERSISTENT_WITH_TTL", ttl: 1000 }),
        Op.delete("/app"),
        Op.delete("/app", 258),
        Op.setData("/app", "é", 3),
        Op.setData("/app", null),
        Op.check("/app", 4),
      ]),
    `
    00000001 00 ffffffff ${app} 00000002 6869 ${worldAnyone} 00000000
    0000000f 00 ffffffff ${app} ffffffff ${worldAnyone} 00000003
    00000013 00 ffffffff ${app} 00000000 ${worldAnyone} 00000004
    00000015 00 ffffffff ${app} ffffffff ${worldAnyone} 00000005 00000000 000003e8
    00000002 00 ffffffff ${app} ffffffff
    00000002 00 ffffffff ${app} 00000102
    00000005 00 ffffffff ${app} 00000002 c3a9 00000003
    00000005 00 ffffffff ${app} ffffffff ffffffff
    0000000d 00 ffffffff ${app} 00000004
    ${end}
  `,
  );
});

Deno.test("writeMulti() writes reads, which leave no watch", () => {
  assertWrites(
    (to) => writeMulti(to, [Op.getData("/app"), Op.getChildren("/")]),
    `
    00000004 00 ffffffff ${app} 00
    00000008 00 ffffffff 00000001 2f 00
    ${end}
  `,
  );
});

// C's zoo_amulti aborts on a container, sends create2 as an unknown operation, and has no TTLs.
Deno.test("createOpCode() is 19 for containers, 21 for TTLs, else the plain one", () => {
  const numbers: Record<CreateMode, [create: number, create2: number]> = {
    PERSISTENT: [1, 15],
    EPHEMERAL: [1, 15],
    PERSISTENT_SEQUENTIAL: [1, 15],
    EPHEMERAL_SEQUENTIAL: [1, 15],
    CONTAINER: [19, 19],
    PERSISTENT_WITH_TTL: [21, 21],
    PERSISTENT_SEQUENTIAL_WITH_TTL: [21, 21],
  };
  for (const [mode, [create, create2]] of Object.entries(numbers)) {
    assertEquals(createOpCode(mode as CreateMode, "create"), create);
    assertEquals(createOpCode(mode as CreateMode, "create2"), create2);
  }
});

Deno.test("readMultiResults() of no operation is empty", () => {
  assertReads(end, readMultiResults, []);
});

Deno.test("readMultiResults() reads a success, each result by its own type", () => {
  assertReads(
    `
    00000001 00 00000000 ${app}
    0000000f 00 00000000 ${app} ${statBytes}
    00000013 00 00000000 ${app} ${statBytes}
    00000015 00 00000000 ${app} ${statBytes}
    00000002 00 00000000
    00000005 00 00000000 ${statBytes}
    0000000d 00 00000000
    ${end}
  `,
    readMultiResults,
    [
      { type: "create", path: "/app", stat: null },
      { type: "create", path: "/app", stat },
      { type: "create", path: "/app", stat },
      { type: "create", path: "/app", stat },
      { type: "delete" },
      { type: "setData", stat },
      { type: "check" },
    ],
  );
});

// 3.8.0: ZOOKEEPER-4026, ZOOKEEPER-4667.
Deno.test("readMultiResults() reads create2 answered as create, createContainer as create2", () => {
  assertReads(
    `
    00000001 00 00000000 ${app}                ; to create2
    0000000f 00 00000000 ${app} ${statBytes}   ; to createContainer
    ${end}
  `,
    readMultiResults,
    [{ type: "create", path: "/app", stat: null }, { type: "create", path: "/app", stat }],
  );
});

// C: TestMulti.cc testInvalidVersion.
Deno.test("readMultiResults() reads a failure: 0 before it, its code, -2 behind it", () => {
  assertReads(
    `
    ffffffff 00 00000000 00000000              ; OK
    ffffffff 00 ffffff99 ffffff99              ; BADVERSION
    ffffffff 00 fffffffe fffffffe              ; RUNTIMEINCONSISTENCY
    ffffffff 00 fffffffe fffffffe
    ${end}
  `,
    readMultiResults,
    [
      { type: "error", rc: 0 },
      { type: "error", rc: -103 },
      { type: "error", rc: -2 },
      { type: "error", rc: -2 },
    ],
  );
});

Deno.test("readMultiResults() reads the results of multiRead, errors among them", () => {
  assertReads(
    `
    00000004 00 00000000 00000002 6869 ${statBytes}
    ffffffff 00 ffffff9b ffffff9b              ; NONODE
    00000008 00 00000000 00000002 00000001 61 00000002 c3a9
    00000004 00 00000000 ffffffff ${statBytes}
    00000008 00 00000000 00000000
    ffffffff 00 fffffc19 fffffc19              ; -999
    ${end}
  `,
    readMultiResults,
    [
      { type: "getData", data: new Uint8Array([0x68, 0x69]), stat },
      { type: "error", rc: -101 },
      { type: "getChildren", children: ["a", "é"] },
      { type: "getData", data: null, stat },
      { type: "getChildren", children: [] },
      { type: "error", rc: -999 },
    ],
  );
});

Deno.test("readMultiResults() refuses a type that no operation has", () => {
  for (const [type, number] of [["0000000e", 14], ["00000003", 3], ["7fffffff", 2147483647]]) {
    assertRefuses(`${type} 00 00000000 ${end}`, readMultiResults, `unknown type ${number}`);
  }
});

Deno.test("readMultiResults() refuses results without an end", () => {
  assertRefuses("", readMultiResults, "A field of 4 bytes where 0 are left");
  const why = "A field of 4 bytes where 0 are left";
  assertRefuses("00000002 00 00000000 0000000d 00 00000000", readMultiResults, why);
  assertRefuses("ffffffff", readMultiResults, "A field of 1 bytes where 0 are left");
  assertRefuses("ffffffff 01 ffff", readMultiResults, "A field of 4 bytes where 2 are left");
});
