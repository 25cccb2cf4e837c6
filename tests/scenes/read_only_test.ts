/** With a server that has lost its quorum: reads go on, and a server that can write is looked for. */
import { assert, assertEquals } from "@std/assert";
import {
  aexists,
  aget,
  aset,
  close,
  closed,
  type HandleOptions,
  interest,
  process,
  server,
  setServers,
  state,
  WRITE,
} from "../../src/st.ts";
import { OpCode } from "../../src/proto/constants.ts";
import { readConnectRequest, readSetWatches } from "../requests.ts";
import { answerAll, connectResponse, pong, reply, type Wire } from "../scripted.ts";
import { accept, drive, make, type Scene, T } from "./scene.ts";

const [a, b, c] = ["10.0.0.1:1", "10.0.0.2:2", "10.0.0.3:3"] as const;
const three = `${a},${b},${c}`;

/** How long each server may take, ms. */
const share = T / 3;

/** A session that reads from a server without quorum, the first of the list. */
async function reading(servers: string = three, options: HandleOptions = {}): Promise<Scene> {
  const scene = make({ readOnly: true, ...options }, servers);
  // No jitter: the pauses are 100, 200, 400 … ms.
  scene.world.random = () => 1;
  scene.world.names = { zoo: ["10.0.0.1"], six: ["::2"] };
  drive(scene);
  await scene.world.clock.settle();
  await accept(scene, { readOnly: true, sessionId: 5n });
  assertEquals(state(scene.zh), "READONLY");
  return scene;
}

/** What was asked on a connection, in four letters. */
function word(wire: Wire): string {
  return new TextDecoder().decode(wire.written.subarray(0, 4));
}

/** The server of the newest connection answers a four-letter word, and hangs up. */
async function says({ world }: Scene, answer: string): Promise<void> {
  const { wire } = world;
  wire.push(new TextEncoder().encode(answer));
  wire.end();
  await world.clock.settle();
  assert(wire.closed, "whoever has answered is left");
}

Deno.test("each other server is asked isro in turn, and the present one last, with longer and longer pauses", async () => {
  const scene = await reading();
  const { world } = scene;
  for (const pause of [100, 200, 400, 800]) {
    const asked = world.dials.length;
    await world.clock.advance(pause - 1);
    assertEquals(world.dials.length, asked, "the pause is not over");
    await world.clock.advance(1);
    assertEquals(word(world.wire), "isro");
    for (const answer of ["ro", "null", ""]) await says(scene, answer);
    assertEquals(world.dials.slice(asked), [b, c, a]);
  }
  assertEquals([scene.codes, state(scene.zh)], [[], "READONLY"]);
});

// C: the pending get is called with 0 and garbage, then free() aborts (zookeeper.c, check_events).
Deno.test("a server that can write is moved to: what is pending completes once, and watches are armed there", async () => {
  const scene = await reading();
  const { zh, world, events } = scene;
  const seen: unknown[] = [];
  const watcher = ({ type, state }: { type: string; state: string }) => void seen.push(type, state);
  aget(zh, "/a", watcher, (rc) => void seen.push(rc));
  await world.clock.settle();
  const old = world.wire;
  old.push(...answerAll(old.take()));
  await world.clock.settle();
  aget(zh, "/sent", null, (rc, data) => void seen.push("sent", rc, data));
  await world.clock.advance(100);
  assertEquals(old.take().length, 1);
  await says(scene, "ro");
  aget(zh, "/unsent", null, (rc, data) => void seen.push("unsent", rc, data));
  await says(scene, "rw");
  assertEquals(seen, [0, "Session", "CONNECTING", "sent", -4, null, "unsent", -4, null]);
  assertEquals([old.closed, world.dials.at(-1), scene.codes], [true, c, [-4]]);
  const [hello] = world.wire.takeFrames();
  // The server that cannot write gave a session of its own, which the others do not know.
  const asked = readConnectRequest(hello!);
  assertEquals([asked.sessionId, asked.readOnly], [0n, true]);
  aset(zh, "/late", null, -1, (rc) => void seen.push("late", rc));
  const wire = await accept(scene, { sessionId: 9n });
  const [watches, late] = wire.take();
  assertEquals([watches!.type, late!.type], [OpCode.setWatches, OpCode.setData]);
  assertEquals(readSetWatches(watches!.body), { relativeZxid: 1n, lists: [["/a"], [], []] });
  wire.push(...answerAll([late!]));
  await world.clock.settle();
  assertEquals(seen.slice(-2), ["late", 0]);
  assertEquals(events.map((event) => event.state), ["READONLY", "CONNECTING", "CONNECTED"]);
  const before = world.dials.length;
  await world.clock.advance(T / 3);
  assertEquals(world.dials.length, before, "nobody searches any more");
});

Deno.test("a server whose whitelist has no isro is asked srvr, and its mode tells", async () => {
  for (
    const [answer, moves] of [
      ["Zookeeper version: 3.8.0\nMode: follower\nNode count: 5\n", true],
      ["Zookeeper version: 3.8.0\nMode: leader\n", true],
      ["Zookeeper version: 3.8.0\nREAD-ONLY mode; serving …\nMode: read-only\n", false],
      ["This ZooKeeper instance is not currently serving requests\n", false],
      ["srvr is not executed because it is not in the whitelist.\n", false],
      ["", false],
    ] as const
  ) {
    const scene = await reading();
    await scene.world.clock.advance(100);
    await says(scene, "isro is not executed because it is not in the whitelist.\n");
    assertEquals([scene.world.dials.slice(1), word(scene.world.wire)], [[b, b], "srvr"]);
    await says(scene, answer);
    assertEquals([state(scene.zh), scene.codes], moves ? ["ASSOCIATING", [-4]] : ["READONLY", []]);
    assertEquals(scene.world.dials.at(-1), moves ? b : c, answer);
  }
});

Deno.test("a server that hangs holds nothing up: reads are served, pings leave, the next one is asked", async () => {
  const scene = await reading();
  const { zh, world } = scene;
  const seen: number[] = [];
  const old = world.wire;
  // The first one does not even accept, the second one accepts and never answers.
  world.answer = ({ address }) => address === "10.0.0.2" ? "hang" : "accept";
  await world.clock.advance(100);
  aget(zh, "/a", null, (rc) => void seen.push(rc));
  await world.clock.settle();
  old.push(...answerAll(old.take()));
  await world.clock.advance(share - 1);
  assertEquals(world.dials, [a, b]);
  await world.clock.advance(1);
  assertEquals([world.dials, seen], [[a, b, c], [0]]);
  assertEquals(old.take().map(({ xid }) => xid), [-2]);
  old.push(pong());
  await world.clock.advance(share);
  assertEquals([world.wires[1]!.closed, world.dials.length], [true, 4]);
  assertEquals(scene.codes, []);
});

Deno.test("writes fail there with NOTREADONLY, as the server says, and the session goes on", async () => {
  const scene = await reading();
  const seen: number[] = [];
  aset(scene.zh, "/a", "x", -1, (rc) => void seen.push(rc));
  await scene.world.clock.settle();
  scene.world.wire.push(reply(scene.world.wire.take()[0]!.xid, undefined, -119));
  await scene.world.clock.settle();
  assertEquals([seen, scene.codes, state(scene.zh)], [[-119], [], "READONLY"]);
});

// ReadOnlyRequestProcessor refuses a write at once, while reads before it are still on their way
// through the server: Java and C take that for a reply out of order, and hang up.
Deno.test("a write that is refused before the reads ahead of it are answered costs nothing", async () => {
  const scene = await reading();
  const { zh, world } = scene;
  const seen: unknown[] = [];
  for (const path of ["/a", "/b"]) aget(zh, path, null, (rc) => void seen.push(path, rc));
  aset(zh, "/w", "x", -1, (rc) => void seen.push("/w", rc));
  aget(zh, "/c", null, (rc) => void seen.push("/c", rc));
  await world.clock.settle();
  const [first, second, write, last] = world.wire.take();
  world.wire.push(...answerAll([first!]), reply(write!.xid, undefined, -119));
  world.wire.push(...answerAll([second!, last!]));
  await world.clock.settle();
  assertEquals(seen, ["/a", 0, "/w", -119, "/b", 0, "/c", 0]);
  assertEquals([scene.codes, state(zh)], [[], "READONLY"]);
  // What was never asked is no reply to anything.
  aget(zh, "/d", null, (rc) => void seen.push("/d", rc));
  await world.clock.settle();
  world.wire.push(reply(99, undefined, -119));
  await world.clock.settle();
  assertEquals(scene.codes, [-2]);
});

Deno.test("names are looked up for each round; when that fails, the addresses found before are asked", async () => {
  const scene = await reading("zoo:1,six:2,[::3]:3");
  const { world } = scene;
  await world.clock.advance(100);
  assertEquals(world.dials, ["10.0.0.1:1", "::2:2"]);
  for (let i = 0; i < 3; i++) await says(scene, "ro");
  world.names = { zoo: "hang", six: ["::4"] };
  await world.clock.advance(200 + share);
  assertEquals(world.dials.slice(1), ["::2:2", "::3:3", "10.0.0.1:1", "::4:2"]);
  await says(scene, "rw");
  assertEquals([world.dials.at(-1), world.lookups.length], ["::4:2", 6]);
  await accept(scene);
  assertEquals(server(scene.zh), { host: "six", address: "::4", port: 2 });
});

Deno.test("a server that was found and cannot be reached any more is passed over", async () => {
  const scene = await reading();
  const { world } = scene;
  await world.clock.advance(100);
  world.answer = ({ address }) => address === "10.0.0.2" ? "refuse" : "accept";
  await says(scene, "rw");
  assertEquals(world.dials.slice(1), [b, b, c]);
  await accept(scene);
  assertEquals(state(scene.zh), "CONNECTED");
});

Deno.test("a server that says rw, and is not, is not run to in ever shorter turns", async () => {
  const scene = await reading();
  const { world } = scene;
  for (const pause of [100, 200, 400, 800]) {
    const before = world.dials.length;
    await world.clock.advance(pause - 1);
    assertEquals(world.dials.length, before);
    await world.clock.advance(1);
    await says(scene, "rw");
    await accept(scene, { readOnly: true, sessionId: 6n });
  }
  // One that can write ends it: the pauses begin anew.
  await world.clock.advance(1600);
  await says(scene, "rw");
  await accept(scene);
  world.wire.end();
  await world.clock.advance(T / 60);
  await accept(scene, { readOnly: true });
  const before = world.dials.length;
  await world.clock.advance(100);
  assertEquals(world.dials.length, before + 1);
});

Deno.test("a connection that is lost, and close(), take the question along", async () => {
  const lost = await reading();
  await lost.world.clock.advance(100);
  const question = lost.world.wire;
  lost.world.wires[0]!.end();
  await lost.world.clock.settle();
  assertEquals([question.closed, lost.world.dials], [true, [a, b, b]]);

  for (const wait of [0, 100]) {
    const scene = await reading("zoo:1,six:2");
    const { zh, world } = scene;
    await world.clock.advance(wait);
    close(zh);
    // The server takes its time to answer: nobody searches meanwhile.
    await world.clock.advance(500);
    assertEquals([world.wires.length, state(zh)], [wait === 0 ? 1 : 2, "READONLY"]);
    world.wires[0]!.push(...answerAll(world.wires[0]!.take()));
    await world.clock.advance(T);
    assert(closed(zh));
    assert(world.wires.every((wire) => wire.closed));
    assertEquals([world.wires.length, world.clock.pending], [wait === 0 ? 1 : 2, 0]);
  }
});

Deno.test("an answer that came while nobody waited is found by the next wait()", async () => {
  const { zh, world } = make({ readOnly: true }, `${a},${b}`);
  process(zh, 0);
  await world.clock.settle();
  process(zh, 0);
  world.wire.push(connectResponse({ readOnly: true }));
  await world.clock.settle();
  process(zh, 0);
  world.clock.jump(100);
  process(zh, 0);
  await world.clock.settle();
  assertEquals([world.dials, word(world.wire)], [[a, b], "isro"]);
  world.wire.push(new TextEncoder().encode("rw"));
  await world.clock.settle();
  let woken = 0;
  interest(zh).wait().then((events) => woken = events);
  await world.clock.settle();
  assertEquals([woken & WRITE, process(zh, woken)], [WRITE, -4]);
  close(zh);
  process(zh, 0);
});

Deno.test("another list of servers is what the next round asks; one that leaves the server, the end of it", async () => {
  const scene = await reading();
  const { zh, world } = scene;
  await world.clock.advance(100);
  setServers(zh, `${a},${c}`);
  for (let i = 0; i < 3; i++) await says(scene, "ro");
  await world.clock.advance(200);
  assertEquals(world.dials.slice(1), [b, c, a, c]);
  const question = world.wire;
  setServers(zh, b);
  await world.clock.settle();
  assertEquals([question.closed, world.dials.at(-1), scene.codes], [true, b, [-4]]);
});

// ClientCnxn.seenRwServerBefore, and zookeeper.c, check_events.
Deno.test("a session that a server has confirmed which can write is asked for, also of one that cannot", async () => {
  const scene = make({ readOnly: true }, three);
  const { world } = scene;
  drive(scene);
  await world.clock.settle();
  await accept(scene, { sessionId: 8n });
  const seen: number[] = [];
  aexists(scene.zh, "/a", null, (rc) => void seen.push(rc));
  await world.clock.settle();
  world.wire.end();
  await world.clock.advance(T / 60);
  const [hello] = world.wire.takeFrames();
  assertEquals([seen, readConnectRequest(hello!).sessionId], [[-4], 8n]);
  await accept(scene, { sessionId: 8n, readOnly: true });
  assertEquals(scene.events.map((event) => event.state), ["CONNECTED", "CONNECTING", "READONLY"]);
});
