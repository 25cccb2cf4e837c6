import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { DigestMd5Exchange } from "../../src/auth/digest_md5.ts";
import { OpCode } from "../../src/proto/constants.ts";
import {
  aaddAuth,
  aget,
  close,
  closed,
  init,
  interest,
  process,
  session,
  state,
  WRITE,
} from "../../src/st.ts";
import type { SaslMechanism } from "../../src/types.ts";
import { accept, make, type Scene, start, T } from "./scene.ts";
import { connectResponse, dataReply, reply, type Request, type Wire } from "../scripted.ts";

/** What the mechanism of a test is asked, and how it answers: with promises when the test says so. */
class Mechanism implements SaslMechanism {
  readonly name = "TEST";
  readonly heard: string[] = [];
  readonly signals: AbortSignal[] = [];
  readonly waiting: PromiseWithResolvers<Uint8Array | null>[] = [];

  constructor(readonly answers: Record<string, string | null | Error | "later">) {}

  start: SaslMechanism["start"] = (server, signal) => {
    this.signals.push(signal);
    this.heard.push(`to ${server.host}`);
    return { step: (token) => this.#step(text(token)) };
  };

  #step(token: string): Uint8Array | null | Promise<Uint8Array | null> {
    this.heard.push(token);
    const answer = this.answers[token] ?? null;
    if (answer instanceof Error) throw answer;
    if (answer !== "later") return answer === null ? null : bytes(answer);
    const waiting = Promise.withResolvers<Uint8Array | null>();
    this.waiting.push(waiting);
    return waiting.promise;
  }
}

/** Says hello, is asked how it is, says it is well, and has heard enough. */
const polite = () => new Mechanism({ "": "hello", "how": "well", "good": null });

/** A session whose server has granted it, in the middle of SASL. */
async function granted(sasl: SaslMechanism, options = {}): Promise<Scene & { wire: Wire }> {
  const scene = await start({ sasl, ...options });
  return { ...scene, wire: await accept(scene) };
}

/** The token of the one frame that was sent. */
function token(requests: Request[]): string {
  assertEquals(requests.map(({ type }) => type), [OpCode.sasl]);
  return text(requests[0]!.body.buffer()!);
}

/** The server answers the newest token. */
async function answer({ zh, world }: Scene, said: string | null, rc = 0): Promise<void> {
  world.wire.push(reply(zh.sasl!.xid, (to) => to.buffer(said), rc, 0n));
  await world.clock.settle();
}

Deno.test("SASL comes before authentications, watches and requests, on each connection", async () => {
  const sasl = polite();
  const scene = await granted(sasl);
  const { zh, world, events } = scene;
  let results: unknown[] = [];
  aaddAuth(zh, "digest", "alice:secret", (rc) => void results.push(rc));
  aget(zh, "/a", () => {}, (rc, data) => void results.push(rc, text(data!)));
  await world.clock.settle();
  for (const wire of [scene.wire, null]) {
    if (wire === null) {
      results = [];
      world.wire.end();
      await world.clock.advance(T / 10);
      await accept(scene);
      aget(zh, "/a", null, (rc, data) => void results.push(rc, text(data!)));
      await world.clock.settle();
    }
    assertEquals([state(zh), token(world.wire.take())], ["ASSOCIATING", "hello"]);
    await answer(scene, "how");
    assertEquals([state(zh), token(world.wire.take())], ["ASSOCIATING", "well"]);
    await answer(scene, "good");
    assertEquals(state(zh), "CONNECTED");
    const sent = world.wire.take();
    const rearmed = wire === null ? [OpCode.setWatches] : [];
    assertEquals(sent.map(({ type }) => type), [OpCode.auth, ...rearmed, OpCode.getData]);
    world.wire.push(reply(-4));
    if (wire === null) world.wire.push(reply(-8));
    world.wire.push(dataReply(sent.at(-1)!.xid, "data"));
    await world.clock.settle();
  }
  assertEquals(results, [0, "data"]);
  const once = ["to 127.0.0.1", "", "how", "good"];
  assertEquals(sasl.heard, [...once, ...once]);
  assertEquals(events.map((event) => event.state), ["CONNECTED", "CONNECTING", "CONNECTED"]);
  close(zh);
  await world.clock.settle();
});

Deno.test("A SASL mechanism may answer later, and nothing else leaves meanwhile", async () => {
  const sasl = new Mechanism({ "": "later", "how": "later" });
  const { zh, world, wire } = await granted(sasl);
  const got: number[] = [];
  aget(zh, "/a", null, (rc) => void got.push(rc));
  await world.clock.advance(T / 2);
  assertEquals([wire.take(), state(zh)], [[], "ASSOCIATING"]);
  sasl.waiting[0]!.resolve(bytes("hello"));
  await world.clock.settle();
  assertEquals(token(wire.take()), "hello");
  wire.push(reply(zh.sasl!.xid, (to) => to.buffer("how"), 0, 0n));
  await world.clock.settle();
  assertEquals([wire.take(), state(zh)], [[], "ASSOCIATING"]);
  sasl.waiting[1]!.resolve(null);
  await world.clock.settle();
  const [get] = wire.take();
  assertEquals([get!.type, state(zh)], [OpCode.getData, "CONNECTED"]);
  wire.push(dataReply(get!.xid, "x"));
  await world.clock.settle();
  assertEquals(got, [0]);
  close(zh);
  await world.clock.settle();
});

Deno.test("A SASL mechanism that answers while nobody waits has been heard all the same", async () => {
  const sasl = new Mechanism({ "": "later" });
  const { zh, world } = make({ sasl });
  const step = async () => {
    process(zh, 0);
    await world.clock.settle();
  };
  while (state(zh) !== "ASSOCIATING") await step();
  world.wire.takeFrames();
  world.wire.push(connectResponse());
  while (zh.sasl === null) await step();
  sasl.waiting[0]!.resolve(bytes("hello"));
  await world.clock.settle();
  // No time passes here: it must not have to.
  assertEquals(await interest(zh).wait(), WRITE);
  await step();
  assertEquals(token(world.wire.take()), "hello");
  close(zh);
  while (!closed(zh)) await step();
});

Deno.test("What a server refuses by SASL ends the session, once", async () => {
  for (const rc of [-115, -124, -6]) {
    const scene = await granted(polite());
    const { zh, world, events, codes, lines } = scene;
    const results: number[] = [];
    aaddAuth(zh, "digest", "alice:secret", (rc) => void results.push(rc));
    aget(zh, "/a", null, (rc) => void results.push(rc));
    await world.clock.settle();
    await answer(scene, "how");
    await answer(scene, null, rc);
    await world.clock.advance(10 * T);
    assertEquals([state(zh), closed(zh), world.dials.length], ["AUTH_FAILED", true, 1]);
    assertEquals([results.sort(), codes], [[-115, -115], [-115]]);
    assertEquals(events.map((event) => event.state), ["AUTH_FAILED"]);
    assertEquals(lines.filter((line) => line.startsWith("error")).length, 1);
    assertEquals([world.wire.closed, zh.sasl], [true, null]);
  }
});

Deno.test("Another code in answer to a SASL token costs the connection alone", async () => {
  const scene = await granted(polite());
  await answer(scene, null, -1);
  assertEquals([state(scene.zh), scene.codes], ["CONNECTING", [-4]]);
  close(scene.zh);
  await scene.world.clock.settle();
});

Deno.test("A SASL mechanism that fails ends the session, and says why", async () => {
  const no = new Error("no ticket");
  const starting: SaslMechanism = {
    name: "TEST",
    start() {
      throw no;
    },
  };
  const silly = { name: "TEST", start: () => ({ step: () => "hello" }) } as never;
  const later: SaslMechanism = {
    name: "TEST",
    start: () => ({ step: () => Promise.reject(no) }),
  };
  const cases: [SaslMechanism, string][] = [
    [new Mechanism({ "": no }), "no ticket"],
    [starting, "no ticket"],
    [later, "no ticket"],
    [silly, "the mechanism answered string"],
  ];
  for (const [sasl, reason] of cases) {
    const { zh, world, codes } = await granted(sasl);
    await world.clock.advance(10 * T);
    assertEquals([state(zh), world.dials.length, codes], ["AUTH_FAILED", 1, [-115]]);
    const failed = `SASL TEST with 127.0.0.1:2181 failed: ${reason}`;
    assertStringIncludes(zh.authFailure!.reason, failed);
  }
});

Deno.test("A server that hangs in SASL costs its share of the time, and no request", async () => {
  const sasl = polite();
  const scene = await start({ sasl }, "127.0.0.1:1,127.0.0.1:2");
  const { zh, world, codes, lines } = scene;
  const got: number[] = [];
  aget(zh, "/a", null, (rc) => void got.push(rc));
  await accept(scene);
  await world.clock.advance(T / 2 - 1);
  assertEquals(world.dials.length, 1);
  await world.clock.advance(1);
  assertEquals([world.dials.length, state(zh), codes], [2, "ASSOCIATING", [-7]]);
  assertStringIncludes(lines.join(), "no answer to a SASL token in time");
  assertEquals([sasl.signals.map((signal) => signal.aborted), got], [[true], []]);
  // The same session goes on with the next server.
  await accept(scene);
  await answer(scene, "how");
  await answer(scene, "good");
  assertEquals([state(zh), session(zh)!.id], ["CONNECTED", 7n]);
  const get = world.wire.take().at(-1)!;
  world.wire.push(dataReply(get.xid, "x"));
  await world.clock.settle();
  assertEquals(got, [0]);
  close(zh);
  await world.clock.settle();
});

Deno.test("A SASL mechanism that hangs is called off with its connection", async () => {
  const sasl = new Mechanism({ "": "later" });
  const { zh, world, lines } = await granted(sasl);
  await world.clock.advance(T);
  assertStringIncludes(lines.join(), "the SASL mechanism did not answer in time");
  assertEquals(sasl.signals[0]!.aborted, true);
  const before = world.dials.length;
  // Its late answer is nobody's.
  sasl.waiting[0]!.resolve(bytes("hello"));
  await world.clock.settle();
  assertEquals([world.dials.length, world.wires[0]!.take().length], [before, 0]);
  close(zh);
  await world.clock.settle();
});

Deno.test("A session that only ever hangs in SASL does not expire while servers confirm it", async () => {
  const scene = await start({ sasl: polite() });
  const { zh, world, events } = scene;
  for (let i = 0; i < 5; i++) {
    await accept(scene);
    await world.clock.advance(T);
  }
  assertEquals([events, world.dials.length > 4], [[], true]);
  // When they do not any more, it does: 4/3 T after it was last confirmed.
  world.answer = () => "refuse";
  await world.clock.advance(2 * T);
  assertEquals([state(zh), closed(zh)], ["EXPIRED_SESSION", true]);
});

Deno.test("A reply that nobody asked for in the middle of SASL costs the connection", async () => {
  const later = new Mechanism({ "": "later" });
  const { zh, world, codes } = await granted(later);
  world.wire.push(reply(1, (to) => to.buffer("x")));
  await world.clock.settle();
  const other = await granted(polite());
  other.world.wire.push(reply(other.zh.sasl!.xid + 1, (to) => to.buffer("x")));
  await other.world.clock.settle();
  // The same one twice, while the mechanism thinks about the first.
  const twice = await granted(new Mechanism({ "": "hello", "how": "later" }));
  const { xid } = twice.zh.sasl!;
  for (let i = 0; i < 2; i++) twice.world.wire.push(reply(xid, (to) => to.buffer("how"), 0, 0n));
  await twice.world.clock.settle();
  assertEquals([codes, other.codes, twice.codes], [[-2], [-2], [-2]]);
  for (const scene of [{ zh, world }, other, twice]) {
    close(scene.zh);
    await scene.world.clock.settle();
  }
});

Deno.test("A session may be closed in the middle of SASL", async () => {
  const sasl = new Mechanism({ "": "later" });
  const { zh, world } = await granted(sasl);
  const got: number[] = [];
  aget(zh, "/a", null, (rc) => void got.push(rc));
  close(zh);
  await world.clock.settle();
  assertEquals([state(zh), got, sasl.signals[0]!.aborted], ["CLOSED", [-116], true]);
  sasl.waiting[0]!.reject(new Error("too late"));
  await world.clock.settle();
});

Deno.test("DIGEST-MD5 runs over the wire to its end", async () => {
  // The exchange of RFC 2831, section 4, for a server that is no IMAP server.
  const options = { username: "chris", password: "secret", realm: "", service: "imap" };
  const sasl: SaslMechanism = {
    name: "DIGEST-MD5",
    start: () =>
      new DigestMd5Exchange({ ...options, host: "elwood.innosoft.com" }, "OA6MHXh6VqTrRk"),
  };
  const scene = await granted(sasl);
  assertEquals(token(scene.wire.take()), "");
  await answer(
    scene,
    'realm="elwood.innosoft.com",nonce="OA6MG9tEQGm2hh",qop="auth",algorithm=md5-sess,charset=utf-8',
  );
  assertStringIncludes(token(scene.wire.take()), "response=d388dad90d4bbd760a152321f2143af7");
  await answer(scene, "rspauth=ea40f60335c427b5527b84dbabcdfffd");
  assertEquals(state(scene.zh), "CONNECTED");
  close(scene.zh);
  await scene.world.clock.settle();
});

Deno.test("A server that demands an authentication ends the session of who has none", async () => {
  const scene = await start();
  const { zh, world, events, codes } = scene;
  const wire = await accept(scene);
  const got: number[] = [];
  for (const path of ["/a", "/b"]) aget(zh, path, null, (rc) => void got.push(rc));
  await world.clock.settle();
  const [first] = wire.take();
  wire.push(reply(first!.xid, undefined, -124, 0n));
  wire.end();
  await world.clock.advance(10 * T);
  assertEquals([state(zh), got, codes], ["AUTH_FAILED", [-124, -124], [-124]]);
  assertEquals(events.map((event) => event.state), ["CONNECTED", "AUTH_FAILED"]);
  assertEquals(world.dials.length, 1);
});

Deno.test("A ping is answered with -124, too", async () => {
  const scene = await start();
  const wire = await accept(scene);
  await scene.world.clock.advance(T / 3);
  assertEquals(wire.take().map(({ xid }) => xid), [-2]);
  wire.push(reply(-2, undefined, -124, 0n));
  await scene.world.clock.settle();
  assertEquals([state(scene.zh), scene.codes], ["AUTH_FAILED", [-124]]);
});

Deno.test("Closing what the server would not have is no failure of an authentication", async () => {
  const scene = await start();
  const { zh, world, events } = scene;
  const wire = await accept(scene);
  close(zh);
  await world.clock.settle();
  wire.push(reply(wire.take()[0]!.xid, undefined, -124, 0n));
  await world.clock.settle();
  assertEquals([state(zh), events.map((event) => event.state)], ["CLOSED", ["CONNECTED"]]);
});

Deno.test("The option sasl must be a mechanism", () => {
  for (const sasl of ["DIGEST-MD5", {}, { name: "X" }, { start: () => {} }, 7] as never[]) {
    assertThrows(
      () => init("127.0.0.1:1", { sasl }),
      TypeError,
      'The option "sasl" must be a mech',
    );
  }
  make({ sasl: polite() });
});

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
