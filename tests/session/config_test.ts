import { assertEquals } from "@std/assert";
import { parseConfig, type Ports } from "../../src/session/config.ts";
import { hostPort } from "../../src/session/hosts.ts";

const plain: Ports = { isSecure: false, securePort: null };
const secure: Ports = { isSecure: true, securePort: null };

function read(text: string, ports = plain): unknown {
  const config = parseConfig(text, ports);
  if (typeof config === "string") return config;
  return [config.version, ...config.servers.map(hostPort)];
}

Deno.test("parseConfig() reads what servers write: names, addresses, observers", () => {
  // The first is 3.8.0's own, the others as QuorumServer.toString() writes them.
  const text = `server.1=127.0.0.1:23317:30517:participant;127.0.0.1:2181
server.2=zoo-2.example.org:2888:3888:observer;0.0.0.0:2182
server.3=[fd00::3]:2888:3888:participant;[0:0:0:0:0:0:0:0]:2181
server.4=zoo4:2888:3888:participant;[fd00::4]:2181
server.5=10.0.0.5:2888:3888|10.1.0.5:2889:3889:participant;0.0.0.0:2181
version=1a00000002`;
  assertEquals(read(text), [
    0x1a00000002n,
    "127.0.0.1:2181",
    "zoo-2.example.org:2182",
    "[fd00::3]:2181",
    "[fd00::4]:2181",
    "10.0.0.5:2181",
  ]);
});

Deno.test("parseConfig() reads what administrators may write", () => {
  const text =
    "group.1=1:2\r\nweight.1=1\r\nserver.1=a:1:2;2181\r\nserver.12=b:1:2:participant;[::]:5\r\n" +
    "server.3=c:1:2:observer;c.example.org:9\r\nversion=FF\r\n";
  assertEquals(read(text), [255n, "a:2181", "b:5", "c.example.org:9"]);
});

Deno.test("parseConfig() leaves out who does not say, unless nobody does", () => {
  const silent = "server.1=a:1:2:participant\n";
  assertEquals(read(`${silent}server.2=b:1:2;7\nversion=1`), [1n, "b:7"]);
  const none = "it does not say where clients find the servers";
  assertEquals(read(`${silent}version=1`), none);
  assertEquals(read("version=1"), none);
});

Deno.test("parseConfig() never takes a server for one on the client's own machine", () => {
  const text = "server.1=0.0.0.0:2888:3888:participant;0.0.0.0:2181\n" +
    "server.2=[::]:2888:3888:participant;2181\n" +
    "server.3=0.0.0.0:2888:3888:participant;zoo3:2181\nserver.4=zoo4:2888:3888;2181\nversion=1";
  assertEquals(read(text), [1n, "zoo3:2181", "zoo4:2181"]);
  const given = { isSecure: true, securePort: 2281 };
  assertEquals(read(text, given), [1n, "zoo3:2281", "zoo4:2281"]);
  const alone = "server.1=0.0.0.0:2888:3888:participant;0.0.0.0:2181\nversion=1";
  assertEquals(read(alone), "it does not say where clients find the servers");
});

Deno.test("parseConfig() says what it cannot read", () => {
  assertEquals(read(""), "it has no version");
  assertEquals(read("server.1=a:1:2;7\nversion=x"), "it has no version");
  for (
    const line of [
      "server.x=a:1:2;7",
      "server.1",
      "server.1=",
      "server.1=a",
      "server.1=a:1;7",
      "server.1=a:1:2:3:4;7",
      "server.1=a:1:2;b:c",
      "server.1=a:1:2;b:70000",
      "server.1=a:1:2;0",
      "server.1=a:1:2;b:7;c:8;d",
      "server.1=a:1:2|b;7",
      "server.1=a,b:1:2;7",
      "server.1=a/b:1:2;7",
      "server.1=[a:1:2;7",
      "server.1=a:1:2;[::1:7",
    ]
  ) {
    assertEquals(read(`server.9=z:1:2;7\n${line}\nversion=1`), `it cannot be read: "${line}"`);
  }
});

Deno.test("parseConfig() for TLS takes the secure port, or the one that is given in its place", () => {
  // As 3.10 writes them (ZOOKEEPER-4276).
  const text = "server.1=a:1:2:participant;0.0.0.0:2181;0.0.0.0:2281\n" +
    "server.2=b:1:2:participant;;2282\nserver.3=[::3]:1:2;;[::]:2283\n";
  assertEquals(read(`${text}version=2`, secure), [2n, "a:2281", "b:2282", "[::3]:2283"]);
  assertEquals(read(`${text}version=2`, plain), [2n, "a:2181"]);
  const old =
    "server.1=a:1:2:participant;0.0.0.0:2181\nserver.2=b:1:2;c:2181\nserver.3=d:1:2\nversion=3";
  assertEquals(read(old, secure), "it does not say where clients find the servers");
  assertEquals(read(old, { isSecure: true, securePort: 2281 }), [3n, "a:2281", "c:2281", "d:2281"]);
});
