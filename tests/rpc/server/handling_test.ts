/** One call on a server, from its request to its outcome, whatever its handler does. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { RpcError, type ServerContext } from "@zkst/zookeeper/rpc";
import { current, want } from "../../../src/rpc/calls/context.ts";
import { Services } from "../../../src/rpc/server/services.ts";
import { Echo, Incoming, Scene, text } from "./calls.ts";

/** A handler that answers when it is told to. */
function held() {
  const contexts: ServerContext[] = [];
  const ends: PromiseWithResolvers<string>[] = [];
  const say = (_: string, context: ServerContext) => {
    contexts.push(context);
    ends.push(Promise.withResolvers());
    return ends.at(-1)!.promise;
  };
  return { contexts, ends, handlers: { say } };
}

Deno.test("A handler answers at once or later, by the service's whole or short name", async () => {
  const scene = new Scene({
    say: (text) => `${text}!`,
    shout: (text) => Promise.resolve(text + "!!"),
  });
  assertEquals(scene.call("Hi").ending, "Hi!", "Not a turn later");
  const later = scene.call("Hi", Infinity, "Echo", "Shout");
  assertEquals(later.ending, null);
  await scene.clock.settle();
  assertEquals(later.ending, "Hi!!");
  assertEquals(later.outcomes[0]!.sent, true);
  assertEquals([scene.caller.calls, scene.limits.running, scene.handling.calls.size], [0, 0, 0]);
  assertEquals(scene.handling.ended[0], 2);
});

Deno.test("S3, no reply to an unknown service or method: it is UNIMPLEMENTED, and the log says what there is", () => {
  const scene = new Scene({ say: (text) => text });
  assertEquals(scene.call("", Infinity, "Nope").ending, '12 There is no service "Nope"');
  assertEquals(
    scene.call("", Infinity, "test.Echo", "Nope").ending,
    '12 test.Echo has no method "Nope" here',
  );
  assertEquals(
    scene.call("", Infinity, "test.Echo", "Shout").ending,
    '12 test.Echo has no method "Shout" here',
    "It has no handler",
  );
  const long = scene.call("", Infinity, "x".repeat(5000)).ending!;
  assert(long.length < 200, "A stranger's name is not repeated at any length");
  assertEquals(scene.lines.length, 4);
  assertEquals(scene.call("", Infinity, "__proto__", "constructor").outcomes[0]!.status, 12);
  assertEquals(scene.call("still", Infinity).ending, "still");
});

Deno.test("A handler that takes its time has the request's bytes given back", async () => {
  const answer = Promise.withResolvers<string>();
  const scene = new Scene({ say: () => answer.promise, shout: (text) => text });
  const slow = scene.call("a");
  assertEquals([slow.released, slow.ending], [true, null]);
  assertEquals(scene.call("b", Infinity, "test.Echo", "Shout").released, false, "It is over");
  answer.resolve("c");
  await scene.clock.settle();
  assertEquals(slow.ending, "c");
});

Deno.test("Callers cannot fill the log: ten lines of a kind in a second, and how many more there were", async () => {
  const scene = new Scene({ say: (text) => text, shout: (text) => text });
  const flood = (times: number) => {
    for (let i = 0; i < times; i++) {
      scene.call("", Infinity, "test.Echo", `Nope${i}`);
      scene.call("", Infinity, `Nope${i}`);
      scene.call("bad");
    }
  };
  flood(500);
  assertEquals(scene.lines.length, 20);
  scene.call("bad", Infinity, "test.Echo", "Shout");
  assertEquals(scene.lines.splice(0).at(-1), "warn: A request of test.Echo/Shout cannot be parsed");
  await scene.clock.advance(1_010);
  assertEquals(scene.lines.splice(0), [
    "warn: 990 more lines about calls that are refused are left out, of one second",
    "warn: 490 more lines about requests of test.Echo/Say are left out, of one second",
  ]);
  flood(1);
  assertEquals(scene.lines.splice(0).length, 3);
  await scene.clock.advance(60_000);
  assertEquals([scene.lines, scene.clock.pending], [[], 0], "Nothing is left to do");
});

Deno.test("S3, no reply to unparsable arguments: they are INVALID_ARGUMENT, and their bytes in no log", () => {
  const scene = new Scene({ say: (text) => text });
  const call = scene.call("bad");
  assertEquals(call.ending, "3 The request of test.Echo/Say cannot be parsed");
  assertEquals(scene.lines, ["warn: A request of test.Echo/Say cannot be parsed"]);
  assertEquals(scene.fields.join().includes("secret"), false, scene.fields.join());
});

Deno.test("S4, a handler cannot fail: an RpcError is its status, details and trailers", async () => {
  const details = Uint8Array.of(1, 2);
  for (const late of [false, true]) {
    const fail = () => {
      throw new RpcError("NOT_FOUND", "No such user", { details, trailers: { b: "2" } });
    };
    const scene = new Scene({
      say: (_, context) => {
        context.setTrailers({ a: "1" });
        return late ? Promise.resolve().then(fail) : fail();
      },
    });
    const call = scene.call("Hi");
    await scene.clock.settle();
    assertEquals(call.ending, "5 No such user");
    assertEquals(call.outcomes[0]!.details, details);
    assertEquals(call.outcomes[0]!.trailers, { a: "1", b: "2" });
    assertEquals([scene.lines, scene.errors], [[], []], "It is no failure of the server's");
  }
});

Deno.test("A handler that throws is UNKNOWN, says nothing of itself to the caller, and costs nobody else", async () => {
  const thrown = new Error("password of the database");
  for (const late of [false, true]) {
    const scene = new Scene({
      say: () => {
        if (late) return Promise.reject(thrown);
        throw thrown;
      },
      shout: (text) => text,
    });
    const call = scene.call("Hi");
    await scene.clock.settle();
    assertEquals(call.ending, "2 The handler of test.Echo/Say has failed");
    assertEquals(scene.errors, [thrown]);
    assertEquals(scene.lines.length, 1);
    assertEquals(scene.call("ok", Infinity, "Echo", "Shout").ending, "ok");
  }
});

Deno.test("A response that does not encode is INTERNAL, and the log names the field", () => {
  const scene = new Scene({ say: () => 5 as unknown as string });
  assertEquals(scene.call("Hi").ending, "13 The response of test.Echo/Say cannot be encoded");
  assert(scene.lines[0]!.includes('The field "text" must be a string'), scene.lines[0]);
});

Deno.test("Whatever a handler throws or returns, its call ends once, and nothing else does", async () => {
  const nobody = Object.create(null);
  const bare = "2 The handler of test.Echo/Say has failed";
  const unencodable = "13 The response of test.Echo/Say cannot be encoded";
  const twice = {
    then(resolve: (text: string) => void, reject: (error: unknown) => void) {
      resolve("once");
      resolve("twice");
      reject(new Error("thrice"));
      throw new Error("and again");
    },
  };
  const nasty = {
    get then(): never {
      throw nobody;
    },
  };
  const changed = (what: object) => Object.assign(new RpcError("NOT_FOUND", "No such text"), what);
  const cases: [name: string, say: () => unknown, ending: string][] = [
    ["throws an error without text", () => Promise.reject(changed({ message: null })), "5 null"],
    ["throws one of its own number", () => {
      throw changed({ status: 99 });
    }, "5 No such text"],
    ["throws one of no code", () => Promise.reject(changed({ code: "OK" })), "2 No such text"],
    ["throws undefined", () => Promise.reject(undefined), bare],
    ["throws what has no text", () => Promise.reject(nobody), bare],
    ["throws it at once", () => {
      throw nobody;
    }, bare],
    ["returns nothing", () => Promise.resolve(), unencodable],
    ["returns a thenable that answers twice", () => twice, "once"],
    ["returns what throws when it is looked at", () => nasty, bare],
  ];
  for (const [name, say, ending] of cases) {
    const scene = new Scene({ say: say as () => string });
    const call = scene.call("Hi");
    await scene.clock.settle();
    assertEquals([call.ending, call.outcomes.length], [ending, 1], name);
    assertEquals([scene.caller.calls, scene.handling.abandoned, scene.limits.running], [0, 0, 0]);
  }
});

Deno.test("An RpcError that cannot be sent as it is keeps its status, and the log says what is wrong", async () => {
  const wrongs: [object, string][] = [
    [{ trailers: { "Retry After": "1" } }, "must be of a-z"],
    [{ trailers: { retry: 1 } }, '"retry" must be a string'],
    [{ details: "not bytes" }, "must be a Uint8Array"],
  ];
  for (const [wrong, problem] of wrongs) {
    const scene = new Scene({
      say: () => Promise.reject(new RpcError("NOT_FOUND", "No such text", wrong)),
    });
    const call = scene.call("Hi");
    await scene.clock.settle();
    assertEquals(call.ending, "5 No such text");
    assertEquals([call.outcomes[0]!.trailers, call.outcomes[0]!.details], [null, null]);
    assert(scene.lines[0]!.includes(problem), scene.lines[0]);
  }
});

Deno.test("A codec that gives no bytes is a fault like another, and trailers stay what they were", () => {
  const encode = () => ({ length: 3 } as unknown as Uint8Array);
  const bytes = new Scene({ say: () => "" }, {}, { ...text, encode }).call("Hi");
  assertEquals(bytes.ending, "13 The response of test.Echo/Say cannot be encoded");

  const trailers: Record<string, string> = { a: "1" };
  const copied = new Scene({
    say: (_, context) => {
      context.setTrailers(trailers);
      trailers["a"] = undefined!;
      return "";
    },
  }).call("Hi");
  assertEquals(copied.outcomes[0]!.trailers, { a: "1" });
});

Deno.test("A response over the limit is RESOURCE_EXHAUSTED, and names the limit", () => {
  const scene = new Scene({ say: () => "x".repeat(1001) });
  assertEquals(
    scene.call("Hi").ending,
    "8 The response of test.Echo/Say is over the limit of 1000 bytes",
  );
});

Deno.test("A handler that never answers is DEADLINE_EXCEEDED, and keeps no place from others", async () => {
  const { handlers, contexts, ends } = held();
  const scene = new Scene(handlers, { max: 1 });
  const call = scene.call("Hi", scene.clock.now() + 100);
  const [context] = contexts;
  const { signal } = context!;
  assertEquals([signal.aborted, context!.timeLeft], [false, 100]);
  await scene.clock.advance(110);
  assertEquals(call.ending, "4 The deadline is past");
  assertEquals([signal.aborted, (signal.reason as RpcError).code], [true, "DEADLINE_EXCEEDED"]);
  assertEquals(context!.timeLeft, 0);
  assertEquals([scene.handling.abandoned, scene.limits.running], [1, 0]);
  const next = scene.call("there", scene.clock.now() + 100);
  ends[1]!.resolve("there is room");
  ends[0]!.resolve("too late");
  await scene.clock.settle();
  assertEquals([next.ending, call.outcomes.length], ["there is room", 1]);
  assertEquals(scene.handling.abandoned, 0);
});

Deno.test("Calls that are taken back keep places of their connection until their handlers end", async () => {
  const { handlers, ends } = held();
  const scene = new Scene(handlers, { maxPerConnection: 3 });
  for (let i = 0; i < 3; i++) scene.call("Hi").onCancel!();
  assertEquals([scene.caller.calls, scene.handling.abandoned], [0, 3]);
  assertEquals(scene.call("Hi").ending, "8 A connection may have 3 calls at once");
  const other = new Incoming("Hi");
  scene.handling.receive(other, { calls: 0, abandoned: 0 });
  assertEquals(other.ending, null, "No place of another's");
  ends[0]!.resolve("too late");
  await scene.clock.settle();
  const next = scene.call("Hi");
  assertEquals(next.ending, null);
  for (const { resolve } of ends) resolve("");
  await scene.clock.settle();
  assertEquals([next.ending, scene.caller.abandoned, scene.handling.abandoned], ["", 0, 0]);
});

Deno.test("Where the caller does not say, as on tiny_rpc's wire, a handler has the server's timeout", async () => {
  const { handlers, contexts } = held();
  const scene = new Scene(handlers, { timeout: 500 });
  const call = scene.call("Hi");
  assertEquals(contexts[0]!.timeLeft, 500);
  await scene.clock.advance(510);
  assertEquals(call.ending, "4 The deadline is past");
});

Deno.test("A request whose deadline is past does not run", () => {
  const { handlers, contexts } = held();
  const scene = new Scene(handlers);
  assertEquals(scene.call("Hi", scene.clock.now()).ending, "4 Its deadline was past when it came");
  assertEquals(contexts, []);
});

Deno.test("A caller that is gone aborts the signal at once, also one that is asked for later", async () => {
  const { handlers, contexts, ends } = held();
  const scene = new Scene(handlers);
  const call = scene.call("Hi");
  const other = scene.call("Hi");
  const { signal } = contexts[0]!;
  call.onCancel!();
  other.onCancel!();
  assertEquals([signal.aborted, (signal.reason as RpcError).code], [true, "CANCELLED"]);
  assertEquals(contexts[1]!.signal.aborted, true);
  assertEquals([call.outcomes, call.onCancel], [[], null]);
  assertEquals([scene.caller.calls, scene.limits.running], [0, 0]);
  ends[0]!.reject(signal.reason);
  ends[1]!.resolve("too late");
  await scene.clock.settle();
  assertEquals([call.outcomes, scene.lines, scene.handling.abandoned], [[], [], 0]);
  assertEquals(scene.handling.ended[1], 2);
});

Deno.test("What a handler begins and leaves behind is for its call as long as it runs, and for none then", async () => {
  want();
  const gate = Promise.withResolvers<void>();
  const { contexts, ends, handlers } = held();
  const seen: unknown[] = [];
  const scene = new Scene({
    say: (text, context) => {
      const look = () => void seen.push(current() === context ? text : current());
      void gate.promise.then(look);
      look();
      return handlers.say(text, context);
    },
  });
  scene.call("answered");
  const deadline = scene.clock.now() + 10;
  scene.call("late", deadline);
  scene.call("running", deadline);
  ends[0]!.resolve("");
  await scene.clock.advance(20);
  ends[1]!.resolve("");
  await scene.clock.settle();
  gate.resolve();
  await scene.clock.settle();
  assertEquals(seen, ["answered", "late", "running", undefined, undefined, "running"]);
  assertEquals(contexts.map(({ signal }) => signal.aborted), [false, true, true]);
});

Deno.test("Headers go once, ahead of the response; trailers go with it, the last ones", () => {
  const scene = new Scene({
    say: (text, context) => {
      assertThrows(() => context.sendHeaders({ "Upper": "x" }), TypeError, '"Upper"');
      context.sendHeaders({ a: "1" });
      assertThrows(() => context.sendHeaders({ a: "1" }), TypeError, "already");
      context.setTrailers({ b: "1" });
      context.setTrailers({ b: "2" });
      assertEquals([context.service, context.method], ["test.Echo", "Say"]);
      assertEquals(context.metadata, { who: "me" });
      assertEquals(context.peer.hostname, "10.0.0.9");
      return text;
    },
  });
  const call = scene.call("Hi", Infinity, "Echo", "Say", { who: "me" });
  assertEquals([call.sent, call.outcomes[0]!.trailers], [[{ a: "1" }], { b: "2" }]);
});

Deno.test("Interceptors stand around a handler, the first one outermost, and may change what passes", async () => {
  const order: string[] = [];
  const scene = new Scene({ say: (text) => (order.push(text), text) }, {
    interceptors: [
      async (context, request, next) => {
        order.push(`${context.method} in`);
        const response = await next(`<${request}`);
        order.push("out");
        return `${response}>`;
      },
      (_, request, next) => {
        if (request === "<no") throw new RpcError("PERMISSION_DENIED", "Not you");
        return next(request);
      },
    ],
  });
  const [call, refused] = [scene.call("Hi"), scene.call("no")];
  await scene.clock.settle();
  assertEquals(order, ["Say in", "<Hi", "Say in", "out"]);
  assertEquals([call.ending, refused.ending], ["<Hi>", "7 Not you"]);
});

Deno.test("Whoever finds no room is refused at once, unsent, and told when to come again", () => {
  const { handlers } = held();
  const scene = new Scene(handlers, { max: 2 });
  const calls = [1, 2, 3].map(() => scene.call("Hi"));
  const [outcome] = calls[2]!.outcomes;
  assertEquals([outcome!.status, outcome!.sent, outcome!.pushback], [8, false, 100]);
  assertEquals([scene.handling.shed, scene.caller.calls], [1, 2]);
  calls[0]!.onCancel!();
  assertEquals(scene.call("Hi").outcomes, []);

  const one = new Scene(handlers, { maxPerConnection: 1 });
  one.call("Hi");
  assertEquals(one.call("Hi").ending, "8 A connection may have 1 calls at once");
});

Deno.test("Those that wait for room run in order; past their deadline, or cancelled, they never do", async () => {
  const { handlers, contexts, ends } = held();
  const scene = new Scene(handlers, { max: 1, maxQueued: 3 });
  const now = scene.clock.now();
  const calls = [Infinity, now + 50, Infinity, Infinity, Infinity].map((at) =>
    scene.call("Hi", at)
  );
  assertEquals([contexts.length, scene.limits.queued], [1, 3]);
  assertEquals(calls[4]!.outcomes[0]!.status, 8, "The queue is full");
  await scene.clock.advance(60);
  assertEquals([calls[1]!.ending, calls[1]!.outcomes[0]!.sent], ["4 The deadline is past", false]);
  calls[2]!.onCancel!();
  assertEquals([scene.handling.abandoned, scene.limits.queued], [0, 1]);
  ends[0]!.resolve("first");
  await scene.clock.settle();
  assertEquals([calls[0]!.ending, contexts.length], ["first", 2]);
  ends[1]!.resolve("last");
  await scene.clock.settle();
  assertEquals([calls[3]!.ending, scene.limits.running, scene.limits.queued], ["last", 0, 0]);
});

Deno.test("Handlers that answer at once do not nest when many have waited", async () => {
  const first = Promise.withResolvers<string>();
  const scene = new Scene({ say: (text) => text === "0" ? first.promise : text }, {
    max: 1,
    maxQueued: 20_000,
    maxPerConnection: Infinity,
  });
  const calls = Array.from({ length: 20_001 }, (_, i) => scene.call(String(i)));
  first.resolve("0");
  await scene.clock.settle();
  assertEquals(calls.findIndex(({ ending }, i) => ending !== String(i)), -1);
  assertEquals([scene.limits.running, scene.limits.queued], [0, 0]);
});

Deno.test("What add() is given wrongly is said at the call", () => {
  const services = new Services([]);
  const add = (spec: unknown, handlers: unknown) => () =>
    services.add(spec as typeof Echo, handlers as Record<string, unknown>);
  const say = () => "";
  assertThrows(add(undefined, {}), TypeError, "must be a service");
  assertThrows(add(Echo, { sayy: say }), TypeError, '"sayy"; its methods are say, shout');
  assertThrows(add(Echo, { say: "x" }), TypeError, "must be a function, not string");
  assertThrows(add(Echo, {}), TypeError, "There is no handler for test.Echo");
  assertThrows(add(Echo, null), TypeError, "must be an object");
  add(Echo, { say })();
  assertThrows(add(Echo, { say }), TypeError, "already");
  class Handlers {
    readonly database = 1;
    say() {
      return this.database;
    }
  }
  const Odd = { name: "Odd", methods: { toString: { ...Echo.methods.say, name: "ToString" } } };
  assertThrows(add(Odd, {}), TypeError, "There is no handler for Odd");
  add({ ...Echo, name: "Other" }, new Handlers())();
  assertEquals(services.find("Other", "Say")!.invoke("", null!), 1, "With its this");
});

Deno.test("R8, names without package collide: where two share a short one, only whole names are served", () => {
  const services = new Services([]);
  services.add(Echo, { say: () => "" });
  services.add({ ...Echo, name: "other.Echo" }, { say: () => "" });
  assertEquals(services.find("Echo", "Say"), null);
  assertEquals(services.explain("Echo", "Say").message, 'Several services are called "Echo"');
  assertEquals(services.find("other.Echo", "Say")!.service, "other.Echo");
});
