/** The client's side of tiny_rpc's wire: replies of any length, in any pieces, and those that never come. */
import { assert, assertEquals } from "@std/assert";
import { encodeNames, encodeRequest } from "../../../src/rpc/wires/tiny_rpc/header.ts";
import { args, Calling, hex, login, Made } from "./wire.ts";

Deno.test("A request is theirs byte for byte, with the service's short name", async () => {
  const scene = new Calling();
  const call = new Made();
  scene.client.start(call);
  assertEquals(scene.client.inFlight, 1);
  await scene.clock.settle();
  assertEquals(scene.servers[0]!.received, [...login]);
  await scene.servers[0]!.write(hex("1001"));
  await scene.clock.settle();
  assertEquals(call.outcomes, [], "The end is the end of it, and has not come");
  scene.servers[0]!.finish();
  await scene.clock.settle();
  const [outcome] = call.outcomes;
  assertEquals([outcome!.status, outcome!.response, outcome!.sent], [0, hex("1001"), true]);
  assertEquals(scene.client.inFlight, 0);
  await scene.clock.advance(4000);
  assertEquals(scene.clock.pending, 0, "No timer is left");
});

Deno.test("What is empty, or 0, is not in the request", () => {
  assertEquals(encodeRequest(encodeNames("", ""), new Uint8Array(0)), hex("00000000"));
  assertEquals(
    encodeRequest(encodeNames("A", "b"), new Uint8Array(0)),
    hex("06000000 0a0141 120162"),
  );
  const long = encodeRequest(encodeNames("A".repeat(200), "b"), new Uint8Array(300));
  assertEquals(long.slice(0, 8), hex("d1000000 0ac801 41"));
  assertEquals(long.slice(207, 213), hex("120162 18ac02"));
  assertEquals(long.length, 4 + 203 + 3 + 3 + 300);
});

Deno.test("C3, one recv of 1,024 bytes: a reply may have any length and come in any pieces", async () => {
  const reply = crypto.getRandomValues(new Uint8Array(5_000));
  for (const piece of [1, 7, 1024, 10_000]) {
    const scene = new Calling({ maxResponse: 5_000 });
    const call = new Made();
    scene.client.start(call);
    await scene.clock.settle();
    scene.servers[0]!.other.piece = piece;
    await scene.servers[0]!.write(reply);
    scene.servers[0]!.finish();
    while (call.outcomes.length === 0) await scene.clock.settle();
    assertEquals(call.outcomes[0]!.response, reply);
  }
});

Deno.test("C3, one send: a request leaves however little each write takes", async () => {
  const [from, to] = (await import("./pipe.ts")).pipe();
  const write = from.write.bind(from);
  from.write = (bytes) => write(bytes.subarray(0, 3));
  const scene = new Calling({}, () => Promise.resolve(from));
  scene.client.start(new Made());
  await scene.clock.settle();
  assertEquals(to.received, [...login]);
  scene.client.close("done");
});

Deno.test("C4, no timeouts: a call that is cancelled closes its connection, also while it is made", async () => {
  const scene = new Calling();
  const call = new Made();
  scene.client.start(call);
  await scene.clock.settle();
  scene.client.cancel(call);
  assertEquals(await scene.servers[0]!.ended(), "end");
  assertEquals([call.outcomes, scene.client.inFlight], [[], 0]);

  let aborted = false;
  const hanging = new Calling(
    {},
    (signal) =>
      new Promise((_, reject) =>
        signal.addEventListener("abort", () => {
          aborted = true;
          reject(signal.reason);
        })
      ),
  );
  hanging.client.start(call);
  hanging.client.cancel(call);
  await hanging.clock.settle();
  assert(aborted);
  assertEquals([call.outcomes, hanging.client.inFlight], [[], 0]);
});

Deno.test("C4, a connection that is not made in time is given up, and nothing was sent", async () => {
  const hang = () => new Promise<never>(() => {});
  const scene = new Calling({}, hang);
  const call = new Made();
  scene.client.start(call);
  await scene.clock.advance(3100);
  const [outcome] = call.outcomes;
  assertEquals([outcome!.status, outcome!.sent], [14, false]);
  assertEquals(outcome!.message, "Not connected within 3000 ms");
  assertEquals(scene.told, ["unusable", "closed: Not connected within 3000 ms"]);
});

Deno.test("C5, an error of any length overflows nothing: refused is UNAVAILABLE, and may be repeated", async () => {
  const scene = new Calling({}, () => Promise.reject(new Error("x".repeat(2000))));
  const call = new Made();
  scene.client.start(call);
  await scene.clock.settle();
  assertEquals([call.outcomes[0]!.status, call.outcomes[0]!.sent], [14, false]);
  assertEquals(call.outcomes[0]!.message.length, 2015);
  assertEquals(scene.client.usable, false, "Who balances learns that nobody is there");
});

Deno.test("A reply that breaks off is UNAVAILABLE, one that does not parse on purpose INTERNAL", async () => {
  const scene = new Calling();
  const calls = [new Made(), new Made()];
  for (const call of calls) scene.client.start(call);
  await scene.clock.settle();
  await scene.servers[0]!.write(hex("10"));
  scene.servers[0]!.other.reset();
  await scene.servers[1]!.write(hex("07"));
  scene.servers[1]!.finish();
  await scene.clock.settle();
  assertEquals(calls.map(({ outcomes: [o] }) => [o!.status, o!.sent]), [[14, true], [13, true]]);
  assertEquals(scene.client.usable, true, "The endpoint is as good as before");
});

Deno.test("Whether a request has left is known before it is said that the reply broke off", async () => {
  for (const whole of [true, false]) {
    const written = Promise.withResolvers<number>();
    const transport = {
      read: () => Promise.reject(new Error("Connection reset by peer")),
      write: () => written.promise,
      close: () => whole ? written.resolve(login.length) : written.reject(new Error("Interrupted")),
    };
    const scene = new Calling({}, () => Promise.resolve(transport));
    const call = new Made();
    scene.client.start(call);
    await scene.clock.settle();
    assertEquals([call.outcomes[0]!.status, call.outcomes[0]!.sent], [14, whole]);
  }
});

Deno.test("A reply of no bytes is a message without fields, or what emptyAs says", async () => {
  for (const emptyAs of ["message", "UNAVAILABLE"] as const) {
    const scene = new Calling({ emptyAs });
    const call = new Made();
    scene.client.start(call);
    await scene.clock.settle();
    // As a provider closes that has read the request.
    await scene.servers[0]!.closeWrite();
    await scene.clock.settle();
    const [outcome] = call.outcomes;
    assertEquals(outcome!.status, emptyAs === "message" ? 0 : 14);
    assertEquals(outcome!.sent, true);
  }
});

Deno.test("A response over the limit is RESOURCE_EXHAUSTED, and names the limit", async () => {
  const scene = new Calling();
  const call = new Made(args);
  scene.client.start(call);
  await scene.clock.settle();
  await scene.servers[0]!.write(new Uint8Array(1001));
  await scene.clock.settle();
  assertEquals(call.outcomes[0]!.status, 8);
  assertEquals(call.outcomes[0]!.message, "The response is over the limit of 1000 bytes");
  await scene.servers[0]!.ended();
});

Deno.test("An endpoint that drains ends its calls and closes; one that is closed ends them at once", async () => {
  const scene = new Calling({ maxConnections: 2 });
  const calls = [new Made(), new Made()];
  for (const call of calls) scene.client.start(call);
  assertEquals(scene.told, ["unusable"]);
  await scene.clock.settle();
  scene.servers[0]!.finish();
  await scene.clock.settle();
  assertEquals(scene.told, ["unusable", "usable"]);
  scene.client.drain();
  assertEquals([scene.client.usable, scene.client.inFlight], [false, 1]);
  scene.client.close("Enough");
  assertEquals([calls[1]!.outcomes[0]!.status, calls[1]!.outcomes[0]!.message], [14, "Enough"]);
  assertEquals(scene.told, ["unusable", "usable", "unusable", "closed"]);
  await scene.clock.advance(4000);
  assertEquals(scene.clock.pending, 0);
});
