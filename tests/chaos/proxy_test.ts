/** Each weather of a proxy does to bytes what its name says, and none of it stays when it is fair again. */
import { assert, assertEquals } from "@std/assert";
import { Proxy } from "./proxy.ts";

/** An echo behind a proxy. */
class World implements AsyncDisposable {
  readonly proxy: Proxy;
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #serving: Promise<void>;

  constructor() {
    this.proxy = new Proxy(this.#listener.addr.port);
    this.#serving = this.#serve();
  }

  async connect(): Promise<Deno.TcpConn> {
    const [hostname, port] = this.proxy.address.split(":");
    return await Deno.connect({ hostname: hostname!, port: Number(port) });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.proxy[Symbol.asyncDispose]();
    this.#listener.close();
    await this.#serving;
  }

  async #serve(): Promise<void> {
    const all: Promise<void>[] = [];
    for await (const conn of this.#listener) {
      all.push(conn.readable.pipeTo(conn.writable).catch(() => {}));
    }
    await Promise.all(all);
  }
}

/** What comes back of some bytes: how many, until they are all there or the connection has ended. */
async function echoed(conn: Deno.TcpConn, length: number): Promise<number> {
  await conn.write(new Uint8Array(length));
  return await read(conn, length);
}

async function read(conn: Deno.TcpConn, length: number): Promise<number> {
  const buffer = new Uint8Array(1000);
  for (let count = 0;;) {
    const more = await conn.read(buffer).catch(() => null);
    if (more === null || (count += more) >= length) return count;
  }
}

Deno.test("A fair proxy carries bytes both ways", async () => {
  await using world = new World();
  using conn = await world.connect();
  assertEquals(await echoed(conn, 100), 100);
});

Deno.test("A stalling proxy keeps bytes until it is fair", async () => {
  await using world = new World();
  using conn = await world.connect();
  assertEquals(await echoed(conn, 1), 1);
  world.proxy.weather = "stalling";
  let isFair = false;
  const answer = echoed(conn, 100).then((count) => ({ count, isFair }));
  setTimeout(() => {
    isFair = true;
    world.proxy.weather = "fair";
  }, 30);
  assertEquals(await answer, { count: 100, isFair: true });
});

Deno.test("A swallowing proxy loses bytes, and its connections with them when it is fair", async () => {
  await using world = new World();
  using conn = await world.connect();
  assertEquals(await echoed(conn, 1), 1);
  world.proxy.weather = "swallowing";
  await conn.write(new Uint8Array(100));
  setTimeout(() => world.proxy.weather = "fair", 30);
  assertEquals(await read(conn, 100), 0);
  using next = await world.connect();
  assertEquals(await echoed(next, 100), 100);
});

Deno.test("A refusing proxy cuts its connections and takes no others", async () => {
  await using world = new World();
  using conn = await world.connect();
  assertEquals(await echoed(conn, 1), 1);
  world.proxy.weather = "refusing";
  assertEquals(await read(conn, 1), 0);
  using refused = await world.connect();
  assertEquals(await read(refused, 1), 0);
  world.proxy.weather = "fair";
  using next = await world.connect();
  assertEquals(await echoed(next, 100), 100);
});

Deno.test("A slow proxy takes its time", async () => {
  await using world = new World();
  using conn = await world.connect();
  world.proxy.weather = "slow";
  const began = performance.now();
  assertEquals(await echoed(conn, 100), 100);
  assert(performance.now() - began >= 40);
});

Deno.test("A connection that is cut in mid-frame ends behind half of what was sent", async () => {
  await using world = new World();
  using conn = await world.connect();
  assertEquals(await echoed(conn, 1), 1);
  world.proxy.cutInMidFrame();
  assertEquals(await echoed(conn, 100), 50);
});
