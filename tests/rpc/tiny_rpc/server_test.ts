/** The server's side of tiny_rpc's wire: bytes in any pieces, and what is wrong with theirs. */
import { assert, assertEquals } from "@std/assert";
import { isTinyRpc } from "../../../src/rpc/wires/tiny_rpc/header.ts";
import { args, bytes, failure, hex, login, ok, Served } from "./wire.ts";

const noBytes = new Uint8Array(0);

Deno.test("A request of theirs is read byte for byte, and the reply is the bare message and the end", async () => {
  const scene = new Served(login.slice(0, 4));
  await scene.client.write(login.slice(4));
  await scene.clock.settle();
  const [call] = scene.calls;
  assertEquals([call!.service, call!.method, call!.request], ["UserServiceRpc", "Login", args]);
  assertEquals(scene.connection.inFlight, 1);
  call!.end(ok(hex("0a001001")));
  await scene.clock.settle();
  assertEquals(scene.client.received, [...hex("0a001001")]);
  assertEquals(await scene.client.ended(), "end");
  assertEquals(scene.told, ["closed"]);
  await scene.clock.advance(6000);
  assertEquals(scene.clock.pending, 0, "No timer is left");
});

Deno.test("S1, a partial frame throws: a request may be cut anywhere, and into single bytes", async () => {
  for (let cut = 0; cut <= login.length; cut++) {
    const scene = new Served(login.slice(0, cut), {}, cut === 0 ? 1 : Infinity);
    await scene.clock.settle();
    assertEquals(scene.calls.length, cut === login.length ? 1 : 0);
    if (cut < login.length) await scene.client.write(login.slice(cut));
    await scene.clock.settle();
    assertEquals(scene.calls.length, 1, `Cut at ${cut}`);
    assertEquals(scene.calls[0]!.request, args);
    scene.connection.close();
  }
});

Deno.test("S1, a coalesced second request is lost silently: the first is answered whole, and it is said", async () => {
  for (const early of [true, false]) {
    const scene = new Served(early ? bytes(login, login, login) : login);
    await scene.clock.settle();
    if (!early) await scene.client.write(login);
    await scene.clock.settle();
    assertEquals(scene.calls.length, 1);
    scene.calls[0]!.end(ok(hex("1001")));
    await scene.clock.settle();
    assertEquals(scene.client.received, [...hex("1001")]);
    assertEquals(await scene.client.ended(), "end", "It is not reset, with the reply on its way");
    assert(scene.lines[0]!.includes("more than one request"), scene.lines[0]);
    // Bytes that are on their way do not reset it either.
    await scene.client.write(login);
    await scene.clock.settle();
    assertEquals(scene.told, []);
    scene.client.finish();
    await scene.clock.settle();
    assertEquals(scene.told, ["closed"]);
  }
});

Deno.test("A client that never closes what it has sent too much on is not waited for", async () => {
  const scene = new Served(bytes(login, "x"));
  await scene.clock.settle();
  scene.calls[0]!.end(ok(noBytes));
  await scene.clock.advance(900);
  assertEquals(scene.told, []);
  await scene.clock.advance(200);
  assertEquals(scene.told, ["closed"]);
  await scene.clock.advance(6000);
  assertEquals(scene.clock.pending, 0);
});

Deno.test("S2, sizes are believed: a header or arguments over the limit cost the connection alone", async () => {
  const long = "00000100", argsOf1001 = "06000000 0a0141 18e907";
  for (
    const [first, said] of [[long, "A header of 65536 bytes"], [argsOf1001, "Arguments of 1001"]]
  ) {
    const scene = new Served(hex(first!));
    assert(isTinyRpc(hex(first!)));
    await scene.clock.settle();
    assertEquals(scene.client.received, [7], said);
    assert(scene.lines[0]!.includes(said!), scene.lines[0]);
    assertEquals(await scene.client.ended(), "end");
    scene.client.finish();
    await scene.clock.settle();
    assertEquals(scene.told, ["closed"]);
    assertEquals(scene.calls, []);
  }
});

Deno.test("S2, memory is had for bytes that have come, not for those that are announced", async () => {
  const scene = new Served(hex("08000000 0a0141 18ffffff1f"), { maxRequest: 2 ** 29 });
  await scene.clock.settle();
  const before = Deno.memoryUsage().external;
  await scene.client.write(new Uint8Array(10));
  await scene.clock.settle();
  assert(Deno.memoryUsage().external - before < 1 << 20);
  scene.connection.close();
});

Deno.test("A header that makes no sense is refused, one with unknown fields is not", async () => {
  for (const header of ["ff", "0a05 41", "08", "13", "00", "0b", "18ffffffffffffffffffff01"]) {
    const body = hex(header);
    const scene = new Served(bytes(Uint8Array.of(body.length, 0, 0, 0), body));
    await scene.clock.settle();
    assertEquals([scene.calls.length, scene.client.received], [0, [7]], header);
    scene.client.finish();
    await scene.clock.settle();
  }
  const body = hex("0a0141 2001 290102030405060708 3202ffff 3d01020304 0a0142 120143");
  const scene = new Served(bytes(Uint8Array.of(body.length, 0, 0, 0), body));
  await scene.clock.settle();
  assertEquals([scene.calls[0]!.service, scene.calls[0]!.method], ["B", "C"]);
  assertEquals(scene.calls[0]!.request.length, 0);
  scene.connection.close();
});

Deno.test("S3, a call that fails is never answered: it gets a byte that does not parse, or the end", async () => {
  for (const legacyError of ["invalid-bytes", "close"] as const) {
    const scene = new Served(login, { legacyError });
    await scene.clock.settle();
    scene.calls[0]!.end(failure(12, "There is none"));
    await scene.clock.settle();
    assertEquals(scene.client.received, legacyError === "close" ? [] : [0x07]);
    assertEquals(await scene.client.ended(), "end");
    assertEquals(scene.told, ["closed"]);
  }
});

Deno.test("A request that does not come whole within its time is refused", async () => {
  const scene = new Served(login.slice(0, 20));
  await scene.clock.advance(4900);
  assertEquals(scene.client.received, []);
  await scene.clock.advance(200);
  assertEquals(scene.client.received, [7]);
  assert(scene.lines[0]!.includes("within 5000 ms"), scene.lines[0]);
  await scene.clock.advance(1100);
  assertEquals(scene.told, ["closed"]);
});

Deno.test("A client that leaves in the middle of its request has made no call", async () => {
  const scene = new Served(login.slice(0, 20));
  await scene.clock.settle();
  scene.client.finish();
  await scene.clock.settle();
  assertEquals(scene.calls, []);
  assertEquals(scene.told, ["closed: It ended after 20 bytes of a request of 29 or more"]);
  await scene.clock.advance(6000);
  assertEquals(scene.clock.pending, 0);
});

Deno.test("A client that stops reading costs its own connection, after a time", async () => {
  const scene = new Served(login);
  await scene.clock.settle();
  scene.server.stalled = true;
  scene.calls[0]!.end(ok(new Uint8Array(100)));
  await scene.clock.advance(5100);
  assertEquals(scene.told, ["closed: The response was not taken within 5000 ms"]);
});

Deno.test("A client that is gone cancels its call, and the answer to that is dropped", async () => {
  for (const leave of ["close", "reset"] as const) {
    const scene = new Served(login);
    await scene.clock.settle();
    if (leave === "close") scene.client.finish();
    else scene.server.reset();
    await scene.clock.settle();
    assertEquals(scene.told[0], "cancelled");
    assertEquals(scene.told[1]!.startsWith("closed"), true);
    scene.calls[0]!.end(ok(noBytes));
    scene.calls[0]!.end(ok(noBytes));
    await scene.clock.settle();
    await scene.clock.advance(6000);
    assertEquals([scene.told.length, scene.clock.pending], [2, 0]);
  }
});

Deno.test("A connection that is closed ahead of its request does not look like an empty message", async () => {
  const scene = new Served(login.slice(0, 8));
  await scene.clock.settle();
  scene.connection.drain();
  await scene.clock.settle();
  assertEquals(scene.told, [], "Its call is on its way");
  scene.connection.close();
  await scene.clock.settle();
  assertEquals(scene.client.received, [7]);
  assertEquals(scene.told, ["closed"]);
  scene.connection.close();
});
