/** Old servers: what they would answer by closing the connection is answered here. */
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { Op, ZooKeeper, ZooKeeperError } from "../../mod.ts";
import { OpCode } from "../../src/proto/constants.ts";
import {
  aaddWatch,
  acreate,
  acreate2,
  acreateTTL,
  aget,
  agetAllChildrenNumber,
  agetChildren2,
  agetConfig,
  agetEphemerals,
  amulti,
  amultiRead,
  areconfig,
  aremoveAllWatches,
  asyncZnode,
  awhoAmI,
  close,
  type Handle,
  OPEN_ACL_UNSAFE as acl,
  state,
} from "../../src/st.ts";
import { answerAll, connectResponse, dataReply, reply, Scripted, type Wire } from "../scripted.ts";
import { accept, connect, drive, make, type Scene, start, T } from "./scene.ts";

type Done = (rc: number) => void;

/** One request of each kind, by the server that it needs. */
const calls: Record<string, ((zh: Handle, done: Done) => number)[]> = {
  "3.3.0": [
    (zh, done) => acreate(zh, "/a", null, acl, "PERSISTENT", done),
    (zh, done) => acreate(zh, "/a-", null, acl, "EPHEMERAL_SEQUENTIAL", done),
    (zh, done) => aget(zh, "/a", null, done),
    (zh, done) => agetChildren2(zh, "/a", null, done),
    (zh, done) => asyncZnode(zh, "/a", done),
    (zh, done) => agetConfig(zh, null, done),
  ],
  "3.4.0": [
    (zh, done) => amulti(zh, [Op.check("/a", 1), Op.create("/a")], done),
  ],
  "3.5.0": [
    (zh, done) => acreate2(zh, "/a", null, acl, "PERSISTENT", done),
    (zh, done) => areconfig(zh, null, "1", null, -1n, done),
    (zh, done) => amulti(zh, [Op.create("/a"), Op.create2("/b")], done),
  ],
  "3.5.1": [
    (zh, done) => acreate(zh, "/a", null, acl, "CONTAINER", done),
    (zh, done) => acreate2(zh, "/a", null, acl, "CONTAINER", done),
    (zh, done) => amulti(zh, [Op.create("/a", null, { mode: "CONTAINER" })], done),
  ],
  "3.5.3": [
    (zh, done) => acreateTTL(zh, "/a", null, acl, "PERSISTENT_WITH_TTL", 9, done),
  ],
  "3.6.0": [
    (zh, done) => amultiRead(zh, [Op.getData("/a")], done),
    (zh, done) => agetEphemerals(zh, "/", done),
    (zh, done) => agetAllChildrenNumber(zh, "/", done),
    (zh, done) => aaddWatch(zh, "/a", "PERSISTENT", () => {}, done),
  ],
  "3.7.0": [
    (zh, done) => awhoAmI(zh, done),
  ],
};
const versions = Object.keys(calls);

// zookeeper-client-rust: test_zookeeper_old_server.
Deno.test("what a server does not know is answered here with UNIMPLEMENTED, later; the rest is sent", async () => {
  for (const [i, serverVersion] of versions.entries()) {
    const { zh, world, codes } = await connect({ serverVersion });
    const seen: number[] = [];
    const submit = (some: string[]) => some.flatMap((version) => calls[version]!);
    const newer = submit(versions.slice(i + 1));
    for (const call of newer) assertEquals(call(zh, (rc) => void seen.push(rc)), 0);
    assertEquals(seen, [], "never inside the call");
    await world.clock.settle();
    assertEquals(seen, newer.map(() => -6));
    assertEquals(world.wire.take(), []);
    const known = submit(versions.slice(0, i + 1));
    for (const call of known) call(zh, () => {});
    await world.clock.settle();
    assertEquals([world.wire.take().length, codes], [known.length, []], serverVersion);
  }
});

Deno.test("create is create on 3.4, and a multi's operations all have the code", async () => {
  const { zh, world } = await connect({ serverVersion: "3.4.14" });
  const seen: unknown[] = [];
  acreate(zh, "/a", "x", acl, "PERSISTENT", (rc, path) => void seen.push(rc, path));
  amulti(zh, [Op.create("/a"), Op.create2("/b")], (rc, results) => void seen.push(rc, results));
  await world.clock.settle();
  const requests = world.wire.take();
  assertEquals(requests.map(({ type }) => type), [OpCode.create]);
  world.wire.push(...answerAll(requests));
  await world.clock.settle();
  const failed = { type: "error", rc: -6 } as const;
  assertEquals(seen, [-6, [failed, failed], 0, "/a"]);
});

Deno.test("removing the last watcher on 3.4 is UNIMPLEMENTED, and the connection stays", async () => {
  const { zh, world } = await connect({ serverVersion: "3.4" });
  const seen: number[] = [];
  aget(zh, "/a", () => {}, () => {});
  await world.clock.settle();
  world.wire.push(...answerAll(world.wire.take()));
  await world.clock.settle();
  aremoveAllWatches(zh, "/a", "ANY", (rc) => void seen.push(rc));
  await world.clock.settle();
  assertEquals([seen, world.wire.take(), state(zh)], [[-6], [], "CONNECTED"]);
});

Deno.test("ZooKeeper rejects with UNIMPLEMENTED, unsent, whatever else waits", async () => {
  const world = new Scripted();
  const options = { serverVersion: "3.4.6", outstanding: { requests: 1 } };
  const zk = new ZooKeeper("10.0.0.1:1", { platform: world, ...options });
  zk.run();
  const reads = Promise.allSettled([zk.getData("/a"), zk.getData("/b")]);
  const asking = assertRejects(() => zk.whoAmI(), ZooKeeperError, "does not support");
  await world.clock.settle();
  const error = await asking;
  assertEquals([error.code, error.sent], ["UNIMPLEMENTED", false]);
  const closing = zk.close();
  await world.clock.settle();
  await closing;
  await reads;
});

Deno.test("an unknown version holds nothing back", async () => {
  const { zh, world } = await connect();
  awhoAmI(zh, () => {});
  await world.clock.settle();
  assertEquals(world.wire.take().map(({ type }) => type), [OpCode.whoAmI]);
});

Deno.test("a version that is none is refused", () => {
  for (const serverVersion of ["", "3", "new", "3.8.x", 3.8 as never]) {
    assertThrows(() => make({ serverVersion }), TypeError, `like "3.4.14" or "3.8", not`);
  }
});

/** What a server says to `srvr`. */
const srvr = (version: string) =>
  new TextEncoder().encode(`Zookeeper version: ${version}-5a02a05, built on 10/13/2020\nMode: x\n`);

/** A session that asks for the version, as far as the question; its second wire is the question's. */
async function asking(servers?: string): Promise<Scene & { question: Wire }> {
  const scene = await start({ serverVersion: "detect" }, servers);
  const { wires } = scene.world;
  assertEquals([wires.length, text(wires[0]!), text(wires[1]!)], [2, "", "srvr"]);
  return { ...scene, question: wires[1]! };
}

const text = (wire: Wire) => new TextDecoder().decode(wire.written);

async function granted({ world }: Scene): Promise<Wire> {
  const wire = world.wires[0]!;
  wire.takeFrames();
  wire.push(connectResponse());
  await world.clock.settle();
  return wire;
}

Deno.test("detect: the version is asked for before the session, on a connection of its own, once", async () => {
  const scene = await asking();
  const { zh, world, question } = scene;
  const seen: unknown[] = [];
  aget(zh, "/a", null, (rc) => void seen.push("get", rc));
  acreate2(zh, "/b", null, acl, "PERSISTENT", (rc) => void seen.push("create2", rc));
  amulti(zh, [Op.check("/a", 1)], (rc) => void seen.push("multi", rc));
  await world.clock.settle();
  assertEquals(text(world.wires[0]!), "", "the handshake waits for the answer");
  question.push(srvr("3.4.14"));
  await world.clock.settle();
  assertEquals([question.closed, seen], [true, ["create2", -6]]);
  const wire = await granted(scene);
  const requests = wire.take();
  assertEquals(requests.map(({ type }) => type), [OpCode.getData, OpCode.multi]);
  wire.push(dataReply(requests[0]!.xid, ""), reply(requests[1]!.xid, undefined, -103));
  await world.clock.settle();
  assertEquals(seen.slice(2), ["get", 0, "multi", -103]);
  wire.end();
  await world.clock.advance(T / 60);
  assertEquals(world.wires.length, 3, "it is known now");
  await accept(scene);
  awhoAmI(zh, (rc) => void seen.push("whoAmI", rc));
  await world.clock.settle();
  assertEquals(seen.slice(6), ["whoAmI", -6]);
});

Deno.test("detect: an answer in pieces is put together; a new server is held back from nothing", async () => {
  const scene = await asking();
  const answer = srvr("3.10.22");
  for (const byte of answer.subarray(0, 27)) {
    scene.question.push(Uint8Array.of(byte));
    await scene.world.clock.settle();
  }
  assertEquals(scene.question.closed, true);
  assertEquals(scene.lines.at(-1), "info The server's version is 3.10.22");
  await granted(scene);
  awhoAmI(scene.zh, () => {});
  await scene.world.clock.settle();
  assertEquals(scene.world.wires[0]!.take().length, 1);
});

Deno.test("detect: whatever the question comes to, the session goes on", async () => {
  const no = "srvr is not executed because it is not in the whitelist.\n";
  const ways: [name: string, again: boolean, way: (question: Wire) => void][] = [
    ["not on the whitelist", false, (wire) => {
      wire.push(new TextEncoder().encode(no));
      wire.end();
    }],
    ["without end", false, (wire) => wire.push(new Uint8Array(1 << 16).fill(65))],
    ["hung up", true, (wire) => wire.end()],
    ["reset", true, (wire) => wire.reset()],
    ["silent", true, () => {}],
  ];
  for (const [name, again, way] of ways) {
    const scene = await asking();
    const { zh, world } = scene;
    way(scene.question);
    // Half of the time for a connection.
    await world.clock.advance(T / 3);
    assertEquals([scene.question.closed, state(zh)], [true, "ASSOCIATING"], name);
    const wire = await granted(scene);
    awhoAmI(zh, () => {});
    await world.clock.settle();
    const sent = wire.take().map(({ type }) => type).filter((type) => type !== OpCode.ping);
    assertEquals([sent, scene.codes], [[OpCode.whoAmI], []], name);
    wire.end();
    await world.clock.advance(T / 60);
    assertEquals(world.wires.length, again ? 4 : 3, name);
  }
});

Deno.test("detect: a question that cannot be put, or that is not waited for, leaves nothing open", async () => {
  const scene = make({ serverVersion: "detect" });
  let dials = 0;
  scene.world.answer = () => dials++ === 0 ? "accept" : "refuse";
  drive(scene);
  await scene.world.clock.settle();
  assertEquals([state(scene.zh), scene.world.wires.length], ["ASSOCIATING", 1]);

  const hanging = await asking();
  close(hanging.zh);
  await hanging.world.clock.settle();
  assertEquals(hanging.world.wires.map(({ closed }) => closed), [true, true]);
  assertEquals([state(hanging.zh), hanging.world.clock.pending], ["CLOSED", 0]);
});

Deno.test("supports(): what the version says, null while it is not known", () => {
  const of = (serverVersion?: string) => {
    const zk = new ZooKeeper(
      "127.0.0.1:2181",
      serverVersion === undefined ? {} : { serverVersion },
    );
    return [zk.supports("multi"), zk.supports("createContainer"), zk.supports("addWatch")];
  };
  assertEquals(of(), [null, null, null]);
  assertEquals(of("detect"), [null, null, null]);
  assertEquals(of("3.4.14"), [true, false, false]);
  assertEquals(of("3.5.9"), [true, true, false]);
  assertEquals(of("3.6.0"), [true, true, true]);
  assertEquals(new ZooKeeper("a", { maxBuffer: 4096 }).maxBuffer, 4096);
});
