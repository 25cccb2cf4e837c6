/** createClient() and what a call may be told, against servers in memory and on a virtual clock. */
import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { createClient, type RpcCallOptions, RpcError } from "@zkst/zookeeper/rpc";
import { run } from "../../../src/rpc/calls/context.ts";
import { Echo, Fleet, text, watched } from "../fake_servers.ts";

const a = "10.0.0.1:8000";

Deno.test("createClient() makes functions that answer with messages", async () => {
  await using fleet = new Fleet(a);
  const { client, channel } = fleet.client();
  assertEquals(Object.keys(client), ["get", "put"]);
  assertEquals(channel.state, "IDLE");
  assertEquals(await client.get("hello"), "hello");
  const { call } = fleet.at(a).newest;
  assertEquals([call.service, call.method], ["test.Echo", "Get"]);
  assertEquals(call.deadline, fleet.clock.now() + 5_000, "Five seconds unless told otherwise");
  assertEquals(call.metadata, null);
  assertEquals(channel.stats().calls, { OK: 1 });
  assertEquals(channel.state, "READY");
});

Deno.test("createClient() refuses what is no service, channel or option", async () => {
  await using fleet = new Fleet(a);
  const channel = fleet.channel();
  assertThrows(() => createClient(null as never, channel), TypeError, "service");
  assertThrows(() => createClient({ name: "a" } as never, channel), TypeError, "service");
  const half = { name: "a", methods: { get: { name: "Get", request: text } } };
  assertThrows(() => createClient(half as never, channel), TypeError, 'method "get" of a');
  assertThrows(() => createClient(Echo, {} as never), TypeError, "RpcChannel");
  assertThrows(
    () => createClient(Echo, channel, { timeouts: 1 } as never),
    TypeError,
    "interceptors, timeout",
  );
  assertThrows(() => createClient(Echo, channel, { timeout: -1 }), RangeError, "timeout");
  assertThrows(
    () => createClient(Echo, channel, { interceptors: [1] as never }),
    TypeError,
    "list",
  );
});

Deno.test("A bad message or option throws at the call, and nothing is sent", async () => {
  await using fleet = new Fleet(a);
  const { client, channel } = fleet.client();
  const bad = (options: unknown) => () => void client.get("x", options as RpcCallOptions);
  assertThrows(() => void client.get(7 as never), TypeError, "must be a string");
  assertThrows(bad(null), TypeError, "must be an object");
  assertThrows(bad(1000), TypeError, "must be an object");
  assertThrows(bad({ timeOut: 1 }), TypeError, '"timeOut"; it has signal, timeout');
  assertThrows(bad({ timeout: "1" }), TypeError, '"timeout" must be a number of ms');
  assertThrows(bad({ timeout: -1 }), RangeError, "0 ms or more");
  assertThrows(bad({ timeout: NaN }), RangeError, "0 ms or more");
  assertThrows(bad({ signal: {} }), TypeError, "AbortSignal");
  assertThrows(bad({ metadata: "x" }), TypeError, '"metadata" must be an object');
  assertThrows(bad({ metadata: { "Bad Name": "x" } }), TypeError, "Bad Name");
  assertThrows(bad({ metadata: new Headers({ token: "x" }) }), TypeError, "a plain object");
  assertThrows(bad({ metadata: new Map([["token", "x"]]) }), TypeError, "a plain object");
  assertThrows(bad({ metadata: { "a-bin": "x" } }), TypeError, "Uint8Array");
  assertThrows(bad({ idempotent: 1 }), TypeError, "true or false");
  assertThrows(bad({ hashKey: 1 }), TypeError, "hashKey");
  assertThrows(bad({ onHeaders: 1 }), TypeError, "a function");
  assertThrows(bad({ controller: {} }), TypeError, "RpcController");
  const half = { setFailed() {}, notifyOnCancel() {} };
  assertThrows(bad({ controller: half }), TypeError, "RpcController");
  assertThrows(bad({ parent: 1 }), TypeError, "context");
  const Wrong = { name: "W", methods: { get: { ...Echo.methods.get, request: { ...text } } } };
  Wrong.methods.get.request.encode = (message) => message as never;
  const wrong = createClient(Wrong, channel);
  assertThrows(() => void wrong.get("x"), TypeError, "The codec of W/Get gives no Uint8Array");
  assertEquals(channel.stats().active, 0);
  assertEquals(fleet.at(a).dialled, 0);
});

Deno.test("A controller that throws harms neither its call nor the others", async () => {
  await using fleet = new Fleet(a);
  const { client, channel } = fleet.client();
  fleet.at(a).handle = () => {};
  const errors: unknown[] = [];
  const listener = (event: ErrorEvent) => {
    event.preventDefault();
    errors.push(event.error.message);
  };
  globalThis.addEventListener("error", listener);
  try {
    const controller = new Controller();
    controller.setFailed = () => {
      throw new Error("No");
    };
    const calls = [
      watched(client.get("x", { controller, timeout: 100 })),
      watched(client.get("y", { timeout: 100 })),
      watched(client.get("z", { timeout: 200 })),
    ];
    await fleet.clock.advance(300);
    assertEquals(calls.map(({ now }) => now), Array(3).fill("DEADLINE_EXCEEDED"));
    assertEquals([errors, channel.stats().active], [["No"], 0]);
  } finally {
    globalThis.removeEventListener("error", listener);
  }
});

Deno.test("A call ends at its deadline, and the server is told", async () => {
  await using fleet = new Fleet(a);
  const { client, channel } = fleet.client();
  const server = fleet.at(a);
  server.handle = () => {};
  const call = watched(client.get("x", { timeout: 100 }));
  const forever = watched(client.get("y", { timeout: 0 }));
  const infinite = watched(client.get("z", { timeout: Infinity }));
  await fleet.clock.advance(99);
  assertEquals(call.now, "waiting");
  await fleet.clock.advance(5);
  assertEquals(call.now, "DEADLINE_EXCEEDED");
  assertEquals(call.error.sent, true);
  assertStringIncludes(call.error.message, "test.Echo/Get has not ended within its time");
  assert(server.calls[0]!.cancelled);
  assertEquals(channel.stats().calls, { DEADLINE_EXCEEDED: 1 });
  await fleet.clock.advance(100_000);
  assertEquals([forever.now, infinite.now], ["waiting", "waiting"]);
  assertEquals(server.calls[1]!.call.deadline, Infinity);
  for (const exchange of server.calls) exchange.reply();
  assertEquals(await forever.promise, "y");
});

Deno.test("An aborted signal sends nothing; one that aborts later cancels, and its reason is the call's", async () => {
  await using fleet = new Fleet(a);
  const { client } = fleet.client();
  const server = fleet.at(a);
  server.handle = () => {};
  const reason = new Error("No more");
  const early = watched(client.get("x", { signal: AbortSignal.abort(reason) }));
  await fleet.clock.settle();
  assertEquals(early.error, reason);
  assertEquals(server.dialled, 0);
  const abort = new AbortController();
  const call = watched(client.get("x", { signal: abort.signal }));
  await fleet.clock.settle();
  assertEquals(server.calls.length, 1);
  abort.abort(reason);
  await fleet.clock.settle();
  assertEquals(call.error, reason);
  assert(server.calls[0]!.cancelled);
  server.calls[0]!.reply();
});

Deno.test("A call that waits for a connection is aborted, too", async () => {
  await using fleet = new Fleet(a);
  fleet.at(a).dials = "hang";
  const { client, channel } = fleet.client();
  const abort = new AbortController();
  const call = watched(client.get("x", { signal: abort.signal }));
  await fleet.clock.settle();
  assertEquals(channel.stats().waiting, 1);
  abort.abort();
  await fleet.clock.settle();
  assertEquals(call.error.name, "AbortError");
  assertEquals(channel.stats().waiting, 0);
});

Deno.test("A server's status becomes an RpcError with all that came with it", async () => {
  await using fleet = new Fleet(a);
  const { client } = fleet.client();
  const details = new Uint8Array([1, 2]);
  fleet.at(a).handle = (call) =>
    call.fail("NOT_FOUND", { message: "No such user", details, trailers: { "x-why": "gone" } });
  const trailers: unknown[] = [];
  const error = await assertRejects(
    () => client.get("x", { onTrailers: (metadata) => trailers.push(metadata) }),
    RpcError,
    "No such user",
  );
  assertEquals([error.code, error.status, error.sent], ["NOT_FOUND", 5, true]);
  assertEquals(error.details, details);
  assertEquals(error.trailers, { "x-why": "gone" });
  assertEquals(trailers, [{ "x-why": "gone" }]);
});

Deno.test("A response that is none is INTERNAL, and one over the limit names the limit", async () => {
  await using fleet = new Fleet(a);
  const { client } = fleet.client({ maxRequest: 8, maxResponse: 10 });
  const server = fleet.at(a);
  server.handle = (call) => call.end({ ...done, response: new Uint8Array([0xff]) });
  const undecodable = await assertRejects(() => client.get("x"), RpcError, "test.Echo/Get");
  assertEquals(undecodable.code, "INTERNAL");
  assert(undecodable.cause instanceof TypeError);
  server.handle = (call) => call.end({ ...done, response: new Uint8Array(11) });
  const large = await assertRejects(() => client.get("x"), RpcError, "maxResponse is 10");
  assertEquals([large.code, large.sent], ["RESOURCE_EXHAUSTED", true]);
  const request = await assertRejects(() => client.get("123456789"), RpcError, "maxRequest is 8");
  assertEquals([request.code, request.sent], ["RESOURCE_EXHAUSTED", false]);
  assertEquals(server.calls.length, 2);
});

const done = {
  status: 0,
  message: "",
  trailers: null,
  details: null,
  sent: true,
  pushback: null,
};

Deno.test("Metadata goes out as it was at the call, and what comes is told", async () => {
  await using fleet = new Fleet(a);
  const { client } = fleet.client();
  fleet.at(a).handle = (exchange) => {
    exchange.call.headers({ "x-early": "1" });
    exchange.reply("r", { trailers: { "x-late": "2" } });
  };
  const metadata: Record<string, string> = { "x-name": "as it was" };
  const told: unknown[] = [];
  const call = client.get("x", {
    metadata,
    onHeaders: (headers) => told.push(headers),
    onTrailers: (trailers) => told.push(trailers),
  });
  metadata["x-name"] = "changed";
  assertEquals(await call, "r");
  assertEquals(fleet.at(a).newest.call.metadata, { "x-name": "as it was" });
  assertEquals(told, [{ "x-early": "1" }, { "x-late": "2" }]);
  const throws = () => {
    throw new Error("Mine");
  };
  await assertRejects(() => client.get("x", { onHeaders: throws }), Error, "Mine");
  await assertRejects(() => client.get("x", { onTrailers: throws }), Error, "Mine");
});

Deno.test("Calls made in a handler end with the call that it handles", async () => {
  await using fleet = new Fleet(a);
  const { client } = fleet.client();
  const server = fleet.at(a);
  server.handle = () => {};
  const { clock } = fleet;
  const gone = new AbortController();
  const context = { deadline: clock.now() + 50, signal: gone.signal, finished: false };
  const calls = await run(context, async () => {
    await Promise.resolve();
    return {
      inherited: watched(client.get("a")),
      sooner: watched(client.get("b", { timeout: 10 })),
      apart: watched(client.get("c", { parent: null })),
      other: watched(client.get("d", { parent: { ...context, deadline: clock.now() + 20 } })),
    };
  });
  const outside = watched(client.get("e"));
  await clock.settle();
  const left = server.calls.map(({ call, text }) => [text, call.deadline - clock.now()]);
  assertEquals(left, [["a", 50], ["b", 10], ["c", 5000], ["d", 20], ["e", 5000]]);
  await clock.advance(14);
  assertEquals(calls.sooner.now, "DEADLINE_EXCEEDED");
  gone.abort(new Error("Gone"));
  await clock.settle();
  assertEquals(calls.inherited.error.message, "Gone");
  assert(server.calls[0]!.cancelled);
  assertEquals([calls.apart.now, outside.now], ["waiting", "waiting"]);
  const late = await run(context, () => watched(client.get("f")));
  await clock.settle();
  assertEquals(late.error.message, "Gone", "Nothing is sent for one that is gone");
  assertEquals(server.calls.length, 5);
});

Deno.test("A call for one whose deadline is past sends nothing", async () => {
  await using fleet = new Fleet(a);
  const { client } = fleet.client();
  const context = { deadline: fleet.clock.now() - 1, signal: new AbortController().signal };
  const error = await assertRejects(() => client.get("x", { parent: context }), RpcError);
  assertEquals([error.code, error.sent], ["DEADLINE_EXCEEDED", false]);
  assertEquals(fleet.at(a).dialled, 0);
});

Deno.test("A controller is told of a failure, and cancels", async () => {
  await using fleet = new Fleet(a);
  const { client } = fleet.client();
  const server = fleet.at(a);
  server.handle = (exchange) => exchange.fail("ABORTED", { message: "Not now" });
  const controller = new Controller();
  await assertRejects(() => client.get("x", { controller }), RpcError, "Not now");
  assertEquals(controller.text, "Not now");
  server.handle = () => {};
  const cancelling = new Controller();
  const call = watched(client.get("x", { controller: cancelling }));
  await fleet.clock.settle();
  cancelling.cancel!();
  await fleet.clock.settle();
  assertEquals([call.now, server.newest.cancelled], ["CANCELLED", true]);
  assertStringIncludes(cancelling.text, "cancelled");
  const early = new Controller();
  early.isCanceled = () => true;
  const error = await assertRejects(() => client.get("x", { controller: early }), RpcError);
  assertEquals([error.code, server.calls.length], ["CANCELLED", 2]);
  const told = new Controller();
  const signal = AbortSignal.abort(new Error("Not any more"));
  await assertRejects(() => client.get("x", { controller: told, signal }), Error, "Not any more");
  assertEquals(told.text, "Not any more");
});

class Controller {
  text = "";
  cancel: (() => void) | null = null;
  setFailed(reason: string): void {
    this.text = reason;
  }
  isCanceled(): boolean {
    return false;
  }
  notifyOnCancel(cancel: () => void): void {
    this.cancel = cancel;
  }
}

Deno.test("Interceptors change calls, make them again and see what becomes of them, the client's outermost", async () => {
  await using fleet = new Fleet(a);
  const seen: string[] = [];
  const channel = fleet.channel({
    interceptors: [async (call, next) => {
      seen.push(`channel ${call.method} ${call.options.metadata?.["x-by"]}`);
      const response = await next({ ...call, request: `${call.request}!` });
      return `<${response}>`;
    }],
  });
  const client = createClient(Echo, channel, {
    interceptors: [(call, next) => {
      seen.push(`client ${call.method}`);
      const options = { ...call.options, metadata: { "x-by": "client" } };
      return next({ ...call, options }).then(() => next({ ...call, options }));
    }],
  });
  assertEquals(await client.put("x"), "<x!>");
  assertEquals(seen, [
    "client Put",
    "channel Put client",
    "channel Put client",
  ]);
  assertEquals(fleet.at(a).calls.map(({ call }) => text.decode(call.request)), ["x!", "x!"]);
  assertThrows(() => void client.put("x", { timeout: -1 }), RangeError);
});

Deno.test("A closed channel ends its calls with CANCELLED, and takes no more", async () => {
  await using fleet = new Fleet(a);
  const { client, channel } = fleet.client();
  fleet.at(a).handle = () => {};
  const sent = watched(client.get("x"));
  await fleet.clock.settle();
  await channel.close();
  await channel.close();
  await fleet.clock.settle();
  assertEquals([sent.now, sent.error.sent], ["CANCELLED", true]);
  assertEquals(fleet.at(a).connections.size, 0);
  assertEquals(channel.state, "SHUTDOWN");
  const late = await assertRejects(() => client.get("x"), RpcError, "closed");
  assertEquals(late.code, "CANCELLED");
  assertEquals(fleet.clock.pending, 0, "No timer is left");
});
