/** Applications that come late: what the server has sent in time is not taken for silence. */
import { assertEquals } from "@std/assert";
import { Poll, ZooKeeper } from "../../mod.ts";
import { OpCode } from "../../src/proto/constants.ts";
import { aaddAuth, aget, close, init, process, state } from "../../src/st.ts";
import {
  concat,
  connectResponse,
  dataReply,
  event,
  pong,
  type Request,
  Scripted,
} from "../scripted.ts";
import { accept, connect, make, T } from "./scene.ts";

Deno.test("a long reply that came in time is read to its end however late the app is", async () => {
  const { zh, world, codes } = await connect();
  let seen = 0;
  aget(zh, "/a", null, (_rc, data) => seen = data?.length ?? -1);
  await world.clock.settle();
  const [request] = world.wire.take();
  world.clock.jump(2 * T);
  // Far longer than the buffer of the read that is armed.
  world.wire.push(dataReply(request!.xid, "x".repeat(500_000)));
  await world.clock.settle();
  assertEquals([seen, codes, state(zh)], [500_000, [], "CONNECTED"]);
});

Deno.test("what came while a continuation took its time is not taken for silence", async () => {
  const world = new Scripted();
  const zk = new ZooKeeper("10.0.0.1:1", { platform: world, sessionTimeout: T });
  zk.run();
  await world.clock.settle();
  world.wire.takeFrames();
  world.wire.push(connectResponse());
  await world.clock.settle();
  const busy = zk.getData("/a", { watch: () => {} }).then(() => {
    world.clock.jump(T);
    world.wire.push(pong());
  });
  await world.clock.settle();
  const [request] = world.wire.take();
  world.wire.push(concat(dataReply(request!.xid, ""), event(3, "/a")));
  await world.clock.settle();
  await busy;
  assertEquals([zk.state, world.wires.length], ["CONNECTED", 1]);
  const closing = zk.close();
  await world.clock.settle();
  world.wire.end();
  await world.clock.settle();
  await closing;
});

Deno.test("a request does not time out while its reply may wait in the socket", async () => {
  const world = new Scripted();
  const zk = new ZooKeeper("10.0.0.1:1", { platform: world, sessionTimeout: T });
  zk.run();
  await world.clock.settle();
  world.wire.takeFrames();
  world.wire.push(connectResponse());
  await world.clock.settle();
  const requests: Request[] = [];
  const outcome = Promise.withResolvers<string>();
  zk.getData("/a", { watch: () => {} }).then(() => {
    world.clock.jump(200);
    world.wire.push(dataReply(requests[1]!.xid, "in time"));
  });
  zk.getData("/b", { timeout: 100 }).then(
    ({ data }) => outcome.resolve(new TextDecoder().decode(data!)),
    (error) => outcome.resolve(error.code),
  );
  await world.clock.settle();
  requests.push(...world.wire.take());
  world.wire.push(concat(dataReply(requests[0]!.xid, ""), event(3, "/a")));
  await world.clock.settle();
  assertEquals(await outcome.promise, "in time");
  const closing = zk.close();
  await world.clock.settle();
  world.wire.end();
  await world.clock.settle();
  await closing;
});

Deno.test("close() by an app that comes late still tells the server", async () => {
  const { zh, world } = await connect();
  world.clock.jump(T);
  close(zh);
  await world.clock.settle();
  assertEquals(world.wire.take().map(({ type }) => type), [OpCode.closeSession]);
});

Deno.test("an auth given up before it has left never leaves", async () => {
  const { zh, world } = await connect();
  world.wire.stalled = true;
  aget(zh, "/a", null, () => {});
  await world.clock.settle();
  const seen: number[] = [];
  aaddAuth(zh, "digest", "a:1", (rc) => void seen.push(rc), { timeout: 100 });
  await world.clock.advance(100);
  world.wire.release();
  await world.clock.settle();
  assertEquals([seen, world.wire.take().map(({ type }) => type)], [[-122], [OpCode.getData]]);
});

Deno.test("the same auth asked for twice at once is sent once on the next connection", async () => {
  const scene = await connect();
  const { zh, world } = scene;
  const seen: number[] = [];
  for (let i = 0; i < 2; i++) aaddAuth(zh, "digest", "a:1", (rc) => void seen.push(rc));
  await world.clock.settle();
  assertEquals(world.wire.take().length, 2);
  world.wire.push(...[0, 0].map(() => dataReply(-4, "")));
  await world.clock.settle();
  assertEquals(seen, [0, 0]);
  world.wire.end();
  await world.clock.advance(T / 60);
  assertEquals((await accept(scene)).take().length, 1);
});

Deno.test("a Poll whose last session has gone waits for another one", async () => {
  const world = new Scripted();
  world.answer = () => "hang";
  const [a, b] = [0, 1].map(() => init("10.0.0.1:1", { platform: world, sessionTimeout: T }));
  const poll = new Poll();
  poll.add(a!);
  const first = poll.wait();
  await world.clock.settle();
  for (const [zh, events] of await first) process(zh as typeof a & object, events);
  poll.wait().catch(() => {});
  await world.clock.settle();
  poll.delete(a!);
  await world.clock.settle();
  poll.add(b!);
  await world.clock.settle();
  assertEquals(world.clock.pending <= 1, true);
  poll.delete(b!);
  const empty = new Poll();
  empty.add(a!);
  empty.delete(a!);
  let over = false;
  empty.wait().then(() => over = true, () => over = true);
  await world.clock.settle();
  assertEquals(over, false);
});

Deno.test("a platform that throws at the call costs an attempt, no more", async () => {
  const scene = make();
  const { zh, world } = scene;
  world.connect = () => {
    throw new Error("not today");
  };
  assertEquals([process(zh, 0), process(zh, 0)], [0, -4]);
  assertEquals(scene.lines.some((line) => line.includes("not today")), true);
  await world.clock.settle();
});
