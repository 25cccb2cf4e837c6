import { assertEquals } from "@std/assert";
import {
  type ACL,
  CREATOR_ALL_ACL,
  OPEN_ACL_UNSAFE,
  Perms,
  READ_ACL_UNSAFE,
  readACL,
  writeACL,
} from "../../src/proto/acl.ts";
import { assertReads, assertRefuses, assertWrites } from "./bytes.ts";

Deno.test("Perms are the bits of ZooDefs.Perms", () => {
  assertEquals(Perms, { READ: 1, WRITE: 2, CREATE: 4, DELETE: 8, ADMIN: 16, ALL: 31 });
});

Deno.test("readACL() and writeACL() take perms, scheme and id of each entry", () => {
  const lists: [string, readonly ACL[]][] = [
    ["00000000", []],
    [
      `00000001
       0000001f                   ; perms
       00000005 776f726c64        ; "world"
       00000006 616e796f6e65      ; "anyone"`,
      OPEN_ACL_UNSAFE,
    ],
    [
      `00000001
       00000001
       00000005 776f726c64
       00000006 616e796f6e65`,
      READ_ACL_UNSAFE,
    ],
    [
      `00000001
       0000001f
       00000004 61757468          ; "auth"
       00000000                   ; ""`,
      CREATOR_ALL_ACL,
    ],
    [
      `00000002
       00000003
       00000006 646967657374      ; "digest"
       00000007 626f623a707764    ; "bob:pwd"
       00000010
       00000002 6970              ; "ip"
       00000009 3132372e302e302e31`,
      [
        { perms: Perms.READ | Perms.WRITE, id: { scheme: "digest", id: "bob:pwd" } },
        { perms: Perms.ADMIN, id: { scheme: "ip", id: "127.0.0.1" } },
      ],
    ],
  ];
  for (const [bytes, acl] of lists) {
    assertReads(bytes, readACL, [...acl]);
    assertWrites((to) => writeACL(to, acl), bytes);
  }
  assertReads("ffffffff", readACL, []);
});

Deno.test("readACL() refuses more entries than the bytes can have", () => {
  assertRefuses("00000002 00000001 00000000 00000000", readACL, "A vector of 2 items in 12 bytes");
  assertRefuses("00000001 00000001 ffffffff 00000000", readACL, "A field of -1 bytes");
});
