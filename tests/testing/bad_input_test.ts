/** Bytes that make no sense, and clients that behave badly: answered or closed, counted, bounded. */
import { assert, assertEquals, assertLess } from "@std/assert";
import type { Writer } from "../../src/proto/archive.ts";
import { OpCode } from "../../src/proto/constants.ts";
import { writeHeader } from "../../src/proto/requests.ts";
import { Connection } from "../../src/testing/requests/connection.ts";
import { TestClock } from "../../src/testing/network/clock.ts";
import type { Wire } from "../../src/testing/network/wire.ts";
import { Service } from "../../src/testing/service.ts";
import { settle } from "../../src/testing/settings.ts";
import { TestServer } from "@zkst/zookeeper/testing";
import { ZooKeeper } from "@zkst/zookeeper";
import { Random } from "../fuzz/random.ts";
import { outcome } from "./network/echo.ts";
import { frame, Raw, writeHandshake } from "./raw.ts";

const connect = (server: TestServer) => ZooKeeper.connect("a", { platform: server.platform });

Deno.test("Before a handshake: what is none costs the connection without an answer", async () => {
  await using server = new TestServer();
  const attempts: [string, Uint8Array][] = [
    ["garbage", new TextEncoder().encode("GET / HTTP/1.1\r\n\r\n")],
    ["a negative length", frame(() => {}).fill(0xff)],
    ["a length over the limit", new Uint8Array([0, 0x10, 0, 0])],
    ["an empty frame", new Uint8Array(4)],
    ["a short one", frame((to) => to.int(0))],
    [
      "a password over the end",
      frame((to) => {
        writeHandshake(to, {});
        to.bytes[28] = 0x7f;
      }),
    ],
    [
      "a request",
      frame((to) => {
        writeHeader(to, 1, OpCode.getData);
        to.string("/some/path/that/is/long/enough");
        to.bool(false);
      }),
    ],
  ];
  for (const [what, bytes] of attempts) {
    const before = server.malformedCount;
    const raw = await Raw.open(server);
    await raw.write(bytes);
    assertEquals([what, (await raw.readAll()).length], [what, 0]);
    assertEquals([what, server.malformedCount - before], [what, 1]);
  }
  assertEquals([server.connections, server.sessions], [0, []]);
});

Deno.test("A frame that does not come to its end costs nothing but its connection", async () => {
  await using server = new TestServer();
  const raw = await Raw.connect(server);
  await raw.write(frame((to) => to.append(new Uint8Array(1_000))).subarray(0, 500));
  await server.advance(0);
  raw.close();
  await server.advance(0);
  assertEquals([server.connections, server.malformedCount, server.sessions.length], [0, 0, 1]);
});

Deno.test("A request too short for a header costs the connection", async () => {
  await using server = new TestServer();
  for (const size of [0, 1, 7]) {
    const raw = await Raw.connect(server);
    await raw.send((to) => to.append(new Uint8Array(size)));
    assertEquals(await raw.next(), null);
  }
  assertEquals(server.malformedCount, 3);
});

Deno.test("An operation that there is not is answered with -6, then the connection is closed", async () => {
  await using server = new TestServer();
  for (const type of [10, 23, 99, -10, -1, 0, 0x7fffffff, OpCode.check]) {
    const raw = await Raw.connect(server);
    const { xid, zxid, rc } = (await raw.ask(type, () => {}, 77))!;
    assertEquals([type, xid, zxid, rc], [type, 77, -1n, -6]);
    assertEquals(await raw.next(), null);
  }
  assertEquals(server.connections, 0);
});

Deno.test("A body that cannot be read is answered with -5, and the client goes on", async () => {
  await using server = new TestServer();
  const raw = await Raw.connect(server);
  const bodies: ((to: Writer) => void)[] = [
    () => {},
    (to) => to.int(-1),
    (to) => to.int(-2),
    (to) => to.int(0x7fffffff),
  ];
  const bare = [
    OpCode.ping,
    OpCode.auth,
    OpCode.sasl,
    OpCode.closeSession,
    OpCode.whoAmI,
  ] as number[];
  const asked = Object.values(OpCode).filter((type) =>
    type > 0 && type !== OpCode.check && !bare.includes(type)
  );
  for (const type of asked) {
    for (const body of bodies) {
      const answer = await raw.ask(type, body);
      // No prefix is as good as an empty one, and no path is given back to who asks for a sync.
      const nullable = type === OpCode.getEphemerals || type === OpCode.sync;
      const allowed = nullable ? [0, -5] : [-5];
      assert(allowed.includes(answer!.rc), `${type} ${body}: ${answer!.rc}`);
    }
  }
  assertEquals([(await raw.exists())!.rc, server.malformedCount], [0, 0]);
});

Deno.test("An authentication that cannot be read costs the connection", async () => {
  await using server = new TestServer();
  for (const type of [OpCode.auth, OpCode.sasl]) {
    const raw = await Raw.connect(server);
    assertEquals(await raw.ask(type, (to) => to.int(-7)), null);
  }
  assertEquals(server.malformedCount, 2);
});

Deno.test("A scheme that there is not is answered with -115, then the connection is closed", async () => {
  await using server = new TestServer();
  const raw = await Raw.connect(server);
  const answer = await raw.ask(OpCode.auth, (to) => {
    to.int(0);
    to.string("kerberos");
    to.buffer(null);
  }, -4);
  assertEquals([answer!.xid, answer!.rc, await raw.next()], [-4, -115, null]);
});

Deno.test("A flood of connections that say nothing: so many are kept, and others still served", async () => {
  await using server = new TestServer({ maxConnections: 100 });
  await using zk = await connect(server);
  const flood = await Promise.all(Array.from({ length: 1_000 }, () => Raw.open(server)));
  assertEquals(server.connections, 100);
  assert(await zk.exists("/"));
  for (const raw of flood) raw.close();
  await server.advance(0);
  assertEquals(server.connections, 1);
  await using _ = await connect(server);
});

Deno.test("A client that asks for more than it reads waits, and gets all of it when it reads", async () => {
  await using server = new TestServer();
  await using zk = await connect(server);
  await zk.create("/big", new Uint8Array(500_000));
  const raw = await Raw.connect(server);
  const request = frame((to) => {
    writeHeader(to, 9, OpCode.getData);
    to.string("/big");
    to.bool(false);
  });
  const count = 10_000;
  const requests = new Uint8Array(count * request.length);
  for (let i = 0; i < count; i++) requests.set(request, i * request.length);
  const before = Deno.memoryUsage().external;
  const writing = outcome(raw.write(requests));
  await server.advance(5_000);
  assertLess(Deno.memoryUsage().external - before, 20_000_000, "5 GB of replies");
  assertEquals([writing, server.connections], [{}, 2]);
  for (let i = 0; i < 20; i++) assertEquals((await raw.next())!.rc, 0);
  assert(await zk.exists("/"), "Others are served meanwhile");
});

Deno.test("What a client does not read is bounded: requests wait in their frames", () => {
  const clock = new TestClock();
  const platform = { ...new TestServer().platform, clock };
  const service = new Service(settle({}), platform, clock);
  const wire = { address: "127.0.0.1", host: "a:2181", admits: () => true, flush() {}, close() {} };
  const connection: Connection = new Connection(service, {
    ...wire,
    get ready(): boolean {
      return connection.out.length < 1_000;
    },
  } as Wire);
  const feed = (bytes: Uint8Array) => {
    for (let at = 0; at < bytes.length;) {
      const space = connection.space();
      const part = bytes.subarray(at, at + space.length);
      space.set(part);
      connection.received(part.length);
      at += part.length;
    }
  };
  feed(frame((to) => writeHandshake(to, {})));
  const ping = frame((to) => writeHeader(to, -2, OpCode.ping));
  for (let i = 0; i < 1_000; i++) feed(ping);
  assertLess(connection.out.length, 1_100);
  let answered = connection.out.length;
  while (connection.out.length > 0) {
    connection.out.clear();
    connection.proceed();
    answered += connection.out.length;
  }
  assertEquals(answered, 41 + 1_000 * 20);
});

Deno.test("A client that is told of much and never reads is dropped", async () => {
  const lines: string[] = [];
  await using server = new TestServer({ logger: { warn: (line) => void lines.push(line) } });
  await using zk = await connect(server);
  const raw = await Raw.connect(server);
  const path = `/${"w".repeat(200_000)}`;
  await zk.create(path, null);
  const watched = await raw.ask(OpCode.addWatch, (to) => {
    to.string(path);
    to.int(0);
  });
  assertEquals(watched!.rc, 0);
  let changes = 0;
  for (; server.connections > 1 && changes < 1_000; changes++) await zk.setData(path, null);
  assertEquals([server.connections, server.watchCount], [1, 0]);
  assertEquals(lines, ["Closing the connection of 127.0.0.1: it does not read"]);
  assert(changes > 300 && changes < 400, `Dropped after ${changes} events of 200 kB`);
});

Deno.test("A read of many things has a longest answer", async () => {
  await using server = new TestServer();
  await using zk = await connect(server);
  await zk.create("/big", new Uint8Array(1_000_000));
  const raw = await Raw.connect(server);
  const ask = (count: number) =>
    raw.ask(OpCode.multiRead, (to) => {
      for (let i = 0; i < count; i++) {
        to.int(OpCode.getData);
        to.bool(false);
        to.int(-1);
        to.string("/big");
        to.bool(false);
      }
      to.int(-1);
      to.bool(true);
      to.int(-1);
    });
  assertEquals((await ask(10))!.rc, 0);
  assertEquals((await ask(40_000))!.rc, -5);
  assertEquals((await raw.exists())!.rc, 0);
});

Deno.test("Over sockets as well: garbage is closed, silence kept, and others served", async () => {
  await using server = new TestServer();
  const address = await server.listen();
  const [hostname, port] = [address.split(":")[0]!, Number(address.split(":")[1])];
  const random = new Random(1);
  const silent = await Promise.all(
    Array.from({ length: 100 }, () => Deno.connect({ hostname, port })),
  );
  for (let i = 0; i < 50; i++) {
    using conn = await Deno.connect({ hostname, port });
    // Its first four bytes are no length that may be.
    await conn.write(random.bytes(500).fill(0xf0, 0, 1));
    assertEquals(await conn.read(new Uint8Array(1)).catch(() => null), null);
  }
  await using zk = await ZooKeeper.connect(address);
  assert(await zk.exists("/"));
  assertEquals([server.malformedCount, server.connections], [50, 101]);
  for (const conn of silent) conn.close();
});
