/**
 * The bytes of every request: the bodies as the writers make them, and the whole frames as the
 * operations of the callback API submit them, for these choose the operation's number.
 */
import { assert, assertEquals } from "@std/assert";
import { CREATOR_ALL_ACL, OPEN_ACL_UNSAFE } from "../../src/proto/acl.ts";
import type { Writer } from "../../src/proto/archive.ts";
import {
  writeAuth,
  writeCreate,
  writeCreateTTL,
  writeHeader,
  writePath,
  writePathType,
  writePathVersion,
  writePathWatch,
  writePing,
  writeReconfig,
  writeSasl,
  writeSetACL,
  writeSetData,
  writeSetWatches,
} from "../../src/proto/requests.ts";
import {
  aaddWatch,
  acreate,
  acreate2,
  acreate2TTL,
  acreateTTL,
  adelete,
  aexists,
  aget,
  agetACL,
  agetAllChildrenNumber,
  agetChildren,
  agetChildren2,
  agetConfig,
  agetEphemerals,
  amulti,
  amultiRead,
  areconfig,
  aset,
  asetACL,
  asyncZnode,
  awhoAmI,
  close,
  type Handle,
  init,
  Op,
} from "../../src/st.ts";
import { assertWrites, framed, hex } from "./bytes.ts";

const app = "00000004 2f617070 ; /app\n";
const worldAnyone = `
  00000001
  0000001f
  00000005 776f726c64      ; "world"
  00000006 616e796f6e65    ; "anyone"
`;

Deno.test("writeHeader() writes xid and type", () => {
  assertWrites((to) => writeHeader(to, 1, 4), "00000001 00000004");
  assertWrites((to) => writeHeader(to, 0x7fffffff, -11), "7fffffff fffffff5");
});

Deno.test("writePath(), writePathWatch(), writePathVersion() and writePathType()", () => {
  assertWrites((to) => writePath(to, "/app"), app);
  assertWrites((to) => writePath(to, "/"), "00000001 2f");
  assertWrites((to) => writePathWatch(to, "/app", false), app + "00");
  assertWrites((to) => writePathWatch(to, "/app", true), app + "01");
  assertWrites((to) => writePathVersion(to, "/app", -1), app + "ffffffff");
  assertWrites((to) => writePathVersion(to, "/app", 258), app + "00000102");
  assertWrites((to) => writePathType(to, "/app", 3), app + "00000003");
});

Deno.test("writeSetData() tells null, empty, bytes and strings apart", () => {
  assertWrites((to) => writeSetData(to, "/app", null, -1), app + "ffffffff ffffffff");
  assertWrites((to) => writeSetData(to, "/app", "", -1), app + "00000000 ffffffff");
  assertWrites((to) => writeSetData(to, "/app", new Uint8Array(0), 0), app + "00000000 00000000");
  assertWrites((to) => writeSetData(to, "/app", hex("00ff"), 7), app + "00000002 00ff 00000007");
  assertWrites((to) => writeSetData(to, "/app", "é", 7), app + "00000002 c3a9 00000007");
});

Deno.test("writeSetACL() writes path, acl, version", () => {
  const write = (to: Writer) => writeSetACL(to, "/app", OPEN_ACL_UNSAFE, 3);
  assertWrites(write, app + worldAnyone + "00000003");
  assertWrites((to) => writeSetACL(to, "/app", [], -1), app + "00000000 ffffffff");
});

Deno.test("writeCreate() writes path, data, acl, flags; writeCreateTTL() a long behind", () => {
  const body = app + "00000002 6869" + worldAnyone;
  assertWrites((to) => writeCreate(to, "/app", "hi", OPEN_ACL_UNSAFE, 3), body + "00000003");
  const write = (to: Writer) => writeCreateTTL(to, "/app", "hi", OPEN_ACL_UNSAFE, 5, 0xffffffffff);
  assertWrites(write, body + "00000005 000000ff ffffffff");
});

Deno.test("writeReconfig() writes null and empty lists as they are", () => {
  const change = {
    joiningServers: "server.4=a:1:2;3",
    leavingServers: "",
    newMembers: null,
    curConfigId: -1n,
  };
  assertWrites(
    (to) => writeReconfig(to, change),
    `
    00000010 7365727665722e343d613a313a323b33  ; "server.4=a:1:2;3"
    00000000
    ffffffff
    ffffffff ffffffff
  `,
  );
});

Deno.test("writeSasl() writes the token, empty at first", () => {
  assertWrites((to) => writeSasl(to, new Uint8Array(0)), "00000000");
  assertWrites((to) => writeSasl(to, hex("0102")), "00000002 0102");
  assertWrites((to) => writeSasl(to, null), "ffffffff");
});

Deno.test("writePing() is a frame of a header alone", () => {
  assertWrites(writePing, "00000008 fffffffe 0000000b");
});

Deno.test("writeAuth() is a frame with xid -4", () => {
  assertWrites(
    (to) => writeAuth(to, "digest", hex("626f623a707764")),
    `
    00000021
    fffffffc 00000064        ; xid -4, type 100
    00000000
    00000006 646967657374    ; "digest"
    00000007 626f623a707764  ; "bob:pwd"
  `,
  );
});

const noPaths = { data: [], exist: [], child: [], persistent: [], recursive: [] };

Deno.test("writeSetWatches() is setWatches, which old servers know, without persistent ones", () => {
  assertWrites(
    (to) =>
      writeSetWatches(to, 0x1_0000_0002n, {
        ...noPaths,
        data: ["/a", "/b"],
        exist: ["/c"],
        child: ["/"],
      }),
    `
    00000033
    fffffff8 00000065                          ; xid -8, type 101
    00000001 00000002                          ; relativeZxid
    00000002 00000002 2f61 00000002 2f62       ; data
    00000001 00000002 2f63                     ; exist
    00000001 00000001 2f                       ; child
  `,
  );
});

Deno.test("writeSetWatches() is setWatches2 with persistent or recursive ones", () => {
  assertWrites(
    (to) => writeSetWatches(to, 5n, { ...noPaths, persistent: ["/p"] }),
    `
    0000002a
    fffffff8 00000069                          ; xid -8, type 105
    00000000 00000005
    00000000 00000000 00000000
    00000001 00000002 2f70                     ; persistent
    00000000                                   ; recursive
  `,
  );
  assertWrites(
    (to) => writeSetWatches(to, 5n, { ...noPaths, data: ["/d"], recursive: ["/r", "/s"] }),
    `
    00000036
    fffffff8 00000069
    00000000 00000005
    00000001 00000002 2f64 00000000 00000000
    00000000
    00000002 00000002 2f72 00000002 2f73
  `,
  );
});

const watcher = () => {};
const done = () => {};

/** Each operation: its number on the wire, its body, and the call. */
const operations: [name: string, type: number, body: string, submit: (zh: Handle) => number][] = [
  [
    "acreate()",
    1,
    app + "00000002 6869" + worldAnyone + "00000001",
    (zh) => acreate(zh, "/app", "hi", OPEN_ACL_UNSAFE, "EPHEMERAL", done),
  ],
  [
    "acreate() of a container",
    19,
    app + "ffffffff" + worldAnyone + "00000004",
    (zh) => acreate(zh, "/app", null, OPEN_ACL_UNSAFE, "CONTAINER", done),
  ],
  [
    "acreate2()",
    15,
    app + "00000000" + worldAnyone + "00000002",
    (zh) => acreate2(zh, "/app", "", OPEN_ACL_UNSAFE, "PERSISTENT_SEQUENTIAL", done),
  ],
  [
    "acreate2() of a container",
    19,
    app + "ffffffff" + worldAnyone + "00000004",
    (zh) => acreate2(zh, "/app", null, OPEN_ACL_UNSAFE, "CONTAINER", done),
  ],
  [
    "acreateTTL()",
    21,
    app + "00000002 6869" + worldAnyone + "00000005 00000000 0000ea60",
    (zh) => acreateTTL(zh, "/app", "hi", OPEN_ACL_UNSAFE, "PERSISTENT_WITH_TTL", 60_000, done),
  ],
  [
    "acreate2TTL()",
    21,
    app + "00000002 6869" + worldAnyone + "00000006 000000ff ffffffff",
    (zh) =>
      acreate2TTL(
        zh,
        "/app",
        "hi",
        OPEN_ACL_UNSAFE,
        "PERSISTENT_SEQUENTIAL_WITH_TTL",
        0xffffffffff,
        done,
      ),
  ],
  ["adelete()", 2, app + "ffffffff", (zh) => adelete(zh, "/app", -1, done)],
  ["aexists()", 3, app + "00", (zh) => aexists(zh, "/app", null, done)],
  ["aexists() with a watcher", 3, app + "01", (zh) => aexists(zh, "/app", watcher, done)],
  ["aget()", 4, app + "00", (zh) => aget(zh, "/app", null, done)],
  ["aget() with a watcher", 4, app + "01", (zh) => aget(zh, "/app", watcher, done)],
  ["aset()", 5, app + "00000002 6869 00000003", (zh) => aset(zh, "/app", "hi", 3, done)],
  ["agetACL()", 6, app, (zh) => agetACL(zh, "/app", done)],
  [
    "asetACL()",
    7,
    app + "00000001 0000001f 00000004 61757468 00000000" + "00000003",
    (zh) => asetACL(zh, "/app", 3, CREATOR_ALL_ACL, done),
  ],
  ["agetChildren()", 8, app + "00", (zh) => agetChildren(zh, "/app", null, done)],
  ["agetChildren() with a watcher", 8, app + "01", (zh) => agetChildren(zh, "/app", watcher, done)],
  ["asyncZnode()", 9, app, (zh) => asyncZnode(zh, "/app", done)],
  ["agetChildren2()", 12, app + "00", (zh) => agetChildren2(zh, "/app", null, done)],
  [
    "agetChildren2() with a watcher",
    12,
    app + "01",
    (zh) => agetChildren2(zh, "/app", watcher, done),
  ],
  [
    "amulti()",
    14,
    `0000000d 00 ffffffff ${app} 00000004
     ffffffff 01 ffffffff`,
    (zh) => amulti(zh, [Op.check("/app", 4)], done),
  ],
  [
    "amultiRead()",
    22,
    `00000004 00 ffffffff ${app} 00
     ffffffff 01 ffffffff`,
    (zh) => amultiRead(zh, [Op.getData("/app")], done),
  ],
  [
    "areconfig()",
    16,
    `ffffffff
     00000003 322c33           ; "2,3"
     ffffffff
     00000001 00000002`,
    (zh) => areconfig(zh, null, "2,3", null, 0x1_0000_0002n, done),
  ],
  [
    "agetConfig()",
    4,
    "00000011 2f7a6f6f6b65657065722f636f6e666967 01",
    (zh) => agetConfig(zh, watcher, done),
  ],
  ["agetEphemerals()", 103, app, (zh) => agetEphemerals(zh, "/app", done)],
  ["agetAllChildrenNumber()", 104, app, (zh) => agetAllChildrenNumber(zh, "/app", done)],
  [
    "aaddWatch() PERSISTENT",
    106,
    app + "00000000",
    (zh) => aaddWatch(zh, "/app", "PERSISTENT", watcher, done),
  ],
  [
    "aaddWatch() PERSISTENT_RECURSIVE",
    106,
    app + "00000001",
    (zh) => aaddWatch(zh, "/app", "PERSISTENT_RECURSIVE", watcher, done),
  ],
  ["awhoAmI()", 107, "", (zh) => awhoAmI(zh, done)],
];

for (const [name, type, body, submit] of operations) {
  Deno.test(`${name} submits a frame of type ${type}`, () => {
    const zh = init("127.0.0.1:2181");
    assertEquals(submit(zh), 0);
    const header = `00000001 ${type.toString(16).padStart(8, "0")}\n`;
    assertEquals(zh.toSend.frames.toHex(), framed(hex(header + body)).toHex());
    close(zh);
  });
}

Deno.test("Requests of a session under a chroot carry full paths, but agetConfig() does not", () => {
  const zh = init("127.0.0.1:2181/app");
  assertEquals(aget(zh, "/", null, done), 0);
  assertEquals(aget(zh, "/é", null, done), 0);
  assertEquals(agetConfig(zh, null, done), 0);
  assertEquals(amulti(zh, [Op.delete("/é", 1), Op.create("/")], done), 0);
  const frames = framed(
    hex("00000001 00000004 00000004 2f617070 00"),
    hex("00000002 00000004 00000007 2f6170702fc3a9 00"),
    hex("00000003 00000004 00000011 2f7a6f6f6b65657065722f636f6e666967 00"),
    hex(`
      00000004 0000000e
      00000002 00 ffffffff 00000007 2f6170702fc3a9 00000001
      00000001 00 ffffffff 00000004 2f617070 ffffffff ${worldAnyone} 00000000
      ffffffff 01 ffffffff
    `),
  );
  assertEquals(zh.toSend.frames.toHex(), frames.toHex());
  close(zh);
});

Deno.test("Requests have xids from 1 to 2^31-1, then from 1 again", () => {
  const zh = init("127.0.0.1:2181");
  const xids = () => {
    assertEquals(awhoAmI(zh, done), 0);
    return new DataView(zh.toSend.frames.slice(-8).buffer).getInt32(0);
  };
  assertEquals([xids(), xids()], [1, 2]);
  zh.xid = 0x7ffffffe;
  assertEquals([xids(), xids(), xids()], [0x7fffffff, 1, 2]);
  assert(xids() > 0);
  close(zh);
});
