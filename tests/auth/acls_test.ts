import { assertEquals, assertThrows } from "@std/assert";
import {
  allow,
  ANYONE_ID_UNSAFE,
  AUTH_IDS,
  CREATOR_ALL_ACL,
  digestId,
  type Id,
  ipId,
  OPEN_ACL_UNSAFE,
  Perms,
  READ_ACL_UNSAFE,
  saslId,
  x509Id,
} from "../../mod.ts";
import { checkACL } from "../../src/session/acls.ts";

Deno.test("digestId() is what DigestAuthenticationProvider.generateDigest says", () => {
  // The one of ZooKeeper's own documents and tests.
  assertEquals(digestId("super", "test"), {
    scheme: "digest",
    id: "super:D/InIHSb7yEEbrWz8b9l71RjZJU=",
  });
  assertEquals(digestId("super", "secret").id, "super:lK75jTNcA+U9vtVEw5vB51mj/w4=");
});

Deno.test("allow() makes what the constants are", () => {
  assertEquals(allow(Perms.ALL, ANYONE_ID_UNSAFE), [...OPEN_ACL_UNSAFE]);
  assertEquals(allow(Perms.READ, ANYONE_ID_UNSAFE), [...READ_ACL_UNSAFE]);
  assertEquals(allow(Perms.ALL, AUTH_IDS), [...CREATOR_ALL_ACL]);
  assertEquals(allow(0, saslId("a"), x509Id("CN=b,O=Ex")), [
    { perms: 0, id: { scheme: "sasl", id: "a" } },
    { perms: 0, id: { scheme: "x509", id: "CN=b,O=Ex" } },
  ]);
});

Deno.test("ipId() takes addresses, with or without the bits that count", () => {
  const ids = [
    ipId("192.0.2.7"),
    ipId("10.0.0.0", 8),
    ipId("0.0.0.0", 0),
    ipId("::1"),
    ipId("2001:db8::", 32),
    ipId("1:2:3:4:5:6:7:8", 128),
  ];
  assertEquals(ids.map(({ id }) => id), [
    "192.0.2.7",
    "10.0.0.0/8",
    "0.0.0.0/0",
    "::1",
    "2001:db8::/32",
    "1:2:3:4:5:6:7:8/128",
  ]);
});

type Any = never;

Deno.test("The makers of ids refuse what no server takes, and quote no id", () => {
  const address = "an IPv4 or IPv6 address";
  const cases: [() => unknown, typeof TypeError | typeof RangeError, string][] = [
    [() => digestId("alice:secret", "secret"), TypeError, 'has no ":"'],
    [() => digestId("", "secret"), TypeError, "not empty"],
    [() => digestId("alice", undefined as Any), TypeError, "both strings"],
    [() => saslId(""), TypeError, "must not be empty"],
    [() => saslId(5 as Any), TypeError, "a string"],
    [() => x509Id("alice"), TypeError, '"CN=alice,O=Example"'],
    [() => x509Id(null as Any), TypeError, '"CN=alice,O=Example"'],
    [() => ipId("192.0.2.0/24"), TypeError, "a number of their own"],
    [() => ipId(5 as Any), TypeError, "a number of their own"],
    [() => ipId("192.0.2.0", 33), RangeError, "an IPv4 address must be 0 to 32"],
    [() => ipId("192.0.2.0", -1), RangeError, "an IPv4 address must be 0 to 32"],
    [() => ipId("192.0.2.0", 1.5), RangeError, "an IPv4 address must be 0 to 32"],
    [() => ipId("::", 129), RangeError, "an IPv6 address must be 0 to 128"],
    ...["", "localhost", "1.2.3", "1.2.3.256", "1.2.3.4.5", "1.2.3.x"].map((text) =>
      [() => ipId(text), TypeError, address] as [() => unknown, typeof TypeError, string]
    ),
    ...["1:2:3:4:5:6:7", "1::2::3", ":::", "12345::", "::g", "1:2:3:4:5:6:7::8", "::1%lo", ":1"]
      .map(
        (text) =>
          [() => ipId(text), TypeError, address] as [() => unknown, typeof TypeError, string],
      ),
    [() => allow(32, ANYONE_ID_UNSAFE), RangeError, "a sum of Perms, must be a whole number of 0"],
    [() => allow("r" as Any, ANYONE_ID_UNSAFE), TypeError, "a sum of Perms"],
    [() => allow(1), TypeError, "at least one id"],
    [() => allow(1, "alice" as Any), TypeError, "{ scheme, id }"],
    [() => allow(1, { scheme: "world", id: "me" }), TypeError, '"anyone"'],
    [() => allow(1, { scheme: "", id: "me" }), TypeError, "must not be empty"],
  ];
  for (const [call, kind, message] of cases) {
    const error = assertThrows(call, kind as typeof Error, message, `${call}`);
    assertEquals(error.message.includes("secret"), false);
  }
});

Deno.test("checkACL() knows a digest from a password", () => {
  const check = (id: string) => checkACL([{ perms: 31, id: { scheme: "digest", id } }]);
  const hashes = [16, 20, 28, 32, 48, 64].map((size) => new Uint8Array(size).fill(7).toBase64());
  for (const hash of hashes) assertEquals(check(`alice:${hash}`), null, hash);
  const [md5, sha1] = hashes;
  for (
    const id of [
      "alice:secret",
      "alice:longSecretOf20Letters",
      "alice",
      "alice:",
      `:${sha1}`,
      `a:b:${sha1}`,
      `alice:${sha1!.slice(0, -1)}`,
      `alice:${md5!.slice(4)}`,
      "alice:x",
    ]
  ) {
    const { message } = check(id)!;
    assertEquals(message.includes("as digestId(user, password) makes it"), true, id);
    assertEquals(message.includes("ecret"), false);
  }
});

Deno.test("checkACL() lets unknown schemes pass, for a server may have plug-ins", () => {
  const ids: Id[] = [
    { scheme: "nonesuch", id: "" },
    { scheme: "auth", id: "ignored" },
    { scheme: "x509", id: "whatever a plug-in makes of it" },
    { scheme: "super", id: "" },
  ];
  assertEquals(checkACL(ids.map((id) => ({ perms: 31, id }))), null);
  assertEquals(checkACL([])?.message.includes("at least one entry"), true);
});
