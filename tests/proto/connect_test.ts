import { assertEquals } from "@std/assert";
import { passwordSize, readConnectResponse, writeConnectRequest } from "../../src/proto/connect.ts";
import { assertReads, assertRefuses, assertWrites, hex } from "./bytes.ts";

const password = "000102030405060708090a0b0c0d0e0f";

Deno.test("writeConnectRequest() writes a frame of 45 bytes, with the read-only flag", () => {
  const fresh = `
    0000002d           ; the frame's length: 45
    00000000           ; protocolVersion
    00000000 00000000  ; lastZxidSeen
    00002710           ; timeOut 10,000 ms
    00000000 00000000  ; sessionId
    00000010 00000000 00000000 00000000 00000000
    00                 ; readOnly
  `;
  assertEquals(hex(fresh).length, 4 + 45);
  assertWrites((to) =>
    writeConnectRequest(to, {
      lastZxidSeen: 0n,
      timeout: 10_000,
      sessionId: 0n,
      password: new Uint8Array(passwordSize),
      readOnly: false,
    }), fresh);
  const again = `
    0000002d
    00000000
    00000001 00000002
    00001770
    01000000 0000abcd
    00000010 ${password}
    01
  `;
  assertWrites((to) =>
    writeConnectRequest(to, {
      lastZxidSeen: 0x1_0000_0002n,
      timeout: 6000,
      sessionId: 0x0100_0000_0000_abcdn,
      password: hex(password),
      readOnly: true,
    }), again);
});

Deno.test("writeConnectRequest() takes session ids with the highest bit", () => {
  const bytes = `
    0000002d
    00000000
    7fffffff ffffffff
    7fffffff
    ffffffff fffffffe
    00000010 ${password}
    00
  `;
  assertWrites((to) =>
    writeConnectRequest(to, {
      lastZxidSeen: 0x7fff_ffff_ffff_ffffn,
      timeout: 0x7fff_ffff,
      sessionId: -2n,
      password: hex(password),
      readOnly: false,
    }), bytes);
});

/** 36 bytes, as servers up to 3.3 send them. */
const granted = `
  00000000           ; protocolVersion
  00001770           ; timeOut 6000 ms
  01000000 0000abcd  ; sessionId
  00000010 ${password}
`;
const session = { timeout: 6000, sessionId: 0x0100_0000_0000_abcdn, password: hex(password) };

// C: testConnectResponseFull, testConnectResponseNoReadOnlyFlag and their split forms.
Deno.test("readConnectResponse() reads 37 bytes, and 36 without the read-only flag", () => {
  assertEquals(hex(granted).length, 36);
  assertReads(granted, readConnectResponse, { ...session, readOnly: false });
  assertReads(granted + "00", readConnectResponse, { ...session, readOnly: false });
  assertReads(granted + "01", readConnectResponse, { ...session, readOnly: true });
});

Deno.test("readConnectResponse() reads the answer to an expired session", () => {
  const expired = `
    00000000
    00000000           ; timeOut 0
    00000000 00000000  ; sessionId 0
    00000010 00000000 00000000 00000000 00000000
  `;
  const nothing = { timeout: 0, sessionId: 0n, password: new Uint8Array(16), readOnly: false };
  assertReads(expired, readConnectResponse, nothing);
  assertReads(expired + "00", readConnectResponse, nothing);
});

Deno.test("readConnectResponse() reads the bare header of a read-only server that refuses", () => {
  const refused = `
    00000000           ; xid
    00000000 00000005  ; zxid
    ffffff89           ; err NOTREADONLY
  `;
  assertReads(refused, readConnectResponse, -119);
  assertReads("00000000 00000000 00000000 ffffff84", readConnectResponse, -124);
});

Deno.test("readConnectResponse() refuses a password that is missing or of another length", () => {
  const start = "00000000 00001770 01000000 0000abcd";
  const why = "A connect response without a password of 16 bytes";
  assertRefuses(start + "ffffffff", readConnectResponse, why);
  assertRefuses(start + "00000041" + "00".repeat(65), readConnectResponse, why);
  assertRefuses(start + "00000011" + password, readConnectResponse, "17 bytes where 16 are left");
});

Deno.test("readConnectResponse() refuses an answer that is cut short anywhere", () => {
  const all = hex(granted).toHex();
  for (let length = 0; length < 36; length++) {
    if (length === 16) continue;
    assertRefuses(all.slice(0, 2 * length), readConnectResponse, "are left of the frame");
  }
});
