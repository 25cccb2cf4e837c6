/**
 * The native wire against chance, both sides of it: whatever bytes come, nothing is thrown out of a
 * connection, each call ends exactly once, a connection that is given up has a log line that says why,
 * and the heap does not grow.
 *
 * `deno task fuzz rpc` does so with a million frames.
 */
import { assert, assertEquals, assertGreater, assertLess } from "@std/assert";
import { FrameType, FrameWriter, more } from "../../src/rpc/wires/native/frames.ts";
import { writeGoaway } from "../../src/rpc/wires/native/goaway.ts";
import {
  Tag,
  writeBytes,
  writeMetadata,
  writeNumber,
  writeText,
} from "../../src/rpc/wires/native/meta.ts";
import type { IncomingCall } from "../../src/rpc/wires/wire.ts";
import type { Transport } from "../../src/types.ts";
import { bytes, dial, ok, serve, Side, TestCall } from "../rpc/native/scene.ts";
import { heapUsed } from "../heap_used.ts";
import { VirtualClock } from "../virtual_clock.ts";
import { fuzz, type Random } from "./random.ts";

interface Waiting {
  readonly into: Uint8Array;
  readonly resolve: (count: number | null) => void;
}

/** An end of a connection that takes whatever is written and gives what it is told to. */
class Feed implements Transport {
  closed = false;
  written = 0;
  #waiting: Waiting | null = null;

  read(into: Uint8Array): Promise<number | null> {
    return new Promise((resolve) => this.#waiting = { into, resolve });
  }

  write(bytes: Uint8Array): Promise<number> {
    this.written += bytes.length;
    return Promise.resolve(bytes.length);
  }

  close(): void {
    this.closed = true;
    this.#take()?.resolve(null);
  }

  /** Gives bytes, as much at a time as is asked for; false when nobody asks any more. */
  async give(bytes: Uint8Array): Promise<boolean> {
    for (let at = 0; at < bytes.length;) {
      const waiting = this.#take();
      if (waiting === null) return false;
      const count = Math.min(waiting.into.length, bytes.length - at);
      assertGreater(count, 0, "There must always be room for a byte");
      waiting.into.set(bytes.subarray(at, at + count));
      waiting.resolve(count);
      at += count;
      await ticks();
    }
    return true;
  }

  end(): void {
    this.#take()?.resolve(null);
  }

  #take(): Waiting | null {
    const waiting = this.#waiting;
    this.#waiting = null;
    return waiting;
  }
}

async function ticks(): Promise<void> {
  for (let i = 0; i < 4; i++) await null;
}

type Make = (to: FrameWriter, id: number, random: Random) => void;

function meta(to: FrameWriter, random: Random): void {
  if (random.chance(0.5)) return;
  const value = random.chance(0.1) ? "x".repeat(random.below(200)) : "abc";
  writeMetadata(to, { "trace-id": value, "some-bin": random.bytes(random.below(8)) });
}

function bare(type: number): Make {
  return (to, id) => {
    to.begin(type, 0, id);
    to.end();
  };
}

const settings: Make = (to, _, random) => {
  to.begin(FrameType.settings, 0, 0);
  writeNumber(to, Tag.settingsConcurrent, random.pick([0, 1, 5, 1_000]));
  writeNumber(to, Tag.settingsMessage, random.pick([0, 10, 100_000]));
  to.endMeta();
  to.end();
};

const goaway: Make = (to, id, random) =>
  writeGoaway(to, random.pick([0, id, 99]), random.chance(0.5) ? "" : "Good bye");

const data: Make = (to, id, random) => {
  to.begin(FrameType.data, random.pick([0, more]), id);
  if (random.chance(0.5)) writeNumber(to, Tag.size, random.pick([1, 20, 5_000, 1 << 30]));
  to.endMeta();
  to.raw(random.bytes(random.pick([0, 1, 20, 300])));
  to.end();
};

const request: Make = (to, id, random) => {
  const flags = random.chance(0.2) ? more : 0;
  to.begin(FrameType.request, flags, id);
  writeText(to, Tag.requestService, random.pick(["a.B", "fixbug.UserServiceRpc", "ü", ""]));
  writeText(to, Tag.requestMethod, random.pick(["Login", `m${random.below(1_000)}`]));
  writeNumber(to, Tag.requestTimeout, random.pick([0, 1, 5_000, 0xffff_ffff]));
  meta(to, random);
  if (flags === more) writeNumber(to, Tag.size, random.pick([1, 20, 70_000, 5 << 20]));
  to.endMeta();
  to.raw(random.bytes(random.below(30)));
  to.end();
};

const headers: Make = (to, id, random) => {
  to.begin(FrameType.headers, 0, id);
  meta(to, random);
  to.endMeta();
  to.end();
};

const end: Make = (to, id, random) => {
  to.begin(FrameType.end, 0, id);
  if (random.chance(0.3)) {
    writeNumber(to, Tag.endStatus, random.below(20));
    writeText(to, Tag.endMessage, "It did not work");
    writeBytes(to, Tag.endDetails, random.bytes(3));
    writeNumber(to, Tag.endRefused, random.below(2));
    writeNumber(to, Tag.endPushback, random.below(9));
    meta(to, random);
  }
  to.endMeta();
  to.raw(random.bytes(random.below(30)));
  to.end();
};

const either = [settings, bare(FrameType.ping), bare(FrameType.pong), bare(77)];
const toServer = [request, request, request, data, bare(FrameType.cancel), ...either];
const toClient = [headers, data, end, end, end, end, ...either];

/** Some frames, each wrong with a probability of `odds`. */
function frames(makes: Make[], ids: () => number, odds: number, random: Random): Uint8Array {
  const to = new FrameWriter();
  const parts: Uint8Array[] = [];
  for (let i = 0; i < framesPerPart; i++) {
    to.clear();
    (random.chance(odds / 10) ? goaway : random.pick(makes))(to, ids(), random);
    const frame = to.frames.slice();
    parts.push(random.chance(odds) ? garbled(frame, random) : frame);
  }
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

const framesPerPart = 5;

function garbled(frame: Uint8Array, random: Random): Uint8Array {
  switch (random.below(5)) {
    case 0:
      return frame.subarray(0, random.below(frame.length));
    case 1:
      return random.bytes(random.below(40));
    case 2:
      // A wrong length of any kind.
      frame[random.pick([10, 11, 14, 15])] = random.bits();
      return frame;
    default:
      for (let i = random.below(3); i >= 0; i--) frame[random.below(frame.length)] = random.bits();
      return frame;
  }
}

const counts = { frames: 0, calls: 0, answered: 0, broken: 0 };

async function againstServer(random: Random, clock: VirtualClock, odds: number): Promise<void> {
  const [feed, side] = [new Feed(), new Side()];
  const open = new Map<IncomingCall, { cancels: number; ended: boolean }>();
  const server = serve(clock, feed, side, { maxConcurrent: 20, receiveMax: 100_000 }, (call) => {
    const life = { cancels: 0, ended: false };
    open.set(call, life);
    call.onCancel = () => life.cancels++;
    counts.calls++;
    assertGreater(Object.keys(call.metadata).length, -1);
    if (random.chance(0.5)) answer(call);
  });
  const answer = (call: IncomingCall) => {
    const life = open.get(call)!;
    if (life.cancels > 0) return;
    life.ended = true;
    counts.answered++;
    if (random.chance(0.1)) call.headers({ a: "b" });
    call.end(ok(random.chance(0.02) ? new Uint8Array(50_000) : bytes(1, 2)));
  };
  let id = -1;
  const ids = () => random.chance(0.8) ? id += 2 : random.below(id + 10);
  for (let part = 0; part < 8; part++) {
    const alive = await feed.give(frames(toServer, ids, odds, random));
    counts.frames += framesPerPart;
    for (const call of open.keys()) if (random.chance(0.2)) answer(call);
    if (random.chance(0.05)) await clock.advance(random.below(40_000));
    if (!alive) break;
  }
  if (random.chance(0.1)) server.drain();
  if (random.chance(0.3)) server.close();
  else feed.end();
  await ticks();
  finished(feed, side, clock);
  for (const { cancels, ended } of open.values()) assertEquals(cancels, ended ? 0 : 1);
  assertEquals(server.inFlight, 0);
}

async function againstClient(random: Random, clock: VirtualClock, odds: number): Promise<void> {
  const [feed, side] = [new Feed(), new Side()];
  const client = dial(clock, feed, side, { receiveMax: 100_000 });
  const calls: TestCall[] = [];
  const cancelled = new Set<TestCall>();
  for (let part = 0; part < 8; part++) {
    for (let i = 0; i < 6; i++) {
      const request = random.chance(0.02) ? new Uint8Array(70_000) : bytes(1);
      const call = new TestCall({ request });
      calls.push(call);
      client.start(call);
      if (!random.chance(0.1)) continue;
      cancelled.add(call);
      client.cancel(call);
    }
    counts.calls += 6;
    const ids = () => random.chance(0.9) ? 1 + 2 * random.below(calls.length) : random.below(200);
    const alive = await feed.give(frames(toClient, ids, odds, random));
    counts.frames += framesPerPart;
    if (random.chance(0.05)) await clock.advance(random.below(40_000));
    if (!alive) break;
  }
  if (random.chance(0.3)) client.close("It is over");
  else feed.end();
  await ticks();
  finished(feed, side, clock);
  for (const call of calls) assertEquals(call.outcomes.length, cancelled.has(call) ? 0 : 1);
  counts.answered += calls.filter(({ outcomes }) => outcomes[0]?.status === 0).length;
  assertEquals(client.inFlight, 0);
}

function finished(feed: Feed, side: Side, clock: VirtualClock): void {
  assert(feed.closed);
  assertEquals(clock.pending, 0, "No timer is left");
  assertEquals(side.reasons.length, 1);
  const [reason] = side.reasons;
  if (reason === null) return;
  counts.broken++;
  assertGreater(side.lines.length, 0, `A line says ${reason}`);
  assert(!side.lines.some((line) => line.startsWith("A fault")), side.lines.join("\n"));
}

Deno.test("100,000 frames of chance to both sides of the native wire", async () => {
  let [rounds, early] = [0, 0];
  await fuzz(3_000, async (random) => {
    const clock = new VirtualClock();
    const odds = random.pick([0, 0.01, 0.1, 0.5]);
    await againstServer(random, clock, odds);
    await againstClient(random, clock, odds);
    if (++rounds === 200) early = await heapUsed();
  });
  assertGreater(counts.frames, 100_000);
  assertGreater(counts.answered, 10_000);
  assertGreater(counts.broken, 1_000);
  assertLess(await heapUsed() - early, 1_000_000, "The heap does not grow");
});
