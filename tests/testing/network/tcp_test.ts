/** Connections over sockets, on loopback and in real time: they behave as those in memory do. */
import { setImmediate } from "node:timers";
import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { Client, EchoNetwork } from "./echo.ts";

/** A client that is closed at the end of its scope. */
class TcpClient extends Client implements Disposable {
  constructor(readonly conn: Deno.TcpConn) {
    super(conn);
  }

  static async dial(address: string): Promise<TcpClient> {
    return new TcpClient(await Deno.connect({ hostname: "127.0.0.1", port: portOf(address) }));
  }

  /** Reads up to the end, or to a reset, which some systems make of it. */
  async readToEnd(): Promise<string> {
    let text = "";
    try {
      for (let more = await this.read(); more !== null; more = await this.read()) text += more;
    } catch (error) {
      assert(error instanceof Deno.errors.ConnectionReset, String(error));
    }
    return text;
  }

  [Symbol.dispose](): void {
    this.conn.close();
  }
}

/** An echo that listens, and is closed at the end of its scope. */
class Listening extends EchoNetwork implements AsyncDisposable {
  readonly where: string = this.listen();

  dial(): Promise<TcpClient> {
    return TcpClient.dial(this.where);
  }

  /** A new client is served; what came before it has had its chance. */
  async serveAnother(): Promise<void> {
    using client = await this.dial();
    await client.write("?");
    assertEquals(await client.read(), "?");
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

Deno.test("tcp: listen() says where, and time becomes real", async () => {
  await using network = new Listening();
  assertMatch(network.where, /^127\.0\.0\.1:\d+$/);
  assertThrows(() => network.clock.advance(1), TypeError);
  assertThrows(
    () => network.listen({ port: portOf(network.where) }),
    Deno.errors.AddrInUse,
  );
  using client = await network.dial();
  await client.write("hello");
  assertEquals(await client.read(), "hello");
  const [line] = network.connections;
  assertEquals([line!.host, line!.address, line!.sessionId], [network.where, "127.0.0.1", 1n]);
});

Deno.test("tcp: a lot of bytes arrive whole and in order", async () => {
  await using network = new Listening();
  using client = await network.dial();
  const text = Array.from({ length: 600_000 }, (_, i) => i.toString(36)).join(" ");
  const written = client.write(text);
  assertEquals(await client.readAll(text.length), text);
  await written;
});

Deno.test("tcp: a client that has sent all gets its answer before the connection ends", async () => {
  await using network = new Listening();
  using client = await network.dial();
  await client.write("ruok");
  await client.conn.closeWrite();
  assertEquals(await client.readToEnd(), "ruok");
  await until(() => network.connections.size === 0);
  assertEquals(network.echoes[0]!.closes, 1);
});

Deno.test("tcp: a client that leaves is told of once", async () => {
  await using network = new Listening();
  (await network.dial())[Symbol.dispose]();
  await until(() => network.echoes[0]?.closes === 1);
  assertEquals(network.connections.size, 0);
});

Deno.test("tcp: a service that closes: what it wrote arrives, then the end", async () => {
  await using network = new Listening();
  using client = await network.dial();
  await until(() => network.echoes.length === 1);
  const bytes = new Uint8Array(8 << 20);
  network.echoes[0]!.say(bytes);
  network.echoes[0]!.wire.close();
  assertEquals((await client.readToEnd()).length, bytes.length);
  assertEquals(network.echoes[0]!.closes, 1);
});

Deno.test("tcp: stall and resume", async () => {
  await using network = new Listening();
  using client = await network.dial();
  await client.write("before ");
  assertEquals(await client.read(), "before ");
  network.stall();
  await client.write("meanwhile ");
  using other = await network.dial();
  await other.write("as well");
  network.resume({ session: 3n });
  await network.serveAnother();
  assertEquals(network.echoes.map(({ got }) => got.join("")), ["before ", "", "?"]);
  network.resume();
  assertEquals([await client.read(), await other.read()], ["meanwhile ", "as well"]);
});

Deno.test("tcp: a client is not read on while it does not read", async () => {
  await using network = new Listening();
  using client = await network.dial();
  const size = 64 << 20;
  let written = false;
  await network.serveAnother();
  const writing = client.write(new Uint8Array(size)).then(() => written = true);
  const { out } = network.echoes[0]!;
  await until(() => out.length > 1 << 19);
  for (let i = 0; i < 10; i++) await network.serveAnother();
  assert(!written, "It must not take 64 MiB in");
  assert(out.length <= (1 << 20) + 64 * 1024, `${out.length} bytes of output`);
  assertEquals((await client.readAll(size)).length, size);
  await writing;
});

Deno.test("tcp: dropAfter cuts in the middle, drop at once", async () => {
  await using network = new Listening();
  using client = await network.dial();
  await client.write("x");
  await client.read();
  network.dropAfter(3);
  await client.write("0123456789");
  assertEquals(await client.readToEnd(), "012");
  using other = await network.dial();
  await until(() => network.connections.size === 1);
  network.drop();
  assertEquals(await other.readToEnd(), "");
  await until(() => network.echoes.every(({ closes }) => closes === 1));
});

Deno.test("tcp: delay, trickle and corrupt", async () => {
  await using network = new Listening();
  using client = await network.dial();
  network.delay(30);
  network.trickle();
  const start = performance.now();
  await client.write("abc");
  assertEquals(await client.readAll(3), "abc");
  // Not exactly, for two clocks are read here.
  assert(performance.now() - start > 25, `${performance.now() - start} ms`);
  network.heal();
  network.corrupt();
  await client.write("abc");
  const garbage = await client.readAll(3);
  assert(garbage.length === 3 && garbage !== "abc", garbage);
});

Deno.test("tcp: half-open connections are told nothing, and closed with the server", async () => {
  await using network = new Listening();
  using client = await network.dial();
  await client.write("x");
  await client.read();
  network.halfOpen();
  await client.write("anyone?");
  let told = false;
  const end = client.readToEnd().finally(() => told = true);
  const [echo] = network.echoes;
  echo!.say("no");
  {
    using leaving = await network.dial();
    await leaving.write("y");
    await leaving.read();
    network.halfOpen({ session: 2n });
  }
  await network.serveAnother();
  const closes = () => network.echoes.slice(0, 2).map(({ closes }) => closes);
  assertEquals([told, echo!.got, closes()], [false, ["x"], [0, 0]]);
  echo!.wire.close();
  await network.serveAnother();
  assertEquals([told, closes()], [false, [1, 0]]);
  await network.close();
  assertEquals([await end, closes()], ["", [1, 1]]);
});

Deno.test("tcp: refused clients, and those over maxConnections, are closed at once and counted", async () => {
  await using network = new Listening({ maxConnections: 3 });
  const clients: TcpClient[] = [];
  for (let i = 0; i < 50; i++) clients.push(await network.dial());
  await until(() => network.counters.tooMany === 47);
  assertEquals(network.echoes.length, 3);
  for (const client of clients.slice(3)) assertEquals(await client.readToEnd(), "");
  network.refuse();
  for (const client of clients.slice(0, 3)) assertEquals(await client.readToEnd(), "");
  using refused = await network.dial();
  assertEquals(await refused.readToEnd(), "");
  network.heal();
  using taken = await network.dial();
  await taken.write("in");
  assertEquals(await taken.read(), "in");
  assertEquals(network.counters, { accepted: 4, refused: 1, tooMany: 47, overflowed: 0 });
  for (const client of clients) client[Symbol.dispose]();
});

Deno.test("tcp: close() leaves nothing under way, whatever was", async () => {
  const network = new Listening();
  using idle = await network.dial();
  using deaf = await network.dial();
  using stalled = await network.dial();
  await until(() => network.echoes.length === 3);
  network.echoes[1]!.say(new Uint8Array(32 << 20));
  network.stall({ session: 3n });
  await stalled.write("x");
  await network.serveAnother();
  await network.close();
  assertEquals(network.echoes.map(({ closes }) => closes), [1, 1, 1, 1]);
  assertEquals([network.connections.size, network.clock.pending], [0, 0]);
  assertEquals(await idle.readToEnd(), "");
  await deaf.readToEnd();
  assertThrows(() => network.listen(), TypeError, "closed");
});

function portOf(address: string): number {
  return Number(address.slice(address.lastIndexOf(":") + 1));
}

/** Waits for a fact; the test's runner ends it when that never comes. */
async function until(fact: () => boolean): Promise<void> {
  while (!fact()) await new Promise<void>((resolve) => void setImmediate(resolve));
}
