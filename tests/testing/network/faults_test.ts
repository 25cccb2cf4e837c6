/** What can be done to connections by hand, in memory and in virtual time. */
import { assertEquals, assertNotEquals, assertRejects, assertThrows } from "@std/assert";
import { EchoNetwork, encode, outcome } from "./echo.ts";

Deno.test("drop: present connections are closed, those it is limited to", async () => {
  const network = new EchoNetwork();
  const [a, b, c] = [
    await network.client("a"),
    await network.client("b"),
    await network.client("::1", 2182),
  ];
  network.drop({ session: 1n, host: "b:2181" });
  network.drop({ host: "c:2181" });
  assertEquals(network.connections.size, 3);
  network.drop({ session: 2n });
  network.drop({ host: "[::1]:2182" });
  assertEquals([...network.connections].map(({ host }) => host), ["a:2181"]);
  assertEquals([await b.read(), await c.read()], [null, null]);
  await a.write("still here");
  assertEquals(await a.read(), "still here");
  assertEquals(network.echoes.map(({ closes }) => closes), [0, 1, 1]);
  await network.client("b");
});

Deno.test("drop: a client's write that waits is told", async () => {
  const network = new EchoNetwork();
  const client = await network.client();
  network.stall();
  await client.write(new Uint8Array(64 * 1024));
  const writing = outcome(client.write("x"));
  network.drop();
  await network.clock.advance(0);
  assertEquals(writing.error?.name, "ConnectionReset");
});

Deno.test("dropAfter: cuts a reply in the middle", async () => {
  const network = new EchoNetwork();
  const client = await network.client();
  const [echo] = network.echoes;
  network.dropAfter(12);
  await client.write("0123456789");
  assertEquals(await client.read(), "0123456789");
  await client.write("0123456789");
  assertEquals(await client.read(), "01");
  assertEquals(await client.read(), null);
  await network.clock.advance(0);
  assertEquals(echo!.closes, 1);
  const next = await network.client();
  await next.write("0123456789012345");
  assertEquals(await next.read(), "0123456789012345", "Later connections live");
  network.dropAfter(0);
  assertEquals(await next.read(), null);
});

Deno.test("stall: connections are accepted, and nothing is processed or sent until resume", async () => {
  const network = new EchoNetwork();
  const before = await network.client();
  const [echo] = network.echoes;
  network.stall();
  const after = await network.client();
  await before.write("first");
  echo!.say("unasked");
  await after.write("hello");
  await before.write(new Uint8Array(64 * 1024 - 5));
  const writing = outcome(before.write("second"));
  const reading = outcome(before.read());
  await network.clock.advance(10_000);
  assertEquals(network.echoes.map(({ got }) => got), [[], []]);
  assertEquals([writing, reading], [{}, {}]);
  network.resume();
  await network.clock.advance(0);
  assertEquals(reading.value, "unasked");
  const all = await before.readAll(64 * 1024 + 6);
  assertEquals([all.slice(0, 5), all.slice(-6)], ["first", "second"]);
  assertEquals(await after.read(), "hello");
});

Deno.test("stall: the leaving of a client is noticed after resume, behind what it wrote", async () => {
  const network = new EchoNetwork();
  const client = await network.client();
  const [echo] = network.echoes;
  network.stall();
  await client.write("closing");
  client.transport.close();
  await network.clock.advance(100);
  assertEquals([echo!.got, echo!.closes], [[], 0]);
  network.heal();
  await network.clock.advance(0);
  assertEquals([echo!.got, echo!.closes], [["closing"], 1]);
  const silent = await network.client();
  network.stall();
  silent.transport.close();
  await network.clock.advance(100);
  assertEquals(network.echoes[1]!.closes, 0);
  network.resume();
  await network.clock.advance(0);
  assertEquals(network.echoes[1]!.closes, 1);
});

Deno.test("stall: what the service closes ends after resume, behind what it wrote", async () => {
  const network = new EchoNetwork();
  const client = await network.client();
  const [echo] = network.echoes;
  network.stall();
  echo!.say("end");
  echo!.wire.close();
  const reading = outcome(client.read());
  await network.clock.advance(100);
  assertEquals([reading, echo!.closes], [{}, 0]);
  network.resume();
  await network.clock.advance(0);
  assertEquals([reading.value, await client.read(), echo!.closes], ["end", null, 1]);
});

Deno.test("stall and resume: the last one that fits a connection counts", async () => {
  const network = new EchoNetwork();
  const [a, b] = [await network.client("a"), await network.client("b")];
  network.stall();
  network.resume({ host: "b:2181" });
  const reading = outcome(a.read());
  await a.write("a");
  await b.write("b");
  assertEquals(await b.read(), "b");
  await network.clock.advance(0);
  assertEquals(reading, {});
  network.stall({ session: 2n });
  network.resume({ session: 1n });
  await b.write("again");
  await network.clock.advance(0);
  assertEquals([reading.value, network.echoes[1]!.got], ["a", ["b"]]);
  network.resume();
  assertEquals(await b.read(), "again");
});

Deno.test("stall: a session's next connection is stalled once it is known whose it is", async () => {
  const network = new EchoNetwork();
  network.stall({ session: 7n });
  const client = await network.client();
  const [echo] = network.echoes;
  const reading = outcome(client.read());
  await client.write("connect");
  await network.clock.advance(0);
  assertEquals(reading.value, "connect");
  echo!.sessionId = 7n;
  await client.write("request");
  await network.clock.advance(0);
  assertEquals(echo!.got, ["connect"]);
});

Deno.test("halfOpen: bytes and endings vanish both ways; new connections work", async () => {
  const network = new EchoNetwork();
  const dead = await network.client();
  const [echo] = network.echoes;
  await dead.write("on its way");
  echo!.say("on its way");
  network.halfOpen();
  const reading = outcome(dead.read());
  for (let i = 0; i < 10; i++) await dead.write(new Uint8Array(64 * 1024));
  echo!.say("anyone?");
  await network.clock.advance(1_000);
  assertEquals([reading, echo!.got, echo!.out.length], [{}, [], 0]);
  dead.transport.close();
  await network.clock.advance(1_000);
  assertEquals([echo!.closes, network.connections.size], [0, 1], "The service is not told");
  echo!.wire.close();
  await network.clock.advance(0);
  assertEquals([echo!.closes, network.connections.size], [1, 0]);
  const alive = await network.client();
  await alive.write("hello");
  assertEquals(await alive.read(), "hello");
});

Deno.test("halfOpen: a client is not told when the service closes", async () => {
  const network = new EchoNetwork();
  const client = await network.client();
  const [echo] = network.echoes;
  network.halfOpen({ session: 1n });
  const reading = outcome(client.read());
  echo!.wire.close();
  await network.clock.advance(1_000);
  assertEquals([reading, echo!.closes, network.connections.size], [{}, 1, 0]);
  await client.write("still writing");
});

Deno.test("halfOpen: what a client writes vanishes on a stalled connection too", async () => {
  const network = new EchoNetwork();
  const client = await network.client();
  network.stall();
  await client.write(new Uint8Array(64 * 1024));
  const writing = outcome(client.write("x"));
  network.halfOpen();
  await network.clock.advance(0);
  assertEquals("value" in writing, true);
  network.resume();
  await network.clock.advance(0);
  assertEquals(network.echoes[0]!.got, []);
});

Deno.test("halfOpen: a connection that was closing is over for the service", async () => {
  const network = new EchoNetwork();
  await network.client();
  const [echo] = network.echoes;
  network.stall();
  echo!.wire.close();
  network.halfOpen();
  await network.clock.advance(0);
  assertEquals([echo!.closes, network.connections.size], [1, 0]);
});

Deno.test("delay: what is sent arrives later and in order, the end too", async () => {
  const network = new EchoNetwork();
  const client = await network.client();
  const [echo] = network.echoes;
  const start = network.clock.now();
  const arrivals: [string | null, number][] = [];
  const reading = (async () => {
    for (let text: string | null = ""; text !== null;) {
      text = await client.read();
      arrivals.push([text, network.clock.now() - start]);
    }
  })();
  network.delay(100);
  echo!.say("a");
  await network.clock.advance(30);
  echo!.say("b");
  await network.clock.advance(10);
  network.delay(5);
  echo!.say("c");
  await network.clock.advance(59);
  assertEquals(arrivals, []);
  await network.clock.advance(41);
  network.delay(20);
  echo!.say("d");
  echo!.wire.close();
  await network.clock.advance(20);
  await reading;
  assertEquals(arrivals, [["a", 100], ["b", 130], ["c", 130], ["d", 160], [null, 160]]);
});

Deno.test("delay: when it ends, what was under way arrives at once", async () => {
  const network = new EchoNetwork();
  network.delay(50, { host: "a:2181" });
  const [a, b] = [await network.client("a"), await network.client("b")];
  await a.write("slow");
  await b.write("quick");
  assertEquals(await b.read(), "quick");
  network.delay(0);
  await a.write("er");
  assertEquals(await a.readAll(6), "slower");
  assertEquals(network.clock.now(), 1_000);
  assertEquals(network.clock.pending, 0, "No timer is left behind");
});

Deno.test("trickle: every byte arrives by itself, until heal", async () => {
  const network = new EchoNetwork();
  network.trickle();
  const client = await network.client();
  await client.write("abc");
  assertEquals([await client.read(), await client.read(), await client.read()], ["a", "b", "c"]);
  await client.write("de");
  assertEquals(await client.read(), "d");
  network.heal();
  assertEquals(await client.read(), "e");
  await client.write("whole");
  assertEquals(await client.read(), "whole");
});

Deno.test("corrupt: the next bytes are garbage, those after are not", async () => {
  const network = new EchoNetwork();
  const client = await network.client();
  network.corrupt();
  await client.write("\0\0\0\x05");
  const garbage = (await client.read())!;
  assertEquals(garbage.length, 4);
  assertNotEquals(garbage, "\0\0\0\x05");
  assertEquals(garbage.charCodeAt(0) >= 0x80, true, "As a length it is negative");
  await client.write("clear");
  assertEquals(await client.read(), "clear");
  network.corrupt();
  network.heal();
  await client.write("clear");
  assertEquals(await client.read(), "clear");
});

Deno.test("corrupt: in single bytes as well it spoils no part of a frame, but all of the next", async () => {
  const network = new EchoNetwork();
  const client = await network.client();
  const readAll = async (length: number) => {
    let text = "";
    while (text.length < length) text += await client.read();
    return text;
  };
  network.trickle();
  await client.write("begun");
  assertEquals(await client.read(), "b");
  network.corrupt();
  assertEquals(await readAll(4), "egun");
  await client.write("\0\0\0\x05");
  const garbage = await readAll(4);
  assertEquals([...garbage].map((char, i) => char === "\0\0\0\x05"[i]), Array(4).fill(false));
});

Deno.test("refuse: present connections are closed, new ones refused until heal", async () => {
  const network = new EchoNetwork();
  const client = await network.client("a");
  network.refuse({ host: "a:2181" });
  assertEquals(await client.read(), null);
  await assertRejects(
    () => network.client("a"),
    Deno.errors.ConnectionRefused,
    "Connection refused",
  );
  assertEquals(network.counters, { accepted: 1, refused: 1, tooMany: 0, overflowed: 0 });
  await network.client("b");
  network.heal();
  await network.client("a");
});

Deno.test("refuse: a session is turned away when it has said who it is", async () => {
  const network = new EchoNetwork();
  network.refuse({ session: 1n });
  const client = await network.client();
  await client.write("connect");
  assertEquals(await client.read(), null);
  assertEquals(network.echoes.map(({ closes }) => closes), [1]);
});

Deno.test("faults: misuse throws at the call", async () => {
  const network = new EchoNetwork();
  assertThrows(() => network.dropAfter(1.5), RangeError, "1.5");
  assertThrows(() => network.dropAfter(-1), RangeError);
  assertThrows(() => network.delay(NaN), RangeError);
  assertThrows(() => network.delay(-1), RangeError);
  assertThrows(() => network.drop({ session: 1 as unknown as bigint }), TypeError, "bigint");
  assertThrows(() => network.stall({ host: "a" }), TypeError, '"host:port"');
  assertThrows(() => network.stall(null as unknown as object), TypeError);
  const client = await network.client();
  await client.write(encode("unharmed"));
  assertEquals(await client.read(), "unharmed");
});
