/** Overload: promises wait their turn, callbacks are refused, and a stalled server costs a bound. */
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { ZooKeeper, ZooKeeperError, type ZooKeeperOptions } from "../../mod.ts";
import { OpCode } from "../../src/proto/constants.ts";
import { aget, aset, cancel, close, process, state } from "../../src/st.ts";
import { answerAll, concat, connectResponse, type Request, Scripted } from "../scripted.ts";
import { connect, make, start, T } from "./scene.ts";

interface Driven {
  zk: ZooKeeper;
  world: Scripted;
  /** What the server has received since the last call. */
  paths(): string[];
  /** Answers the oldest requests. */
  answer(count?: number): Promise<void>;
  settle(): Promise<void>;
  end(): Promise<void>;
}

/** A session with promises that is driven, and connected unless `connected` says no. */
async function driven(
  outstanding: ZooKeeperOptions["outstanding"],
  connected = true,
): Promise<Driven> {
  const world = new Scripted();
  const options = outstanding === undefined ? {} : { outstanding };
  const zk = new ZooKeeper("127.0.0.1:2181", { platform: world, sessionTimeout: T, ...options });
  const running = zk.run();
  const settle = () => world.clock.settle();
  await settle();
  world.wire.takeFrames();
  if (connected) world.wire.push(connectResponse());
  await settle();
  const waiting: Request[] = [];
  const paths = () => {
    const requests = world.wire.take();
    waiting.push(...requests);
    return requests.map(({ type, body }) => {
      const { at } = body;
      const path = type === OpCode.auth ? "auth" : body.string();
      body.at = at;
      return path;
    });
  };
  const answer = async (count = Infinity) => {
    world.wire.push(...answerAll(waiting.splice(0, count)));
    await settle();
  };
  const end = async () => {
    const closing = zk.close();
    await settle();
    world.wire.end();
    await settle();
    await closing;
    await running;
    assertEquals(world.clock.pending, 0);
  };
  return { zk, world, paths, answer, settle, end };
}

const names = (count: number) => Array.from({ length: count }, (_, i) => `/${i}`);

Deno.test("promises beyond the limit wait, in order, and leave as replies come", async () => {
  const { zk, paths, answer, settle, end } = await driven({ requests: 3 });
  const done: string[] = [];
  for (const name of names(8)) zk.getData(name).then(() => void done.push(name));
  await settle();
  assertEquals(paths(), ["/0", "/1", "/2"]);
  await answer(2);
  assertEquals([done, paths()], [["/0", "/1"], ["/3", "/4"]]);
  await answer();
  assertEquals(paths(), ["/5", "/6", "/7"]);
  await answer();
  assertEquals(done, names(8));
  await end();
});

Deno.test("once one waits nothing overtakes it, though there is room meanwhile", async () => {
  const { zk, world, paths, answer, settle, end } = await driven({ requests: 2 });
  const all: Promise<unknown>[] = names(3).map((name) => zk.getData(name));
  await settle();
  assertEquals(paths(), ["/0", "/1"]);
  world.wire.stalled = true;
  await answer(1);
  // The one that waited is in a write that stalls; a reply makes room for the next.
  all.push(zk.getData("/3"), zk.addAuth("digest", "a:b"), zk.getData("/4"));
  await settle();
  await answer();
  all.push(zk.getData("/5"));
  world.wire.release();
  await settle();
  const seen: string[] = [];
  while (seen.length < 5) {
    const next = paths();
    assert(next.length > 0, `after ${seen}`);
    seen.push(...next);
    await answer();
  }
  assertEquals(seen, ["/2", "/3", "auth", "/4", "/5"]);
  await Promise.all(all);
  await end();
});

Deno.test("timeout and signal hold while waiting, and free the place", async () => {
  const { zk, world, paths, answer, settle, end } = await driven({ requests: 1 });
  const first = zk.getData("/first");
  const late = assertRejects(() => zk.getData("/late", { timeout: 50 }), ZooKeeperError);
  const leave = new AbortController();
  const left = assertRejects(() => zk.getData("/left", { signal: leave.signal }), Error, "left");
  const last = zk.getData("/last");
  await settle();
  assertEquals(paths(), ["/first"]);
  leave.abort(new Error("left"));
  await left;
  await world.clock.advance(50);
  const error = await late;
  assertEquals([error.code, error.sent], ["REQUESTTIMEOUT", false]);
  await answer();
  await first;
  assertEquals(paths(), ["/last"]);
  await answer();
  await last;
  await end();
});

Deno.test("thousands that give up while they wait keep no frame and no place", async () => {
  const { zk, world, paths, answer, settle, end } = await driven({ requests: 1 });
  zk.getData("/first").catch(() => {});
  const controllers = names(5000).map((name) => {
    const controller = new AbortController();
    const { signal } = controller;
    zk.setData(name, new Uint8Array(1000), -1, { signal }).catch(() => {});
    return controller;
  });
  const last = zk.getData("/last");
  await settle();
  for (const controller of controllers) controller.abort();
  assertEquals(paths(), ["/first"]);
  await answer();
  assertEquals(paths(), ["/last"]);
  await answer();
  await last;
  assertEquals(world.wire.written.length < 1000, true);
  await end();
});

Deno.test("places of those that gave up are swept, however many come and go", async () => {
  const { zh } = await connect({ outstanding: { requests: 1 } });
  zh.parks = true;
  const completions = Array.from({ length: 2000 }, () => () => {});
  for (const completion of completions) {
    aget(zh, "/a", null, completion);
    if (zh.parked.length > 1) cancel(zh, completion);
    assert(zh.parked.length < 100, `${zh.parked.length} are parked`);
  }
});

Deno.test("a timeout holds also when the one who waited has had its turn", async () => {
  const { zk, world, paths, answer, settle, end } = await driven({ requests: 1 });
  const first = zk.getData("/first");
  const late = assertRejects(() => zk.getData("/late", { timeout: 50 }), ZooKeeperError);
  await settle();
  paths();
  await world.clock.advance(10);
  await answer();
  await first;
  assertEquals(paths(), ["/late"]);
  await world.clock.advance(40);
  const error = await late;
  assertEquals([error.code, error.sent], ["REQUESTTIMEOUT", true]);
  await end();
});

Deno.test("bytes not yet written are limited, too, those of a stalled write among them", async () => {
  const { zk, world, paths, answer, settle, end } = await driven({ bytes: 2500 });
  world.wire.stalled = true;
  const all = names(10).map((name) => zk.setData(name, new Uint8Array(1000)));
  await settle();
  world.wire.release();
  await settle();
  world.wire.stalled = false;
  const seen: string[] = [];
  for (let round = 0; round < 10; round++) {
    seen.push(...paths());
    await settle();
  }
  assertEquals(seen, names(10), "all leave in order as writes complete");
  await answer();
  await Promise.all(all);
  await end();
});

Deno.test("a single request over the limit of bytes passes when nothing is before it", async () => {
  const { zk, paths, answer, settle, end } = await driven({ bytes: 100, requests: 1 });
  const all = [zk.setData("/a", new Uint8Array(5000)), zk.setData("/b", new Uint8Array(5000))];
  await settle();
  assertEquals(paths(), ["/a"]);
  await answer();
  assertEquals(paths(), ["/b"]);
  await answer();
  await Promise.all(all);
  await end();
});

Deno.test("close(), expiry and a lost connection free those who wait, in order, unsent", async () => {
  for (const way of ["close", "expire", "lose"] as const) {
    const { zk, world, settle, end } = await driven({ requests: 2 });
    const failed: unknown[] = [];
    for (const name of names(4)) {
      zk.getData(name).catch(({ code, sent }) => void failed.push(name, code, sent));
    }
    await settle();
    if (way === "close") {
      const closing = zk.close();
      await settle();
      assertEquals(world.wire.take().at(-1)!.type, OpCode.closeSession, "though all is full");
      world.wire.end();
      await settle();
      await closing;
    } else {
      world.wire.end();
      await world.clock.advance(T / 60);
    }
    const code = way === "close" ? "CLOSING" : "CONNECTIONLOSS";
    const expected = names(4).flatMap((name, i) => [name, code, i < 2]);
    assertEquals(failed, expected);
    if (way !== "expire") continue;
    failed.length = 0;
    for (const name of names(4)) {
      zk.getData(name).catch(({ code, sent }) => void failed.push(name, code, sent));
    }
    world.wire.push(connectResponse({ timeout: 0, sessionId: 0n }));
    await settle();
    assertEquals(failed, names(4).flatMap((name) => [name, "SESSIONEXPIRED", false]));
    await end().catch(() => {});
  }
});

Deno.test("what waits while disconnected leaves on the next connection, in order", async () => {
  const { zk, world, paths, answer, settle, end } = await driven({ requests: 2 }, false);
  const all = names(5).map((name) => zk.getData(name));
  await settle();
  assertEquals(paths(), []);
  world.wire.push(connectResponse());
  await settle();
  const seen: string[] = [];
  for (let round = 0; round < 3; round++) {
    seen.push(...paths());
    await answer();
  }
  assertEquals(seen, names(5));
  await Promise.all(all);
  await end();
});

Deno.test("misuse is thrown at the call also while others wait; data is copied there", async () => {
  const { zk, world, answer, paths, settle, end } = await driven({ requests: 1 });
  const first = zk.getData("/first");
  const data = new TextEncoder().encode("then");
  const waiting = zk.setData("/waits", data);
  data.fill(0);
  assertThrows(() => zk.getData("no slash"), TypeError);
  assertThrows(() => zk.setData("/a", new Uint8Array(2 << 20)), RangeError, "maxBuffer");
  await settle();
  paths();
  await answer();
  await first;
  const [request] = world.wire.take();
  assertEquals(request!.body.string(), "/waits");
  assertEquals(new TextDecoder().decode(request!.body.buffer()!), "then");
  world.wire.push(...answerAll([{ ...request!, type: OpCode.exists }]));
  await settle();
  await waiting;
  await end();
});

Deno.test("callbacks beyond the limit get -9, and the log a line with the reason", async () => {
  const { zh, world, lines } = await connect({ outstanding: { requests: 2 } });
  const seen: number[] = [];
  const done = (rc: number) => void seen.push(rc);
  const codes = names(5).map((name) => aget(zh, name, null, done));
  assertEquals(codes, [0, 0, -9, -9, -9]);
  const reason = "warn Too much is outstanding: 2 requests and 268435456 bytes are allowed";
  assertEquals(lines.filter((line) => line === reason).length, 1, "one line, however many");
  assertEquals(zh.refusal!.message, reason.slice(5));
  await world.clock.settle();
  const requests = world.wire.take();
  assertEquals(requests.length, 2);
  world.wire.push(...answerAll(requests));
  await world.clock.settle();
  assertEquals(seen, [0, 0]);
  assertEquals([aget(zh, "/a", null, done), aset(zh, "/b", "", -1, done)], [0, 0]);
  assertEquals(aget(zh, "no slash", null, done), -8, "what is wrong stays wrong");
  close(zh);
  await world.clock.settle();
  assertEquals(world.wire.take().map(({ type }) => type).at(-1), OpCode.closeSession);
});

Deno.test("a request given up after it was sent keeps its place until the reply", async () => {
  const { zh, world } = await connect({ outstanding: { requests: 1 } });
  aget(zh, "/slow", null, () => {}, { timeout: 10 });
  await world.clock.advance(10);
  assertEquals(aget(zh, "/next", null, () => {}), -9);
  world.wire.push(...answerAll(world.wire.take()));
  await world.clock.settle();
  assertEquals(aget(zh, "/next", null, () => {}), 0);
  // One that had not left is gone at once.
  const scene = await start({ outstanding: { requests: 1 } });
  aget(scene.zh, "/unsent", null, () => {}, { timeout: 10 });
  await scene.world.clock.advance(10);
  assertEquals(aget(scene.zh, "/next", null, () => {}), 0);
});

Deno.test("a stalled server makes nothing grow beyond the limits", async () => {
  const { zh, world } = await connect({ outstanding: { bytes: 100_000 } });
  world.wire.stalled = true;
  let taken = 0;
  for (let i = 0; i < 10_000; i++) {
    if (aset(zh, "/a", new Uint8Array(1000), -1, () => {}) === 0) taken++;
    // Sixty of them are in a write that stalls.
    if (i % 60 === 59) process(zh, 0);
  }
  assert(taken >= 97 && taken < 110, `${taken} requests of 1 kB`);
  assertEquals(state(zh), "CONNECTED");
});

Deno.test("the defaults let 100,000 requests be outstanding", async () => {
  const { zh, world } = await connect();
  let seen = 0;
  for (let i = 0; i < 100_000; i++) if (aget(zh, "/a", null, () => void seen++) !== 0) break;
  await world.clock.settle();
  world.wire.push(concat(...answerAll(world.wire.take())));
  await world.clock.settle();
  assertEquals(seen, 100_000);
});

Deno.test("limits are whole numbers from 1, or Infinity; nothing else is an option", () => {
  for (const requests of [0, -1, 1.5, NaN, "5" as never]) {
    assertThrows(() => make({ outstanding: { requests } }), RangeError, "outstanding.requests");
  }
  assertThrows(() => make({ outstanding: { bytes: 0 } }), RangeError, "outstanding.bytes");
  assertThrows(() => make({ outstanding: { request: 5 } as never }), TypeError, "not request");
  assertThrows(() => make({ outstanding: 5 as never }), TypeError, "{ requests, bytes }");
  make({ outstanding: { requests: Infinity, bytes: Infinity } });
});
