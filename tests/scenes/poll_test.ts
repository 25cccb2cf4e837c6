/** Poll: several sessions in one loop. */
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { Poll, ZooKeeper } from "../../mod.ts";
import { aget, close, closed, type Handle, init, process } from "../../src/st.ts";
import { answerAll, connectResponse, reply, Scripted } from "../scripted.ts";

const options = { sessionTimeout: 9000 };

/** Drives all sessions through one Poll, as an application does; counts what it hands out. */
function drive<S extends Handle | ZooKeeper>(
  sessions: S[],
): { poll: Poll<S>; handed: Map<S, number> } {
  const poll = new Poll<S>();
  const handed = new Map<S, number>();
  for (const session of sessions) poll.add(session);
  const over = (session: S) => session instanceof ZooKeeper ? session.closed : closed(session);
  const loop = async () => {
    while (sessions.some((session) => !over(session))) {
      for (const [session, events] of await poll.wait()) {
        handed.set(session, (handed.get(session) ?? 0) + 1);
        if (session instanceof ZooKeeper) session.process(events);
        else process(session, events);
      }
    }
  };
  loop();
  return { poll, handed };
}

Deno.test("Poll drives several sessions, ZooKeepers and Handles alike, with one timer", async () => {
  const world = new Scripted();
  const sessions = [
    ...Array.from({ length: 10 }, () => init("10.0.0.1:1", { ...options, platform: world })),
    new ZooKeeper("10.0.0.1:1", { ...options, platform: world }),
  ];
  const { handed } = drive(sessions);
  await world.clock.settle();
  assertEquals(world.wires.length, 11);
  for (const wire of world.wires) {
    wire.takeFrames();
    wire.push(connectResponse());
  }
  await world.clock.settle();
  assertEquals(world.clock.pending, 1, "one timer for all");
  handed.clear();

  const seen: number[] = [];
  aget(sessions[3] as Handle, "/a", null, (rc) => void seen.push(rc));
  await world.clock.settle();
  for (const wire of world.wires) wire.push(...answerAll(wire.take()));
  await world.clock.settle();
  const woken = [...handed.keys()].map((session) => sessions.indexOf(session));
  assertEquals([seen, woken], [[0], [3]], "nobody else is woken");

  await world.clock.advance(3000);
  for (const wire of world.wires) assertEquals(wire.take().map(({ xid }) => xid), [-2]);
  for (const session of sessions) session instanceof ZooKeeper ? session.close() : close(session);
  await world.clock.settle();
  for (const wire of world.wires) for (const { xid } of wire.take()) wire.push(reply(xid));
  await world.clock.settle();
  assertEquals([sessions.every((s) => s instanceof ZooKeeper ? s.closed : closed(s))], [true]);
  assertEquals(world.clock.pending, 0);
});

Deno.test("Poll takes sessions in and out while it waits, and hears of request timeouts", async () => {
  const world = new Scripted();
  const [a, b] = [0, 1].map(() => init("10.0.0.1:1", { ...options, platform: world }));
  const { poll } = drive([a!]);
  world.answer = () => "hang";
  await world.clock.settle();
  const seen: number[] = [];
  aget(a!, "/a", null, (rc) => void seen.push(rc), { timeout: 10 });
  await world.clock.advance(10);
  assertEquals(seen, [-122]);
  poll.add(b!);
  await world.clock.settle();
  assertEquals(world.dials.length, 2);
  poll.delete(b!);
  poll.delete(a!);
  assertEquals(world.clock.pending, 0);
});

Deno.test("Poll: misuse throws, an aborted signal rejects, an empty one waits for a session", async () => {
  const world = new Scripted();
  const zk = new ZooKeeper("10.0.0.1:1", { ...options, platform: world });
  world.answer = () => "hang";
  const poll = new Poll<ZooKeeper>();
  const empty = poll.wait();
  assertThrows(() => poll.add({} as never), TypeError, "takes a ZooKeeper or a Handle");
  poll.add(zk);
  poll.add(zk);
  await world.clock.settle();
  for (const [session, events] of await empty) session.process(events);
  const controller = new AbortController();
  const waiting = poll.wait({ signal: controller.signal });
  assertThrows(() => poll.wait(), TypeError, "twice at once");
  assertThrows(() => zk.interest().wait(), TypeError, "twice at once");
  controller.abort(new Error("enough"));
  await assertRejects(() => waiting, Error, "enough");
  const closing = zk.close();
  await world.clock.settle();
  await closing;
  assertEquals([...await poll.wait()].length, 1, "told once that it is closed");
});
