/** Connections in memory: how bytes arrive, what waits, and how a connection ends. */
import { assertEquals, assertRejects } from "@std/assert";
import { type Client, EchoNetwork, encode, outcome } from "./echo.ts";

const roomMax = 64 * 1024;

Deno.test("memory: what is written in one turn arrives as one, in a turn of its own", async () => {
  const network = new EchoNetwork();
  const client = await network.client();
  const [echo] = network.echoes;
  client.write("one ");
  client.write("two");
  await Promise.resolve();
  assertEquals(echo!.got, []);
  assertEquals(await client.read(), "one two");
  assertEquals(echo!.got, ["one two"]);
  await client.write("three");
  assertEquals(await client.read(), "three");
  assertEquals(network.clock.now(), 1_000, "No time has passed");
});

Deno.test("memory: a loop that asks again and again leaves the event loop alive", async () => {
  const network = new EchoNetwork();
  const client = await network.client();
  let rounds = 0;
  let on = true;
  const loop = (async () => {
    for (; on; rounds++) {
      await client.write("?");
      await client.read();
    }
  })();
  await new Promise((resolve) => setTimeout(resolve, 1));
  await network.clock.advance(100);
  on = false;
  await loop;
  assertEquals(rounds > 10, true);
});

Deno.test("memory: a read takes what fits, and the rest is there at once", async () => {
  const network = new EchoNetwork();
  const { transport } = await network.client();
  await transport.write(encode("abcde"));
  const into = new Uint8Array(2);
  assertEquals([await transport.read(into), ...into], [2, 97, 98]);
  assertEquals([await transport.read(into), ...into], [2, 99, 100]);
  assertEquals([await transport.read(into), into[0]], [1, 101]);
});

Deno.test("memory: bytes longer than the service's space arrive whole and in order", async () => {
  const network = new EchoNetwork();
  const client = await network.client();
  const text = Array.from({ length: 60_000 }, (_, i) => i.toString(36)).join(" ");
  const written = client.write(text);
  assertEquals(await client.readAll(text.length), text);
  await written;
});

Deno.test("memory: a client that closes: what it wrote is processed, then the service is told once", async () => {
  const network = new EchoNetwork();
  const client = await network.client();
  const [echo] = network.echoes;
  const reading = outcome(client.read());
  client.write("last words");
  client.transport.close();
  client.transport.close();
  assertEquals(echo!.closes, 0);
  assertEquals(network.connections.size, 1);
  await network.clock.advance(0);
  assertEquals(echo!.got, ["last words"]);
  assertEquals(echo!.closes, 1);
  assertEquals(network.connections.size, 0);
  assertEquals(reading.error?.name, "Interrupted");
  await assertRejects(() => client.read(), Deno.errors.BadResource);
  await assertRejects(() => client.write("x"), Deno.errors.BadResource);
  echo!.say("to nobody");
  await network.clock.advance(0);
  assertEquals(echo!.out.length, 0);
  assertEquals(echo!.closes, 1);
  assertEquals(network.clock.pending, 0);
});

Deno.test("memory: a client that leaves much unread: what it wrote is processed all the same", async () => {
  const network = new EchoNetwork();
  const client = await network.client();
  const [echo] = network.echoes;
  echo!.say(new Uint8Array(2 << 20));
  await network.clock.advance(0);
  echo!.say(new Uint8Array(2 << 20));
  await client.write("last words");
  await network.clock.advance(0);
  assertEquals(echo!.got, []);
  client.transport.close();
  await network.clock.advance(0);
  assertEquals([echo!.got, echo!.closes], [["last words"], 1]);
});

Deno.test("memory: a service that closes: what it wrote arrives, then the end", async () => {
  const network = new EchoNetwork();
  const client = await network.client();
  const [echo] = network.echoes;
  echo!.say("goodbye");
  echo!.wire.close();
  echo!.wire.close();
  assertEquals(echo!.closes, 0, "Not within its own call");
  assertEquals(await client.read(), "goodbye");
  assertEquals(await client.read(), null);
  assertEquals(await client.read(), null);
  await assertRejects(() => client.write("x"), Deno.errors.ConnectionReset);
  client.transport.close();
  await network.clock.advance(0);
  assertEquals([echo!.closes, network.connections.size, network.clock.pending], [1, 0, 0]);
});

Deno.test("memory: a service that closes gets nothing more", async () => {
  const network = new EchoNetwork();
  const client = await network.client();
  const [echo] = network.echoes;
  await client.write("x");
  echo!.wire.close();
  await network.clock.advance(0);
  assertEquals(echo!.got, []);
  assertEquals(echo!.closes, 1);
});

Deno.test("memory: a dial is called off by its signal, before and under way", async () => {
  const network = new EchoNetwork();
  const endpoint = { host: "a", address: "127.0.0.1", port: 1 };
  const controller = new AbortController();
  const dialling = outcome(network.connect(endpoint, controller.signal));
  const reason = new Error("enough");
  controller.abort(reason);
  await network.clock.advance(0);
  assertEquals(dialling.error, reason);
  assertEquals(network.clock.pending, 0);
  await assertRejects(() => network.connect(endpoint, controller.signal), Error, "enough");
  assertEquals(network.echoes.length, 0);
});

Deno.test("memory: two reads at once are refused", async () => {
  const network = new EchoNetwork();
  const client = await network.client();
  const first = client.read();
  await assertRejects(() => client.read(), Deno.errors.Busy);
  network.echoes[0]!.say("one");
  assertEquals(await first, "one");
});

Deno.test("memory: the service takes nothing more from a client that does not read", async () => {
  const network = new EchoNetwork();
  const client = await network.client();
  const [echo] = network.echoes;
  echo!.say(new Uint8Array(2 << 20));
  await network.clock.advance(0);
  const writes = [1, 2, 3].map(() => outcome(client.write(new Uint8Array(roomMax))));
  await network.clock.advance(10);
  assertEquals(echo!.got, []);
  assertEquals(writes.map(({ value, error }) => [value, error]).length, 3);
  assertEquals(writes.filter((write) => "value" in write).length, 1, "The way holds one of them");
  await client.readAll((2 << 20) + 3 * roomMax);
  assertEquals(echo!.got.join("").length, 3 * roomMax);
  assertEquals(writes.filter((write) => "value" in write).length, 3);
});

Deno.test("memory: a client that lets more than 64 MiB come together is dropped", async () => {
  const network = new EchoNetwork();
  const client = await network.client();
  const [echo] = network.echoes;
  const chunk = new Uint8Array(4 << 20);
  for (let i = 0; i < 16; i++) echo!.say(chunk);
  await network.clock.advance(0);
  assertEquals(network.counters.overflowed, 0);
  echo!.say(chunk);
  echo!.say(chunk);
  assertEquals(echo!.out.length, 0, "Nothing is kept for it");
  assertEquals(echo!.closes, 0, "Not within its own call");
  await network.clock.advance(0);
  assertEquals([echo!.closes, network.counters.overflowed, network.connections.size], [1, 1, 0]);
  assertEquals((await client.readAll(Infinity)).length, 64 << 20, "What had arrived can be read");
});

Deno.test("memory: beyond maxConnections a connection is closed at once and counted", async () => {
  const network = new EchoNetwork({ maxConnections: 2 });
  const clients: Client[] = [];
  for (let i = 0; i < 4; i++) clients.push(await network.client());
  assertEquals(await clients[2]!.read(), null);
  assertEquals(await clients[3]!.read(), null);
  assertEquals(network.echoes.length, 2);
  assertEquals(network.counters, { accepted: 2, refused: 0, tooMany: 2, overflowed: 0 });
  clients[0]!.transport.close();
  await network.clock.advance(0);
  await network.client();
  assertEquals(network.counters.accepted, 3);
});

Deno.test("memory: close() ends all connections, tells the service, and refuses new ones", async () => {
  const network = new EchoNetwork();
  const client = await network.client();
  const reading = client.read();
  await network.close();
  assertEquals(network.echoes[0]!.closes, 1);
  assertEquals(network.clock.pending, 0);
  assertEquals(await reading, null);
  await assertRejects(() => network.client(), Deno.errors.ConnectionRefused);
  await network.close();
});
