/**
 * Requests of every kind, damaged, in streams of a few: whatever a server makes of them, it neither
 * crashes nor forgets those who behave. FUZZ_SEED=… begins elsewhere, FUZZ_FACTOR=… does more.
 */
import { assert, assertEquals, assertGreater, assertLess } from "@std/assert";
import { ZooKeeper } from "@zkst/zookeeper";
import { TestServer } from "@zkst/zookeeper/testing";
import { OPEN_ACL_UNSAFE, writeACL } from "../../src/proto/acl.ts";
import type { Writer } from "../../src/proto/archive.ts";
import { OpCode } from "../../src/proto/constants.ts";
import { fuzz, type Random } from "../fuzz/random.ts";
import { frame, Raw, writeHandshake } from "./raw.ts";

/** Streams at once, and how often. */
const [streams, rounds] = [200, 100];

Deno.test("TestServer: 20,000 streams of damaged requests do no harm to those who behave", async () => {
  let malformed = 0;
  await fuzz(rounds, async (random) => {
    await using server = new TestServer({
      version: random.pick(["3.8", "3.9"] as const),
      reconfig: random.chance(0.5),
      superPassword: "s",
      maxSessionTimeout: 6_000,
    });
    await using zk = await ZooKeeper.connect("a", { platform: server.platform });
    await zk.create("/kept", null, { mode: "EPHEMERAL" });
    await Promise.all(Array.from({ length: streams }, () => play(server, random)));
    await server.advance(9_000);
    assertEquals([server.connections, server.sessions], [1, [zk.session!.id]]);
    assertLess(server.znodeCount, 20 * streams);
    assert(await zk.exists("/kept"));
    malformed += server.malformedCount;
  });
  assertGreater(malformed, rounds * streams / 4, "The damage is seen");
});

/** One client: a handshake, some requests, most of them damaged, and its end. */
async function play(server: TestServer, random: Random): Promise<void> {
  const raw = await Raw.open(server);
  const shaken = frame((to) => writeHandshake(to, { timeout: 4_000 }));
  const sent = [random.chance(0.9) ? shaken : damage(shaken, random)];
  for (let i = random.below(6); i >= 0; i--) {
    const request = frame((to) => writeRequest(to, random));
    sent.push(random.chance(0.3) ? request : damage(request, random));
  }
  try {
    for (const bytes of sent) await raw.write(bytes);
  } catch (error) {
    // Closed already.
    if (!(error instanceof Deno.errors.ConnectionReset)) throw error;
  }
  raw.close();
}

const paths = [
  "/",
  "/a",
  "/a/b",
  "/e",
  "/zookeeper/config",
  "",
  "a",
  "/a/",
  "/\u0001",
  "/é\u{1f600}",
];

function writeRequest(to: Writer, random: Random): void {
  const type = random.pick(Object.values(OpCode));
  to.int(random.below(10) - 5);
  to.int(type);
  writeBody(to, type, random);
}

function writeBody(to: Writer, type: number, random: Random): void {
  const path = random.pick(paths);
  switch (type) {
    case OpCode.create:
    case OpCode.create2:
    case OpCode.createContainer:
    case OpCode.createTTL:
      to.string(path);
      to.buffer(random.bytes(random.below(20)));
      writeACL(to, OPEN_ACL_UNSAFE);
      to.int(random.below(7));
      return to.long(BigInt(random.below(5_000)));
    case OpCode.multi:
    case OpCode.multiRead:
      return writeMulti(to, random);
    case OpCode.setWatches:
    case OpCode.setWatches2:
      to.long(0n);
      for (let i = 0; i < 5; i++) to.vector(paths, (to, path) => to.string(path));
      return;
    case OpCode.setData:
      to.string(path);
      to.buffer(null);
      return to.int(-1);
    case OpCode.setACL:
      to.string(path);
      writeACL(to, [{ perms: random.below(32), id: { scheme: "ip", id: "10.0.0.0/8" } }]);
      return to.int(-1);
    case OpCode.reconfig:
      to.string("server.2=h:1:2:observer;3");
      to.string("2");
      to.buffer(null);
      return to.long(-1n);
    case OpCode.auth:
      to.int(0);
      to.string("digest");
      return to.buffer("super:s");
    default:
      to.string(path);
      to.int(random.below(7) - 1);
      return to.int(0);
  }
}

function writeMulti(to: Writer, random: Random): void {
  for (let i = random.below(4); i > 0; i--) {
    const type = random.pick([1, 2, 4, 5, 8, 13, 14, 15, 19, 21]);
    to.int(type);
    to.bool(false);
    to.int(-1);
    writeBody(to, type === OpCode.multi ? OpCode.delete : type, random);
  }
  to.int(-1);
  to.bool(true);
  to.int(-1);
}

/** A few bytes changed, an int set to something extreme, or bytes missing, doubled or added. */
function damage(bytes: Uint8Array, random: Random): Uint8Array {
  const bad = bytes.slice();
  const at = random.below(bad.length);
  switch (random.below(6)) {
    case 0:
      for (let i = random.below(4); i >= 0; i--) bad[random.below(bad.length)] = random.bits();
      return bad;
    case 1:
      if (at + 4 <= bad.length) new DataView(bad.buffer).setInt32(at, random.pick(extremes));
      return bad;
    case 2:
      return bad.slice(0, at);
    case 3:
      return new Uint8Array([
        ...bad.slice(0, at),
        ...random.bytes(random.below(30)),
        ...bad.slice(at),
      ]);
    case 4:
      // The length is right, the body is not.
      return frame((to) => to.append(bad.subarray(4, Math.max(4, at))));
    default:
      return random.bytes(random.below(60));
  }
}

const extremes = [-1, -2, 0, 1, 0x7f, 0xff, 0xffff, 0xfffff, 0x100000, 0x7fffffff, -0x80000000];
