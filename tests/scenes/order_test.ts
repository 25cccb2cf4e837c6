/**
 * What a server sends as reply, event, reply is seen in that order, also by those who await: through
 * any number of async functions, and in `for await`. And the bounds of the loop.
 */
import { assertEquals } from "@std/assert";
import { type WatchedEvent, ZooKeeper } from "../../mod.ts";
import { concat, connectResponse, dataReply, event, Scripted } from "../scripted.ts";

interface Promises {
  zk: ZooKeeper;
  world: Scripted;
  seen: string[];
}

/** A connected session of the promise API, driven by a loop. */
async function connected(options: { sessionTimeout?: number } = {}): Promise<Promises> {
  const world = new Scripted();
  const zk = new ZooKeeper("127.0.0.1:2181", { platform: world, sessionTimeout: 9000, ...options });
  const loop = async () => {
    while (!zk.closed) zk.process(await zk.interest().wait());
  };
  loop();
  await world.clock.settle();
  world.wire.takeFrames();
  world.wire.push(connectResponse());
  await world.clock.settle();
  return { zk, world, seen: [] };
}

/** Two reads with a watch between: the server's reply, event, reply arrive in one read. */
async function replyEventReply({ world }: Promises): Promise<void> {
  await world.clock.settle();
  const [first, second] = world.wire.take();
  world.wire.push(concat(
    dataReply(first!.xid, "1"),
    event(3, "/a"),
    dataReply(second!.xid, "2"),
  ));
  await world.clock.settle();
}

const watch = (seen: string[]) => (event: WatchedEvent) => {
  if (event.type !== "Session") seen.push(event.type);
};

Deno.test("await sees reply, event, reply in order", async () => {
  const scene = await connected();
  const { zk, seen } = scene;
  const one = async () => {
    await zk.getData("/a", { watch: watch(seen) });
    seen.push("first");
  };
  const two = async () => {
    await zk.getData("/a");
    seen.push("second");
  };
  one();
  two();
  await replyEventReply(scene);
  assertEquals(seen, ["first", "NodeDataChanged", "second"]);
});

Deno.test("await through two async functions sees reply, event, reply in order", async () => {
  const scene = await connected();
  const { zk, seen } = scene;
  const inner = async (options?: { watch: (event: WatchedEvent) => void }) =>
    await zk.getData("/a", options);
  const outer = async (options?: { watch: (event: WatchedEvent) => void }) => {
    const { data } = await inner(options);
    return await Promise.resolve(data);
  };
  outer({ watch: watch(seen) }).then(() => seen.push("first"));
  outer().then(() => seen.push("second"));
  await replyEventReply(scene);
  assertEquals(seen, ["first", "NodeDataChanged", "second"]);
});

Deno.test("await sees reply, event, reply in order also when each comes in a read of its own", async () => {
  const scene = await connected();
  const { zk, world, seen } = scene;
  // Deno ends a read at once, within the same turn, when there is something in the socket already.
  const deep = async (left: number, watcher?: (event: WatchedEvent) => void): Promise<void> => {
    if (left > 0) return await deep(left - 1, watcher);
    await zk.getData("/a", watcher && { watch: watcher });
  };
  deep(30, watch(seen)).then(() => seen.push("first"));
  deep(30).then(() => seen.push("second"));
  await world.clock.settle();
  const [first, second] = world.wire.take();
  world.wire.push(dataReply(first!.xid, "1"));
  world.wire.push(event(3, "/a"));
  world.wire.push(dataReply(second!.xid, "2"));
  await world.clock.settle();
  assertEquals(seen, ["first", "NodeDataChanged", "second"]);
});

Deno.test("for await sees reply, event, reply in order", async () => {
  const scene = await connected();
  const { zk, seen } = scene;
  async function* reads() {
    const pending = [zk.getData("/a", { watch: watch(seen) }), zk.getData("/a")];
    for (const read of pending) yield await read;
  }
  const consume = async () => {
    for await (const { data } of reads()) seen.push(new TextDecoder().decode(data!));
  };
  consume();
  await replyEventReply(scene);
  assertEquals(seen, ["1", "NodeDataChanged", "2"]);
});

Deno.test("a request made by a continuation leaves before the event after it is told", async () => {
  const scene = await connected();
  const { zk, world, seen } = scene;
  zk.getData("/a", { watch: watch(seen) }).then(() => zk.exists("/b"));
  zk.getData("/a");
  await world.clock.settle();
  const [first, second] = world.wire.take();
  world.wire.push(concat(dataReply(first!.xid, ""), event(3, "/a"), dataReply(second!.xid, "")));
  await world.clock.settle();
  assertEquals(world.wire.take().map(({ body }) => body.string()), ["/b"]);
  assertEquals(seen, ["NodeDataChanged"]);
});

Deno.test("no read is armed while something is left to be told", async () => {
  const { zk, world } = await connected();
  const told: boolean[] = [];
  zk.getData("/a", { watch: () => told.push(world.wire.reading) });
  zk.getData("/a").then(() => told.push(world.wire.reading));
  await world.clock.settle();
  const [first, second] = world.wire.take();
  world.wire.push(concat(dataReply(first!.xid, ""), event(3, "/a"), dataReply(second!.xid, "")));
  await world.clock.settle();
  assertEquals(told[0], false);
  assertEquals(world.wire.reading, true);
});

Deno.test("a late app with the answer already in the socket is in time", async () => {
  const { zk, world } = await connected();
  const { clock, wire } = world;
  const reply = zk.getData("/a");
  await clock.settle();
  const [request] = wire.take();
  // The app is busy for an hour; the answer came meanwhile, and Deno has yet to deliver it.
  clock.jump(3_600_000);
  wire.push(dataReply(request!.xid, "in time"));
  await clock.settle();
  assertEquals(new TextDecoder().decode((await reply).data!), "in time");
  assertEquals([zk.state, world.wires.length], ["CONNECTED", 1]);
});

Deno.test("a write that stalls while reads go on costs at most 10 calls of process() per T", async () => {
  const { zk, world } = await connected();
  const { clock, wire } = world;
  wire.stalled = true;
  let calls = 0;
  const process = zk.process.bind(zk);
  zk.process = (events) => {
    calls++;
    return process(events);
  };
  zk.getData("/a").catch(() => {});
  await clock.settle();
  calls = 0;
  for (let i = 0; i < 4; i++) {
    wire.push(event(3, "/x"));
    await clock.advance(9000 / 4);
  }
  assertEquals(zk.state, "CONNECTED");
  assertEquals(calls <= 10, true, `${calls} calls`);
});
