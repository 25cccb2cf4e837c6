/** The option `metrics`, and stats(): what is told of a session by number, and when. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { type Metrics, Op, Rc, type Stats, ZooKeeper } from "../../mod.ts";
import { aget, agetChildren, cancel, stats } from "../../src/st.ts";
import { connectResponse, dataReply, event, pong, reply } from "../scripted.ts";
import { connect, T } from "./scene.ts";
import { admit, answer, connected, expire, noting, open, reconnect, shut } from "./promises.ts";

/** Metrics that note what they are told; bytes and the times alone are added up. */
function noted(): { metrics: Metrics; lines: string[]; bytes: [sent: number, received: number] } {
  const lines: string[] = [];
  const bytes: [sent: number, received: number] = [0, 0];
  const metrics: Metrics = {
    begin: (stats) => void lines.push(`begin ${stats().state}`),
    request: (operation, code, ms) => void lines.push(`${operation} ${code} ${ms}`),
    retry: (operation, code) => void lines.push(`retry ${operation} ${code}`),
    sent: (count) => void (bytes[0] += count),
    received: (count) => void (bytes[1] += count),
    connected: (server) => void lines.push(`connected ${server}`),
    disconnected: (code) => void lines.push(`disconnected ${code}`),
    session: (state) => void lines.push(`session ${state}`),
    event: (type) => void lines.push(`event ${type}`),
    ping: (ms) => void lines.push(`ping ${ms}`),
    end: (stats) => void lines.push(`end ${stats().state}`),
  };
  return { metrics, lines, bytes };
}

Deno.test("metrics: a session from its beginning to its end", async () => {
  const { metrics, lines, bytes } = noted();
  const scene = await open({ metrics });
  const { zk, world } = scene;
  const early = zk.exists("/early");
  await world.clock.advance(30);
  await admit(scene);
  await world.clock.advance(10);
  await answer(scene);
  await early;
  assertEquals(lines.splice(0), [
    "begin NOTCONNECTED",
    "connected 127.0.0.1:2181",
    "session CONNECTED",
    "exists OK 40",
  ]);
  assertEquals(bytes[0], world.wire.written.length);
  assertEquals(zk.stats().sent, { packets: 2, bytes: bytes[0] });
  await shut(scene);
  assertEquals(lines.splice(0), ["end CLOSED"], "closing is no request of the application's");
});

Deno.test("metrics: each request is told once, with its own name, code and time", async () => {
  const { metrics, lines } = noted();
  const scene = await connected({ metrics, serverVersion: "3.9" });
  const { zk, world } = scene;
  const { clock } = world;
  lines.length = 0;
  const answers: [call: () => Promise<unknown>, rc: number, name: string][] = [
    [() => zk.create("/a"), Rc.NODEEXISTS, "create NODEEXISTS"],
    [() => zk.create("/a", null, { mode: "CONTAINER" }), Rc.NONODE, "createContainer NONODE"],
    [() => zk.exists("/a"), Rc.NONODE, "exists NONODE"],
    [() => zk.multi([Op.delete("/a")]), Rc.SYSTEMERROR, "multi SYSTEMERROR"],
    [() => zk.setData("/a", "1"), Rc.BADVERSION, "setData BADVERSION"],
    [() => zk.getData("/a"), -999, "getData -999"],
  ];
  for (const [call, rc, name] of answers) {
    call().catch(() => {});
    await clock.advance(7);
    world.wire.push(reply(world.wire.take()[0]!.xid, undefined, rc));
    await clock.settle();
    assertEquals(lines.splice(0), [`${name} 7`]);
  }
  const late = zk.getData("/late", { timeout: 100 }).catch(() => {});
  const controller = new AbortController();
  const given = zk.getData("/given up", { signal: controller.signal }).catch(() => {});
  await clock.advance(50);
  controller.abort();
  await given;
  await clock.advance(50);
  await late;
  assertEquals(lines.splice(0), ["getData CANCELLED 50", "getData REQUESTTIMEOUT 100"]);
  await answer(scene);
  assertEquals(lines.splice(0), [], "late replies are nobody's");
  const auth = zk.addAuth("digest", "a:b");
  await clock.advance(5);
  world.wire.push(reply(-4));
  await auth;
  assertEquals(lines.splice(0), ["auth OK 5"]);
  zk.getChildren("/lost").catch(() => {});
  await clock.settle();
  await reconnect(scene);
  assertEquals(lines.splice(0), [
    "disconnected CONNECTIONLOSS",
    "session CONNECTING",
    "getChildren CONNECTIONLOSS 0",
    "connected 127.0.0.1:2181",
    "session CONNECTED",
  ]);
  await shut(scene);
});

Deno.test("metrics: what is repeated is told, each time it is over", async () => {
  const { metrics, lines } = noted();
  const scene = await connected({ metrics, retry: true });
  lines.length = 0;
  const reading = scene.zk.getData("/a");
  await scene.world.clock.advance(20);
  await reconnect(scene);
  await scene.world.clock.advance(30);
  await answer(scene);
  await reading;
  const requests = lines.filter((line) => line.includes("getData"));
  // The second time counts from the loss on: T / 60 without a connection.
  assertEquals(requests, [
    "getData CONNECTIONLOSS 20",
    "retry getData CONNECTIONLOSS",
    `getData OK ${T / 60 + 30}`,
  ]);
  await shut(scene);
});

Deno.test("metrics and stats(): watch events, pings, expiry", async () => {
  const { metrics, lines } = noted();
  const scene = await connected({ metrics });
  const { zk, world, seen } = scene;
  const reading = zk.getData("/a", { watch: noting(seen, "w") });
  await answer(scene);
  await reading;
  assertEquals(zk.stats().watches, {
    data: 1,
    exists: 0,
    children: 0,
    persistent: 0,
    recursive: 0,
  });
  lines.length = 0;
  world.wire.push(event(3, "/a"));
  await world.clock.settle();
  assertEquals([zk.stats().watches.data, zk.stats().events], [0, 1]);
  assertEquals(zk.stats().ping, null);
  await world.clock.advance(T / 3);
  await world.clock.advance(4);
  world.wire.push(pong());
  await world.clock.settle();
  // One that nobody asked for is not measured.
  world.wire.push(pong());
  await world.clock.advance(T / 3 - 4);
  await world.clock.advance(8);
  world.wire.push(pong());
  await world.clock.settle();
  assertEquals(lines.splice(0), ["event NodeDataChanged", "ping 4", "ping 8"]);
  assertEquals(zk.stats().ping, { count: 2, last: 8, least: 4, mean: 6, most: 8 });
  await expire(scene, 8n);
  assertEquals(lines.splice(0), [
    "disconnected CONNECTIONLOSS",
    "session CONNECTING",
    "session EXPIRED_SESSION",
    "connected 127.0.0.1:2181",
    "session CONNECTED",
  ]);
  const { renewals, reconnects, sessionId } = zk.stats();
  assertEquals([renewals, reconnects, sessionId], [1, 1, 8n]);
  await shut(scene);
});

Deno.test("stats(): everything of a session at a glance, and no secret", async () => {
  const scene = await open({ outstanding: { requests: 2 } });
  const { zk, world } = scene;
  const { clock } = world;
  assertEquals(zk.stats(), {
    state: "ASSOCIATING",
    server: null,
    sessionId: null,
    sessionTimeout: T,
    lastZxid: 0n,
    age: 0,
    connectedFor: null,
    reconnects: 0,
    renewals: 0,
    outstanding: { sent: 0, unsent: 0, parked: 0, bytes: 0 },
    untold: 0,
    watches: { data: 0, exists: 0, children: 0, persistent: 0, recursive: 0 },
    events: 0,
    sent: { packets: 1, bytes: 49 },
    received: { packets: 0, bytes: 0 },
    ping: null,
  });
  await clock.advance(100);
  await admit(scene, { sessionId: -5n, timeout: 6000 });
  await clock.advance(11);
  const gets = ["/1", "/2", "/3"].map((path) => zk.getData(path).catch(() => {}));
  const unsent = zk.stats().outstanding;
  assertEquals([unsent.sent, unsent.unsent, unsent.parked], [0, 2, 1]);
  assert(unsent.bytes > 0);
  await clock.settle();
  const [first] = world.wire.take();
  assertEquals(zk.stats().outstanding, { sent: 2, unsent: 0, parked: 1, bytes: 0 });
  world.wire.push(dataReply(first!.xid, "one", 0x1_0000_0002n));
  await clock.settle();
  const now = zk.chroot("/view").stats();
  assertEquals(now.outstanding, { sent: 2, unsent: 0, parked: 0, bytes: 0 });
  assertEquals(now.sent, { packets: 4, bytes: world.wire.written.length });
  const received = connectResponse().length + dataReply(1, "one").length;
  assertEquals(now.received, { packets: 2, bytes: received });
  const { state, server, sessionId, sessionTimeout, lastZxid, age, connectedFor } = now;
  assertEquals([state, server, sessionId, sessionTimeout, lastZxid, age, connectedFor], [
    "CONNECTED",
    "127.0.0.1:2181",
    -5n,
    6000,
    0x1_0000_0002n,
    111,
    11,
  ]);
  assertEquals(Object.keys(now).filter((key) => /pass|secret/i.test(key)), []);
  await shut(scene);
  await Promise.all(gets);
});

Deno.test("stats(): packets are frames, watches armed anew and authentications among them", async () => {
  const scene = await connected({ serverVersion: "3.9" });
  const { zk, world, seen } = scene;
  const calls = [zk.addWatch("/a", "PERSISTENT", noting(seen, "w")), zk.addAuth("digest", "a:b")];
  await world.clock.settle();
  const frames = world.wire.takeFrames();
  assertEquals(frames.length, 2);
  for (const frame of frames) {
    world.wire.push(reply(new DataView(frame.buffer, frame.byteOffset).getInt32(0)));
  }
  await world.clock.settle();
  await Promise.all(calls);
  assertEquals(zk.stats().sent.packets, 3);
  await reconnect(scene);
  assertEquals(zk.stats().sent.packets, 3 + 1 + world.wire.takeFrames().length);
  await shut(scene);
});

Deno.test("metrics: what they throw goes to onError, and the session goes on", async () => {
  const thrown: unknown[] = [];
  const fail = () => {
    throw new Error("metrics");
  };
  const metrics: Metrics = {};
  const names = Object.keys(noted().metrics) as (keyof Metrics)[];
  for (const name of names) metrics[name] = fail;
  const scene = await connected({ metrics, onError: (error) => void thrown.push(error) });
  const reading = scene.zk.getData("/a");
  await answer(scene);
  await reading;
  await scene.world.clock.advance(T / 3);
  scene.world.wire.push(pong());
  await reconnect(scene);
  await shut(scene);
  assert(thrown.length >= names.length - 2);
  assertEquals(new Set(thrown.map((error) => (error as Error).message)), new Set(["metrics"]));
});

Deno.test("metrics: those told of what is sent may submit as much again", async () => {
  const burst = () => {
    for (let i = 0; i < 200; i++) aget(zh, "/a", null, () => {});
  };
  let submit = () => {};
  const metrics: Metrics = {
    sent() {
      const once = submit;
      submit = () => {};
      once();
    },
  };
  const { zh, world } = await connect({ metrics });
  submit = burst;
  burst();
  await world.clock.settle();
  assertEquals(
    world.wire.take().map(({ xid }) => xid),
    Array.from({ length: 400 }, (_, i) => i + 1),
  );
});

Deno.test("metrics: methods keep their this, absent ones are fine, and misuse is thrown", async () => {
  class Counting implements Metrics {
    #requests = 0;
    request(): void {
      this.#requests++;
    }
    get requests(): number {
      return this.#requests;
    }
  }
  const metrics = new Counting();
  const scene = await connected({ metrics });
  scene.zk.exists("/a");
  await answer(scene);
  assertEquals(metrics.requests, 1);
  await shut(scene);
  for (const wrong of [1, "yes", null, () => {}]) {
    assertThrows(() => new ZooKeeper("test", { metrics: wrong as Metrics }), TypeError, "metrics");
  }
});

Deno.test("metrics: a request that is cancelled before its failure is told is told of as well", async () => {
  const { metrics, lines } = noted();
  const { zh, world } = await connect({ metrics });
  lines.length = 0;
  const second = () => {};
  aget(zh, "/a", null, () => void cancel(zh, second));
  aget(zh, "/b", null, second);
  await world.clock.settle();
  world.wire.end();
  await world.clock.settle();
  const requests = lines.filter((line) => line.startsWith("getData"));
  assertEquals(requests, ["getData CONNECTIONLOSS 0", "getData CANCELLED 0"]);
});

Deno.test("metrics and stats() are there in ./st, too", async () => {
  const { metrics, lines } = noted();
  const { zh, world } = await connect({ metrics });
  lines.length = 0;
  agetChildren(zh, "/", null, () => {});
  await world.clock.settle();
  const now: Stats = stats(zh);
  assertEquals([now.state, now.outstanding.sent], ["CONNECTED", 1]);
  world.wire.push(reply(world.wire.take()[0]!.xid, undefined, Rc.NOAUTH));
  await world.clock.settle();
  assertEquals(lines, ["getChildren NOAUTH 0"]);
});
