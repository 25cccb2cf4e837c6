import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import {
  type ConnectString,
  hostPort,
  isAddress,
  parseConnectString,
  portDefault,
} from "../../src/session/hosts.ts";

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

Deno.test("parseConnectString() takes the name of a service, and a host named srv", () => {
  const name = "_zookeeper._tcp.example.org";
  const { hosts } = parseConnectString(`srv:${name}/app`);
  assertEquals(hosts, [{ host: name, port: 0, isService: true }]);
  assertEquals(parsed(` srv:${name}. /app `), [[`srv:${name}.`], "/app"]);
  assertEquals(parsed("srv:zookeeper.service.consul"), [["srv:zookeeper.service.consul"], ""]);
  assertEquals(parsed("srv:2181,srv/a"), [["srv:2181", "srv:2181"], "/a"]);
  const bad = ["", "a,b:2181", "a:2181", "a..b", "[::1]", "a b", "x".repeat(64), "a.".repeat(130)];
  for (const name of bad) {
    assertThrows(() => parseConnectString(`srv:${name}`), TypeError, `"${name}" is not one name`);
  }
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
    ["[1:2]:2181", `"[1:2]:2181" is not a host`],
    ["[:::]", `"[:::]" is not a host`],
    ["[1:2:3:4:5:6:7:8:9]:1", `"[1:2:3:4:5:6:7:8:9]:1" is not a host`],
    ["[12345::]:1", `"[12345::]:1" is not a host`],
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

Deno.test("parseConnectString() shows no password of a URL that it cannot read", () => {
  for (
    const text of [
      "zk://bob:secret@a:1/app",
      "bob:secret@a:1,b:2",
      "a,bob:s@secret@b:1",
      ":secret@a",
    ]
  ) {
    const { message } = assertThrows(() => parseConnectString(text), TypeError, "…@");
    assertEquals(message.includes("secret"), false, message);
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
