/** Each request completes exactly once: replies, timeouts, cancellation, and what was never sent. */
import { assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { Op, ZooKeeper, ZooKeeperError } from "../../mod.ts";
import { OpCode } from "../../src/proto/constants.ts";
import {
  aaddAuth,
  acreate,
  aget,
  amulti,
  amultiRead,
  aremoveWatches,
  aset,
  cancel,
  OPEN_ACL_UNSAFE,
  process,
  state,
} from "../../src/st.ts";
import { answerAll, connectResponse, dataReply, reply, Scripted } from "../scripted.ts";
import { accept, connect, start, T } from "./scene.ts";

Deno.test("a request that times out gets REQUESTTIMEOUT once; its late reply is nobody else's", async () => {
  const { zh, world } = await connect();
  const seen: unknown[] = [];
  aget(zh, "/slow", null, (rc) => void seen.push("slow", rc), { timeout: 100 });
  await world.clock.advance(99);
  assertEquals(seen, []);
  await world.clock.advance(1);
  assertEquals(seen, ["slow", -122]);
  aget(zh, "/next", null, (rc, data) => void seen.push(rc, new TextDecoder().decode(data!)));
  await world.clock.settle();
  world.wire.push(...answerAll(world.wire.take()));
  await world.clock.settle();
  assertEquals(seen, ["slow", -122, 0, "/next"]);
  assertEquals(state(zh), "CONNECTED");
});

Deno.test("a request that times out before it could be sent is never sent", async () => {
  const scene = await start({}, undefined, "accept");
  const { zh, world } = scene;
  const seen: unknown[] = [];
  aset(zh, "/lost", "x", -1, (rc) => void seen.push(rc), { timeout: 50 });
  aset(zh, "/kept", "y", -1, (rc) => void seen.push(rc));
  await world.clock.advance(50);
  assertEquals(seen, [-122]);
  const wire = await accept(scene);
  assertEquals(wire.take().map(({ body }) => body.string()), ["/kept"]);
});

Deno.test("what is submitted while disconnected waits for the next connection", async () => {
  const scene = await start({}, undefined, "refuse");
  const { zh, world } = scene;
  const seen: unknown[] = [];
  aget(zh, "/a", null, (rc) => void seen.push(rc));
  await world.clock.advance(2 * T);
  assertEquals(seen, [], "no failed attempt fails it");
  world.answer = () => "accept";
  while (world.wires.length === 0) await world.clock.advance(10);
  const wire = await accept(scene);
  wire.push(...answerAll(wire.take()));
  await world.clock.settle();
  assertEquals(seen, [0]);
});

Deno.test("cancel() takes the oldest request with the completion back; it is never called", async () => {
  const { zh, world } = await connect();
  const seen: number[] = [];
  const completion = (rc: number) => void seen.push(rc);
  aget(zh, "/a", null, completion);
  await world.clock.settle();
  aget(zh, "/b", null, completion);
  assertEquals([cancel(zh, completion), cancel(zh, completion)], [true, true]);
  assertEquals(cancel(zh, completion), false);
  await world.clock.settle();
  const requests = world.wire.take();
  assertEquals(requests.map(({ body }) => body.string()), ["/a"], "/b had not left");
  world.wire.push(dataReply(requests[0]!.xid, ""));
  await world.clock.settle();
  assertEquals([seen, state(zh)], [[], "CONNECTED"]);
});

Deno.test("cancel() of thousands of unsent requests leaves those between, in order", async () => {
  const scene = await start();
  const { zh } = scene;
  const completions = Array.from({ length: 4000 }, () => () => {});
  for (const [i, completion] of completions.entries()) aget(zh, `/${i}`, null, completion);
  for (const [i, completion] of completions.entries()) if (i % 10 !== 3) cancel(zh, completion);
  const wire = await accept(scene);
  const paths = wire.take().map(({ body }) => body.string());
  assertEquals([paths.length, paths[0], paths.at(-1)], [400, "/3", "/3993"]);
});

Deno.test("-8 at once for misuse, and the log says why; -9 at the end", async () => {
  const { zh, world, lines } = await connect();
  const never = () => {
    throw new Error("called");
  };
  assertEquals(aget(zh, "no slash", null, never), -8);
  assertEquals(aget(zh, "/a", "x" as never, never), -8);
  assertEquals(aget(zh, "/a", null, null as never), -8);
  assertEquals(aget(zh, "/a", null, never, { timeout: 0 }), -8);
  assertEquals(aset(zh, "/a", 1 as never, -1, never), -8);
  assertEquals(aset(zh, "/a", null, 1.5, never), -8);
  assertEquals(acreate(zh, "/a", null, [{}] as never, "PERSISTENT", never), -8);
  assertEquals(acreate(zh, "/a", null, OPEN_ACL_UNSAFE, "EPHEMERAL!" as never, never), -8);
  assertEquals(acreate(zh, "/a", null, OPEN_ACL_UNSAFE, "PERSISTENT_WITH_TTL", never), -8);
  assertStringIncludes(lines.at(-1)!, "needs a ttl in ms");
  assertEquals(amultiRead(zh, [Op.create("/a")] as never, never), -8);
  assertEquals(amultiRead(zh, [null] as never, never), -8);
  assertEquals(amulti(zh, [Op.getData("/a")] as never, never), -8);
  assertEquals(amulti(zh, "x" as never, never), -8);
  assertEquals(aget(zh, "/a", null, never, { timeout: "5" as never }), -8);
  await world.clock.settle();
  assertEquals(world.wire.take(), []);
});

Deno.test("a request over maxBuffer is refused at the call and leaves nothing behind", async () => {
  const { zh, world, lines } = await connect({ maxBuffer: 2000 });
  const seen: number[] = [];
  assertEquals(aset(zh, "/a", new Uint8Array(2000), -1, (rc) => void seen.push(rc)), -8);
  assertStringIncludes(lines.at(-1)!, "is over maxBuffer, which is 2000 bytes");
  aset(zh, "/b", new Uint8Array(1900), -1, (rc) => void seen.push(rc));
  await world.clock.settle();
  const requests = world.wire.take();
  assertEquals(requests.map(({ body }) => body.string()), ["/b"]);
  world.wire.push(reply(requests[0]!.xid, undefined, -101));
  await world.clock.settle();
  assertEquals(seen, [-101]);
});

Deno.test("a value that cannot be written midway corrupts no later frame", async () => {
  const { zh, world } = await connect();
  const evil = {
    perms: 31,
    id: {
      scheme: "nonesuch",
      get id() {
        return this.count++ ? null : "a";
      },
      count: 0,
    },
  };
  assertThrows(() => acreate(zh, "/a", null, [evil] as never, "PERSISTENT", () => {}), TypeError);
  aget(zh, "/b", null, () => {});
  await world.clock.settle();
  assertEquals(world.wire.take().map(({ type }) => type), [OpCode.getData]);
});

Deno.test("no completion runs inside the call that submitted it, not even without a server", async () => {
  const { zh, world } = await connect();
  const seen: number[] = [];
  aremoveWatches(zh, "/a", "ANY", () => {}, (rc) => void seen.push(rc));
  assertEquals(seen, []);
  await world.clock.settle();
  assertEquals([seen, world.wire.take()], [[-121], []]);
});

Deno.test("process() from inside a callback is refused with -9", async () => {
  const { zh, world } = await connect();
  const seen: number[] = [];
  aget(zh, "/a", null, () => void seen.push(process(zh, 0)));
  await world.clock.settle();
  world.wire.push(...answerAll(world.wire.take()));
  await world.clock.settle();
  assertEquals(seen, [-9]);
});

Deno.test("half a frame of a lost connection does not reach the next one (ZOOKEEPER-4210)", async () => {
  const scene = await connect();
  const { zh, world } = scene;
  world.wire.writeMax = 10;
  world.wire.stalled = true;
  const seen: number[] = [];
  aset(zh, "/half", new Uint8Array(1000), -1, (rc) => void seen.push(rc));
  await world.clock.settle();
  world.wire.reset();
  await world.clock.settle();
  assertEquals(seen, [-4]);
  await world.clock.advance(T / 60);
  aget(zh, "/whole", null, () => {});
  const wire = await accept(scene);
  assertEquals(wire.take().map(({ body }) => body.string()), ["/whole"]);
});

Deno.test("a frame written in parts arrives whole, and what comes meanwhile stays behind it (zookeeper.c:1755)", async () => {
  const { zh, world } = await connect();
  const { wire, clock } = world;
  wire.writeMax = 7;
  aset(zh, "/a", new Uint8Array(100), -1, () => {});
  aget(zh, "/b", null, () => {});
  await clock.settle();
  assertEquals(wire.take().map(({ body }) => body.string()), ["/a", "/b"]);
});

Deno.test("what is submitted in a turn leaves in one write; one write is in flight", async () => {
  const { zh, world } = await connect();
  const { wire, clock } = world;
  const before = wire.writes;
  for (let i = 0; i < 100; i++) aget(zh, "/a", null, () => {});
  assertEquals(wire.writes - before, 0);
  await clock.settle();
  assertEquals(wire.writes - before, 1);
  wire.stalled = true;
  for (let i = 0; i < 100; i++) {
    aget(zh, "/b", null, () => {});
    await clock.settle();
  }
  assertEquals(wire.writes - before, 2);
  wire.release();
  await clock.settle();
  assertEquals([wire.writes - before, wire.take().length], [3, 200]);
});

Deno.test("a batch of requests leaves at once, and the rest of the turn's in one more write", async () => {
  const { zh, world } = await connect();
  const { wire, clock } = world;
  const before = wire.writes;
  wire.stalled = true;
  const data = new Uint8Array(1);
  const rest: number[] = [];
  for (let i = 0; i < 500; i++) {
    data[0] = i;
    aset(zh, `/a${i}`, data, -1, () => {});
    if (i >= 128) rest.push(i);
    assertEquals(wire.writes - before, i < 128 ? 0 : 1);
  }
  await clock.settle();
  assertEquals([wire.writes - before, wire.take().length], [1, 0]);
  wire.release();
  await clock.settle();
  const requests = wire.take();
  assertEquals([wire.writes - before, requests.length], [2, 500]);
  for (const [i, { body }] of requests.entries()) {
    assertEquals([body.string(), body.buffer()![0]], [`/a${i}`, i % 256]);
  }
});

Deno.test("what has left before the turn's end counts as sent when the connection is lost", async () => {
  const { zh, world } = await connect();
  const { wire, clock } = world;
  wire.stalled = true;
  const codes = new Set<number>();
  const sent: boolean[] = [];
  for (let i = 0; i < 200; i++) {
    aget(zh, "/a", null, (rc) => {
      codes.add(rc);
      sent.push(zh.completing!.sent);
    });
  }
  wire.end();
  await clock.settle();
  assertEquals([[...codes], sent.indexOf(false), sent.lastIndexOf(true)], [[-4], 128, 127]);
});

Deno.test("requests that are answered are followed by others before all callbacks have run", async () => {
  const { zh, world } = await connect();
  const { wire, clock } = world;
  const writes: number[] = [];
  for (let i = 0; i < 400; i++) {
    aget(zh, "/a", null, () => {
      aget(zh, "/b", null, () => {});
      writes.push(wire.writes);
    });
  }
  await clock.settle();
  const before = wire.writes;
  wire.push(...answerAll(wire.take()));
  await clock.settle();
  assertEquals(writes.indexOf(before + 1), 128);
  assertEquals(wire.take().map(({ body }) => body.string()), new Array(400).fill("/b"));
});

Deno.test("an auth completes once the server has confirmed it, and is sent again in order", async () => {
  const scene = await start();
  const { zh, world } = scene;
  const seen: unknown[] = [];
  aaddAuth(zh, "digest", "a:1", (rc) => void seen.push("a", rc));
  aaddAuth(zh, "digest", "b:2", (rc) => void seen.push("b", rc));
  aget(zh, "/x", null, () => {});
  const wire = await accept(scene);
  const users = () =>
    world.wire.take().map(({ type, body }) => {
      if (type !== OpCode.auth) return type;
      body.int();
      body.string();
      return new TextDecoder().decode(body.buffer()!);
    });
  assertEquals(users(), ["a:1", "b:2", OpCode.getData]);
  wire.push(reply(-4, undefined, 0, 0n), reply(-4, undefined, 0, 0n));
  await world.clock.settle();
  assertEquals(seen, ["a", 0, "b", 0]);
  wire.end();
  await world.clock.advance(T / 60);
  await accept(scene);
  assertEquals(users(), ["a:1", "b:2"]);
});

Deno.test("an auth that the server refuses ends the session with AUTHFAILED for all", async () => {
  const { zh, world, codes, events } = await connect();
  const seen: unknown[] = [];
  aaddAuth(zh, "nonsense", "x", (rc) => void seen.push(rc));
  aget(zh, "/x", null, (rc) => void seen.push(rc));
  await world.clock.settle();
  world.wire.push(reply(-4, undefined, -115, 0n));
  await world.clock.settle();
  assertEquals([seen, codes], [[-115, -115], [-115]]);
  assertEquals([state(zh), events.at(-1)!.state], ["AUTH_FAILED", "AUTH_FAILED"]);
  assertEquals(aget(zh, "/x", null, () => {}), -9);
});

Deno.test("a multi's error says which operation failed, and blames none if it was lost", async () => {
  const world = new Scripted();
  const zk = new ZooKeeper("127.0.0.1:2181", { platform: world, sessionTimeout: T });
  zk.run();
  await world.clock.settle();
  world.wire.takeFrames();
  world.wire.push(connectResponse());
  const fail = async (ops: Op[], answer: (xid: number) => Uint8Array | null) => {
    const error = assertRejects(() => zk.multi(ops), ZooKeeperError);
    await world.clock.settle();
    const bytes = answer(world.wire.take()[0]!.xid);
    if (bytes === null) world.wire.end();
    else world.wire.push(bytes);
    await world.clock.settle();
    const { code, index, results } = await error;
    return [code, index, results!.map((result) => result.type === "error" ? result.rc : null)];
  };
  const refused = (codes: number[]) => (xid: number) =>
    reply(xid, (to) => {
      for (const rc of codes) {
        to.int(-1);
        to.bool(false);
        to.int(rc);
        to.int(rc);
      }
      to.int(-1);
      to.bool(true);
      to.int(-1);
    });
  const [a, b] = [Op.check("/a", 1), Op.delete("/b")];
  assertEquals(await fail([a, b, b], refused([0, -101, -2])), ["NONODE", 1, [0, -101, -2]]);
  assertEquals(await fail([a], refused([-103])), ["BADVERSION", 0, [-103]]);
  const whole = (xid: number) => reply(xid, undefined, -5);
  assertEquals(await fail([a, b], whole), ["MARSHALLINGERROR", null, [-5, -5]]);
  assertEquals(await fail([a], () => null), ["CONNECTIONLOSS", null, [-4]]);
  const closing = zk.close();
  await world.clock.settle();
  await closing;
});

Deno.test("an answer to an auth that nobody sent costs the connection, not the session", async () => {
  const { zh, world, codes } = await connect();
  world.wire.push(reply(-4, undefined, -115, 0n));
  await world.clock.settle();
  assertEquals([codes, state(zh)], [[-2], "CONNECTING"]);
});

Deno.test("a logger that throws harms nothing, and onError gets what it threw", async () => {
  const logger = {
    get info(): never {
      return (() => {
        throw new Error("no log");
      }) as never;
    },
    warn(): void {
      throw new Error("no log");
    },
  };
  const scene = await connect({ logger });
  const { zh, world, thrown, events } = scene;
  assertEquals([state(zh), events.length], ["CONNECTED", 1]);
  const seen: number[] = [];
  aget(zh, "/a", null, (rc) => void seen.push(rc));
  await world.clock.settle();
  world.wire.end();
  await world.clock.settle();
  assertEquals([seen, thrown.length >= 2], [[-4], true]);
});

Deno.test("an onError that throws breaks no move of the session in the middle", async () => {
  const again = new Error("again");
  const reported: unknown[] = [];
  const report = (event: ErrorEvent) => {
    event.preventDefault();
    reported.push(event.error);
  };
  globalThis.addEventListener("error", report);
  try {
    const fail = () => {
      throw again;
    };
    const scene = await connect({ metrics: { disconnected: fail }, onError: fail });
    const { zh, world } = scene;
    const seen: number[] = [];
    aget(zh, "/a", null, (rc) => {
      seen.push(rc);
      throw again;
    });
    await world.clock.settle();
    world.wire.end();
    await world.clock.advance(T / 60);
    await accept(scene);
    assertEquals([seen, state(zh), reported], [[-4], "CONNECTED", [again, again]]);
  } finally {
    globalThis.removeEventListener("error", report);
  }
});

Deno.test("ZooKeeper: signals, timeouts and misuse", async () => {
  const world = new Scripted();
  const zk = new ZooKeeper("127.0.0.1:2181", { platform: world });
  const running = zk.run();
  await world.clock.settle();
  world.wire.takeFrames();
  world.wire.push(connectResponse());
  await world.clock.settle();

  const controller = new AbortController();
  const aborted = zk.getData("/a", { signal: controller.signal });
  await world.clock.settle();
  controller.abort(new Error("enough"));
  await assertRejects(() => aborted, Error, "enough");
  await assertRejects(() => zk.getData("/a", { signal: controller.signal }), Error, "enough");

  const slow = assertRejects(() => zk.setData("/b", "x", -1, { timeout: 10 }), ZooKeeperError);
  await world.clock.advance(10);
  const error = await slow;
  assertEquals([error.code, error.rc, error.sent], ["REQUESTTIMEOUT", -122, true]);

  const fine = zk.getData("/c");
  await world.clock.settle();
  world.wire.push(...answerAll(world.wire.take()));
  assertEquals(new TextDecoder().decode((await fine).data!), "/c");

  assertThrows(() => zk.create("no slash"), TypeError, `must start with "/"`);
  assertThrows(() => zk.getData("/a", { timeout: -1 }), RangeError, "over 0 ms");
  assertThrows(() => zk.setData("/a", null, 2 ** 31), RangeError, "-2147483648 to 2147483647");
  assertThrows(() => zk.create("/a", "x", { ttl: 5 }), TypeError, "takes no ttl");
  assertThrows(() => zk.interest().wait(), TypeError, "run()");
  assertThrows(() => zk.process(0), TypeError, "run()");
  assertThrows(() => zk.run(), TypeError, "something else");
  const closing = zk.close();
  await world.clock.settle();
  world.wire.end();
  await closing;
  await running;
});
