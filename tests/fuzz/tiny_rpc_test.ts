/**
 * tiny_rpc's wire against chance, from the first byte that a server reads to a handler, and a client's
 * side: whatever comes, in whatever pieces, and however the other end leaves, nothing is thrown, each
 * call ends once, and nothing stays behind.
 */
import { assert, assertEquals, assertLess } from "@std/assert";
import { BoundedLog } from "../../src/rpc/server/bounded_log.ts";
import { Connection } from "../../src/rpc/server/connection.ts";
import { serverWires } from "../../src/rpc/server/wires.ts";
import { Deadlines } from "../../src/rpc/time/deadlines.ts";
import { encodeNames, encodeRequest } from "../../src/rpc/wires/tiny_rpc/header.ts";
import { Scene } from "../rpc/server/calls.ts";
import { type End, pipe } from "../rpc/tiny_rpc/pipe.ts";
import { Calling, Made } from "../rpc/tiny_rpc/wire.ts";
import { fuzz, type Random } from "./random.ts";

const words = ["Hi", "bad", "late", "throws", "never", ""];

Deno.test("fuzz: a server takes any bytes, in any pieces, and however their sender leaves", async () => {
  await fuzz(300, async (random) => {
    const scene = new Scene({ say: handler });
    const connections = new Set<Connection>();
    const deadlines = new Deadlines(scene.clock);
    const setting = {
      clock: scene.clock,
      deadlines,
      log: new BoundedLog({}, scene.clock, deadlines),
      maxRequest: 1000,
      maxResponse: 1000,
      maxPerConnection: 1000,
      transferTimeout: 1000,
      random: () => 0,
      legacyError: random.pick(["invalid-bytes", "close"] as const),
      native: {},
      wires: [serverWires.native, serverWires.tiny_rpc],
      handling: scene.handling,
      helloTimeout: 1000,
      gone: (connection: Connection) => void connections.delete(connection),
    };
    const peer = { hostname: "10.0.0.9", port: 1 };
    const clients: End[] = [];
    for (let i = 0; i < 8; i++) {
      const [client, server] = pipe();
      if (random.chance(0.3)) server.piece = 1 + random.below(5);
      connections.add(new Connection(setting, server, peer, null));
      clients.push(client);
    }
    for (const client of clients) {
      await send(client, random);
      if (random.chance(0.2)) await scene.clock.advance(random.below(500));
    }
    if (random.chance(0.2)) { for (const connection of connections) connection.drain(); }
    await scene.clock.advance(70_000);
    assertEquals(connections.size, 0);
    assertEquals([scene.handling.calls.size, scene.limits.running, scene.caller.calls], [0, 0, 0]);
    for (const client of clients) assertLess(client.received.length, 200);
  });
});

function handler(text: string): string | Promise<string> {
  if (text === "throws") throw new Error("Broken");
  if (text === "never") return new Promise(() => {});
  return text === "late" ? Promise.resolve(text) : text;
}

/** A request, or something like one, or two; and an end of some kind, or none. */
async function send(client: End, random: Random): Promise<void> {
  let bytes = request(random);
  if (random.chance(0.3)) bytes = new Uint8Array([...bytes, ...request(random)]);
  for (let times = random.below(3); times > 0 && bytes.length > 0; times--) {
    bytes[random.below(bytes.length)] = random.bits();
  }
  if (random.chance(0.2)) bytes = bytes.slice(0, random.below(bytes.length + 1));
  if (random.chance(0.1)) bytes = random.bytes(random.below(100));
  try {
    for (let at = 0; at < bytes.length;) {
      const count = 1 + random.below(bytes.length);
      await client.write(bytes.subarray(at, at + count));
      at += count;
    }
    if (random.chance(0.2)) await client.closeWrite();
  } catch {
    // The server has closed it already.
  }
  const end = random.next();
  if (end < 0.2) client.close();
  else if (end < 0.4) client.other.reset();
}

function request(random: Random): Uint8Array {
  const args = new TextEncoder().encode(random.pick(words).repeat(1 + random.below(3)));
  const service = random.pick(["Echo", "test.Echo", "Nope"]);
  return encodeRequest(encodeNames(service, random.pick(["Say", "Say", "Shout"])), args);
}

Deno.test("fuzz: a client ends each call once, whatever it gets and however that ends", async () => {
  await fuzz(300, async (random) => {
    const scene = new Calling({ maxResponse: 50 });
    const calls = Array.from({ length: 8 }, () => new Made());
    const cancelled = new Set<Made>();
    for (const call of calls) scene.client.start(call);
    await scene.clock.settle();
    for (const [i, server] of scene.servers.entries()) {
      if (random.chance(0.3)) server.other.piece = 1 + random.below(5);
      await server.write(random.bytes(random.below(80))).catch(() => {});
      const call = calls[i]!;
      if (random.chance(0.2)) {
        scene.client.cancel(call);
        if (call.outcomes.length === 0) cancelled.add(call);
      }
      if (random.chance(0.3)) server.other.reset();
      else if (random.chance(0.8)) server.finish();
      if (random.chance(0.3)) await scene.clock.settle();
    }
    await scene.clock.settle();
    if (random.chance(0.3)) scene.client.drain();
    scene.client.close("Enough");
    await scene.clock.advance(5000);
    for (const call of calls) assertEquals(call.outcomes.length, cancelled.has(call) ? 0 : 1);
    assertEquals([scene.client.inFlight, scene.client.usable, scene.clock.pending], [0, false, 0]);
    assertEquals(scene.told.filter((what) => what === "closed").length, 1);
    assert(scene.servers.every((server) => server.other.closed));
  });
});
