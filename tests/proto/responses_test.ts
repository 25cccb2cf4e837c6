import {
  aclStatResponse,
  childrenResponse,
  childrenStatResponse,
  clientInfoResponse,
  dataStatResponse,
  emptyResponse,
  multiReadResponse,
  multiResponse,
  numberResponse,
  pathResponse,
  pathStatResponse,
  readWatcherEvent,
  statResponse,
  tokenResponse,
} from "../../src/proto/responses.ts";
import { assertReads, assertRefuses, assertReply, hex, stat, statBytes } from "./bytes.ts";

const path = "00000011 2f6170702f6e2d30303030303030303037 ; /app/n-0000000007\n";

Deno.test("emptyResponse: delete, checkWatches, removeWatches, auth, closeSession", () => {
  assertReply(emptyResponse, "", {});
});

Deno.test("statResponse: exists, setData, setACL", () => {
  assertReply(statResponse, statBytes, { stat });
});

Deno.test("pathResponse: create, sync", () => {
  assertReply(pathResponse, path, { value: "/app/n-0000000007" });
  assertReply(pathResponse, "00000001 2f", { value: "/" });
  // Once a parent's counter has gone beyond 2^31 - 1.
  assertReply(pathResponse, "0000000d 2f6e2d2d303030303030303031", { value: "/n--000000001" });
});

Deno.test("pathStatResponse: create2, createContainer, createTTL", () => {
  assertReply(pathStatResponse, path + statBytes, { value: "/app/n-0000000007", stat });
});

Deno.test("dataStatResponse: getData, reconfig; null and empty data are different", () => {
  assertReply(dataStatResponse, "00000002 6869" + statBytes, { value: hex("6869"), stat });
  assertReply(dataStatResponse, "00000000" + statBytes, { value: new Uint8Array(0), stat });
  assertReply(dataStatResponse, "ffffffff" + statBytes, { value: null, stat });
});

Deno.test("aclStatResponse: getACL", () => {
  const acl = [{ perms: 31, id: { scheme: "world", id: "anyone" } }];
  const bytes = "00000001 0000001f 00000005 776f726c64 00000006 616e796f6e65" + statBytes;
  assertReply(aclStatResponse, bytes, { value: acl, stat });
  assertReply(aclStatResponse, "ffffffff" + statBytes, { value: [], stat });
});

const children = "00000003 00000001 61 00000002 c3a9 00000006 eda0bdedb880 ; a é 😀\n";

Deno.test("childrenResponse: getChildren, getEphemerals", () => {
  assertReply(childrenResponse, children, { value: ["a", "é", "😀"] });
  assertReply(childrenResponse, "00000000", { value: [] });
  assertReply(childrenResponse, "ffffffff", { value: [] });
  assertReply(childrenResponse, "00000002 00000000 00000000", { value: ["", ""] });
});

Deno.test("childrenStatResponse: getChildren2", () => {
  assertReply(childrenStatResponse, children + statBytes, { value: ["a", "é", "😀"], stat });
  assertReply(childrenStatResponse, "00000000" + statBytes, { value: [], stat });
});

Deno.test("numberResponse: getAllChildrenNumber", () => {
  assertReply(numberResponse, "00000102", { value: 258 });
});

Deno.test("clientInfoResponse: whoAmI, where a user may be null", () => {
  const bytes = `
    00000003
    00000002 6970              ; "ip"
    00000009 3132372e302e302e31
    00000006 646967657374      ; "digest"
    00000003 626f62
    00000004 73617368          ; "sash"
    ffffffff
  `;
  assertReply(clientInfoResponse, bytes, {
    value: [
      { scheme: "ip", user: "127.0.0.1" },
      { scheme: "digest", user: "bob" },
      { scheme: "sash", user: "" },
    ],
  });
  assertReply(clientInfoResponse, "ffffffff", { value: [] });
});

Deno.test("tokenResponse: sasl, where the token may be null", () => {
  assertReply(tokenResponse, "00000003 010203", { value: hex("010203") });
  assertReply(tokenResponse, "00000000", { value: new Uint8Array(0) });
  assertReply(tokenResponse, "ffffffff", { value: null });
});

Deno.test("multiResponse and multiReadResponse read the results, and no Stat behind them", () => {
  const results = "00000002 00 00000000 ffffffff 01 ffffffff";
  assertReply(multiResponse, results, { value: [{ type: "delete" }] });
  assertReply(multiReadResponse, results, { value: [{ type: "delete" }] });
});

Deno.test("A response whose values are cut short anywhere is refused", () => {
  const responses = [
    [pathResponse, path],
    [dataStatResponse, "00000002 6869"],
    [aclStatResponse, "00000001 0000001f 00000005 776f726c64 00000006 616e796f6e65"],
    [childrenResponse, children],
    [numberResponse, "00000102"],
    [clientInfoResponse, "00000001 00000002 6970 00000003 626f62"],
    [tokenResponse, "00000003 010203"],
    [multiResponse, "00000002 00 00000000 ffffffff 01 ffffffff"],
  ] as const;
  for (const [response, body] of responses) {
    const all = hex(body);
    for (let length = 0; length < all.length; length++) {
      assertRefuses(all.subarray(0, length).toHex(), response.value!, "bytes");
    }
  }
});

Deno.test("readWatcherEvent() reads type, state and path", () => {
  for (const type of [1, 2, 3, 4]) {
    assertReads(`0000000${type} 00000003 00000004 2f617070`, readWatcherEvent, {
      type,
      state: 3,
      path: "/app",
    });
  }
  assertReads("ffffffff 00000005 00000000", readWatcherEvent, { type: -1, state: 5, path: "" });
  assertReads("00000004 00000003 00000007 2f eda0bdedb880", readWatcherEvent, {
    type: 4,
    state: 3,
    path: "/😀",
  });
});

Deno.test("readWatcherEvent() refuses an event that is cut short anywhere or has no path", () => {
  const all = hex("00000001 00000003 00000004 2f617070");
  for (let length = 0; length < all.length; length++) {
    assertRefuses(all.subarray(0, length).toHex(), readWatcherEvent, "bytes");
  }
  assertRefuses("00000001 00000003 ffffffff", readWatcherEvent, "A field of -1 bytes");
});
