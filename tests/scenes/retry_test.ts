/** The option `retry`: what is repeated, when, in which order, and until when. */
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { Op, Rc, ZooKeeper, ZooKeeperError } from "../../mod.ts";
import { type AddWatchMode, Perms } from "../../mod.ts";
import { readSetWatches } from "../requests.ts";
import { dataReply, reply } from "../scripted.ts";
import { T } from "./scene.ts";
import {
  admit,
  answer,
  connected,
  expire,
  namesOf,
  noting,
  open,
  type Promises,
  reconnect,
  shut,
} from "./promises.ts";

const acl = [{ perms: Perms.ALL, id: { scheme: "world", id: "anyone" } }];

/** Every operation that there is. */
const operations: Record<string, (zk: ZooKeeper) => Promise<unknown>> = {
  exists: (zk) => zk.exists("/a"),
  getData: (zk) => zk.getData("/a"),
  getChildren: (zk) => zk.getChildren("/a"),
  getChildren2: (zk) => zk.getChildren2("/a"),
  getACL: (zk) => zk.getACL("/a"),
  sync: (zk) => zk.sync("/a"),
  multiRead: (zk) => zk.multiRead([Op.getData("/a")]),
  getEphemerals: (zk) => zk.getEphemerals(),
  getAllChildrenNumber: (zk) => zk.getAllChildrenNumber("/a"),
  whoAmI: (zk) => zk.whoAmI(),
  getConfig: (zk) => zk.getConfig(),
  addWatch: (zk) => zk.addWatch("/a", "PERSISTENT" satisfies AddWatchMode, () => {}),
  "multi of checks": (zk) => zk.multi([Op.check("/a", 1), Op.check("/b", 2)]),
  create: (zk) => zk.create("/a", "1"),
  create2: (zk) => zk.create2("/a", "1"),
  "create with a number": (zk) => zk.create("/a-", "1", { mode: "EPHEMERAL_SEQUENTIAL" }),
  setData: (zk) => zk.setData("/a", "1"),
  "setData of a version": (zk) => zk.setData("/a", "1", 7),
  delete: (zk) => zk.delete("/a", 3),
  setACL: (zk) => zk.setACL("/a", acl),
  multi: (zk) => zk.multi([Op.check("/a", 1), Op.setData("/b", "1")]),
  reconfig: (zk) => zk.reconfig({ leavingServers: "3" }),
};
const harmless = Object.keys(operations).slice(0, 13);

/** Sends what is pending; nobody answers. Returns its frames without their xids. */
async function send({ world }: Promises): Promise<string[]> {
  await world.clock.settle();
  return world.wire.takeFrames().map((frame) => String(frame.subarray(4)));
}

async function codeOf(operation: Promise<unknown>): Promise<[code: string, sent: boolean]> {
  const { code, sent } = await assertRejects(() => operation, ZooKeeperError);
  return [code, sent];
}

/** Writes get stuck, so that what is asked for from now on is not sent. */
async function stall({ zk, world }: Promises): Promise<void> {
  world.wire.stalled = true;
  zk.exists("/stuck").catch(() => {});
  await world.clock.settle();
}

Deno.test("retry: what was sent and does no harm twice is sent again, and nothing else", async () => {
  for (const [name, call] of Object.entries(operations)) {
    const scene = await connected({ retry: true, serverVersion: "3.9" });
    const calling = call(scene.zk);
    const frames = await send(scene);
    assertEquals(frames.length, 1, name);
    if (harmless.includes(name)) {
      calling.catch(() => {});
      await reconnect(scene);
      assertEquals(await send(scene), frames, name);
    } else {
      const failing = codeOf(calling);
      await reconnect(scene);
      assertEquals(await failing, ["CONNECTIONLOSS", true], name);
      assertEquals(await send(scene), [], name);
    }
    await shut(scene);
  }
});

Deno.test("retry: what was never sent is sent on the next connection, as it was, in its order", async () => {
  const scene = await connected({ retry: true });
  await stall(scene);
  const data = new TextEncoder().encode("before");
  const all = Object.values(operations).map((call) => call(scene.zk));
  const set = scene.zk.setData("/bytes", data);
  const text = String(data);
  data.fill(0);
  const ops = [Op.delete("/multi")];
  const reads = [Op.getData("/multiRead")];
  const lists = [scene.zk.multi(ops), scene.zk.multiRead(reads)];
  ops[0] = Op.check("/another", 1);
  reads.length = 0;
  for (const one of [...all, set, ...lists]) one.catch(() => {});
  await reconnect(scene);
  const { wire } = scene.world;
  const requests = wire.take();
  // The first one is what was stuck: it was sent, for all that is known, and reads alone.
  assertEquals(
    namesOf(requests),
    [
      "exists",
      "exists",
      "getData",
      "getChildren",
      "getChildren2",
      "getACL",
      "sync",
      "multiRead",
      "getEphemerals",
      "getAllChildrenNumber",
      "whoAmI",
      "getData",
      "addWatch",
      "multi",
      "create",
      "create2",
      "create",
      "setData",
      "setData",
      "delete",
      "setACL",
      "multi",
      "reconfig",
      "setData",
      "multi",
      "multiRead",
    ],
  );
  const { body } = requests.at(-3)!;
  assertEquals(body.string(), "/bytes");
  assertEquals(
    String(body.buffer()),
    text,
    "what the caller has overwritten since is of no account",
  );
  for (const [i, path] of [[-2, "/multi"], [-1, "/multiRead"]] as const) {
    const { body } = requests.at(i)!;
    body.skip(9);
    assertEquals(body.string(), path);
  }
  const xids = requests.map(({ xid }) => xid);
  assertEquals(xids, [...xids].sort((a, b) => a - b));
  await shut(scene);
});

Deno.test("retry: without it nothing is sent again; a call has its own, on and off", async () => {
  for (
    const [session, own, again] of [
      [undefined, undefined, false],
      [true, undefined, true],
      [false, true, true],
      [true, false, false],
      [undefined, { attempts: 2 }, true],
      [{ attempts: 1 }, undefined, false],
    ] as const
  ) {
    const scene = await connected(session === undefined ? {} : { retry: session });
    const reading = scene.zk.getData("/a", own === undefined ? {} : { retry: own });
    await send(scene);
    const outcome = again ? null : codeOf(reading);
    await reconnect(scene);
    assertEquals((await answer(scene)).length, again ? 1 : 0);
    if (again) assert((await reading).data !== null);
    assertEquals(await outcome, again ? null : ["CONNECTIONLOSS", true]);
    await shut(scene);
  }
});

Deno.test("retry: a silence of two thirds of T and a reply that does not fit count as losses too", async () => {
  const scene = await connected({ retry: true });
  const silent = scene.zk.getData("/a");
  await send(scene);
  const { clock } = scene.world;
  await clock.advance(T * 2 / 3);
  await clock.advance(T / 60);
  await admit(scene);
  await answer(scene);
  await silent;
  const strange = scene.zk.getData("/b");
  await send(scene);
  scene.world.wire.push(dataReply(12345, "to whom?"));
  await clock.settle();
  await clock.advance(T / 60);
  await admit(scene);
  await answer(scene);
  await strange;
  await shut(scene);
});

Deno.test("retry: it is sent `attempts` times at most; what was not sent does not count", async () => {
  const scene = await connected({ retry: { attempts: 3 } });
  const reading = codeOf(scene.zk.getData("/a"));
  for (let i = 1; i <= 3; i++) {
    assertEquals((await send(scene)).length, 1, `the ${i}th time`);
    await reconnect(scene);
  }
  assertEquals(await reading, ["CONNECTIONLOSS", true]);
  assertEquals(await send(scene), []);
  await stall(scene);
  const unsent = scene.zk.setData("/a", "1", -1, { retry: { attempts: 1 } });
  await reconnect(scene);
  assertEquals(namesOf(await answer(scene)).at(-1), "setData");
  assertEquals((await unsent).version, 4);
  await shut(scene);
});

Deno.test("retry: the timeout is for all of it, and waiting for a connection is part of that", async () => {
  const scene = await connected({ retry: true });
  const { clock } = scene.world;
  const reading = codeOf(scene.zk.getData("/a", { timeout: 1000 }));
  await send(scene);
  await clock.advance(600);
  await reconnect(scene);
  await clock.advance(399 - T / 60);
  assertEquals((await send(scene)).length, 1);
  await clock.advance(1);
  assertEquals(await reading, ["REQUESTTIMEOUT", true]);
  scene.world.answer = () => "refuse";
  const waiting = codeOf(scene.zk.getData("/a", { timeout: 500 }));
  await send(scene);
  scene.world.wire.end();
  await clock.advance(499);
  const before = clock.now();
  await clock.advance(1);
  await waiting;
  assertEquals(clock.now() - before, 1);
  await shut(scene);
});

Deno.test("retry: a signal ends what is repeated, and its late reply is nobody's", async () => {
  const scene = await connected({ retry: true });
  const controller = new AbortController();
  const reading = scene.zk.getData("/a", { signal: controller.signal });
  await send(scene);
  await reconnect(scene);
  const request = scene.world.wire.take()[0]!;
  controller.abort(new Error("enough"));
  await assertRejects(() => reading, Error, "enough");
  scene.world.wire.push(dataReply(request.xid, "late"));
  await scene.world.clock.settle();
  const next = scene.zk.getData("/b");
  await answer(scene);
  assertEquals(new TextDecoder().decode((await next).data!), "/b");
  await shut(scene);
});

Deno.test("retry: nothing goes on past the session: not past its expiry, nor its end", async () => {
  const scene = await connected({ retry: true });
  const reading = codeOf(scene.zk.getData("/a"));
  await send(scene);
  await expire(scene, 8n);
  assertEquals(await reading, ["SESSIONEXPIRED", true], "it was sent once");
  assertEquals(await send(scene), []);
  const last = codeOf(scene.zk.getData("/a"));
  await send(scene);
  scene.world.wire.end();
  await scene.world.clock.settle();
  const closing = shut(scene);
  assertEquals(await last, ["CLOSING", true]);
  await closing;
});

Deno.test("retry: a view's call is repeated in its own name, and ends with it", async () => {
  const scene = await connected({ retry: true });
  const view = scene.zk.chroot("/app");
  const reading = view.getData("/a");
  await send(scene);
  await reconnect(scene);
  const request = scene.world.wire.take()[0]!;
  assertEquals(request.body.string(), "/app/a");
  scene.world.wire.push(dataReply(request.xid, "1"));
  await scene.world.clock.settle();
  await reading;
  const last = codeOf(view.getData("/a"));
  await send(scene);
  await reconnect(scene);
  await view.close();
  await scene.world.clock.settle();
  assertEquals(await last, ["CLOSING", true]);
  await shut(scene);
});

Deno.test("retry: a read with a watch leaves it once, on the connection that answers", async () => {
  const scene = await connected({ retry: true });
  const { seen, world } = scene;
  const reading = scene.zk.getData("/a", { watch: noting(seen, "w") });
  await send(scene);
  await reconnect(scene);
  const requests = await answer(scene);
  assertEquals(namesOf(requests), ["getData"], "nothing to arm again");
  await reading;
  world.wire.end();
  await world.clock.settle();
  assertEquals(seen.filter((line) => line.startsWith("w")), ["w CONNECTING"]);
  await shut(scene);
});

Deno.test("retry: a watch that was removed on a lost connection is removed on the next", async () => {
  const scene = await connected({ retry: true });
  const { zk, seen, world } = scene;
  const watcher = noting(seen, "w");
  const reading = zk.getData("/a", { watch: watcher });
  await answer(scene);
  await reading;
  const removing = zk.removeWatches("/a", "ANY", watcher);
  await send(scene);
  await reconnect(scene);
  const requests = await answer(scene);
  assertEquals(namesOf(requests), ["setWatches", "removeWatches"]);
  await removing;
  assertEquals(zk.stats().watches.data, 0);
  assertEquals(seen.at(-1), "w DataWatchRemoved /a");
  assert(!world.wire.closed);
  await shut(scene);
});

Deno.test("retry: waitFor() goes on by itself, and asks for nothing once it is over", async () => {
  const scene = await connected({ retry: true });
  const { zk, world } = scene;
  const waiting = codeOf(zk.waitFor("/a", { timeout: 100 }));
  await send(scene);
  world.wire.end();
  await world.clock.settle();
  await world.clock.advance(100);
  assertEquals((await waiting)[0], "REQUESTTIMEOUT");
  await world.clock.advance(T / 60);
  await admit(scene);
  assertEquals(await send(scene), []);
  await shut(scene);
});

Deno.test("retry: ensurePath() is repeated as its requests are", async () => {
  const scene = await connected({});
  const { zk, world } = scene;
  const ensuring = zk.ensurePath("/a", { retry: true });
  await world.clock.settle();
  for (const { xid } of world.wire.take()) world.wire.push(reply(xid, undefined, Rc.THROTTLEDOP));
  await world.clock.settle();
  await world.clock.advance(75);
  assertEquals(namesOf(await answer(scene)), ["exists", "exists"]);
  await ensuring;
  await shut(scene);
});

Deno.test("protect: after a loss it syncs and looks, in one go, and only then creates again", async () => {
  const scene = await connected({});
  const { zk, world } = scene;
  const creating = zk.create("/n-", null, { mode: "EPHEMERAL_SEQUENTIAL", protect: true });
  const [create] = await send(scene);
  await reconnect(scene);
  await world.clock.settle();
  const requests = world.wire.take();
  assertEquals(namesOf(requests), ["sync", "getChildren"]);
  const [sync, list] = requests.map(({ xid }) => xid);
  world.wire.push(reply(sync!, (to) => to.string("/")));
  await world.clock.settle();
  assertEquals(await send(scene), []);
  world.wire.push(reply(list!, (to) => to.vector(["other"], (w, name) => w.string(name))));
  assertEquals(await send(scene), [create]);
  creating.catch(() => {});
  await shut(scene);
});

Deno.test("retry: what is repeated comes before what is asked for at the news of its failure", async () => {
  const scene = await connected();
  const { zk } = scene;
  const first = zk.setData("/1", "").catch(() => zk.setData("/after", "").catch(() => {}));
  const second = zk.getData("/2", { retry: true });
  const third = zk.getData("/3", { retry: true });
  await send(scene);
  await reconnect(scene);
  const paths = scene.world.wire.take().map(({ body }) => body.string());
  assertEquals(paths, ["/2", "/3", "/after"]);
  for (const one of [first, second, third]) one.catch(() => {});
  await shut(scene);
});

Deno.test("retry: what is repeated comes before what is asked for at the session's own news of the loss", async () => {
  for (const outstanding of [{}, { requests: 2 }, { bytes: 1 }]) {
    let told = 0;
    const scene: Promises = await connected({
      retry: true,
      outstanding,
      watcher: ({ state }) => {
        if (state === "CONNECTED" || told++ > 0) return;
        for (const path of ["/new1", "/gone", "/new2"]) ask(path);
        gone.abort();
      },
    });
    const gone = new AbortController();
    const ask = (path: string) => {
      const options = path === "/gone" ? { signal: gone.signal } : {};
      scene.zk.setData(path, "", -1, options).catch(() => {});
    };
    await stall(scene);
    for (const path of ["/old1", "/old2", "/old3"]) ask(path);
    await reconnect(scene);
    const paths: string[] = [];
    for (let requests; (requests = await answer(scene)).length > 0;) {
      paths.push(...requests.map(({ body }) => body.string()));
    }
    assertEquals(paths, ["/stuck", "/old1", "/old2", "/old3", "/new1", "/new2"]);
    await shut(scene);
  }
});

Deno.test("retry: what is repeated comes first although one of it has timed out meanwhile", async () => {
  let told = 0;
  const scene: Promises = await connected({
    retry: true,
    watcher: ({ state }) => {
      if (state === "CONNECTED" || told++ > 0) return;
      scene.zk.setData("/new", "").catch(() => {});
      scene.world.clock.jump(200);
    },
  });
  await stall(scene);
  const timedOut = codeOf(scene.zk.setData("/old1", "", -1, { timeout: 100 }));
  scene.zk.setData("/old2", "").catch(() => {});
  await reconnect(scene);
  const paths = (await answer(scene)).map(({ body }) => body.string());
  assertEquals(paths, ["/stuck", "/old2", "/new"]);
  assertEquals(await timedOut, ["REQUESTTIMEOUT", false]);
  await shut(scene);
});

Deno.test("retry: a removal that takes two requests keeps their order and its timeout", async () => {
  let told = 0;
  const scene: Promises = await connected({
    retry: true,
    watcher: ({ state }) => {
      if (state !== "CONNECTED" && told++ === 0) scene.zk.setData("/new", "").catch(() => {});
    },
  });
  const { zk, seen, world } = scene;
  const recursive = noting(seen, "r");
  zk.addWatch("/a", "PERSISTENT_RECURSIVE", recursive);
  zk.addWatch("/a", "PERSISTENT", noting(seen, "p"));
  await answer(scene);
  const removing = codeOf(zk.removeWatches("/a", "ANY", recursive, { timeout: 1000 }));
  const end = world.clock.now() + 1000;
  await send(scene);
  await world.clock.advance(500);
  await reconnect(scene);
  const names = namesOf(world.wire.take());
  assertEquals(names, ["setWatches2", "addWatch", "removeWatches", "setData"]);
  await world.clock.advance(end - world.clock.now());
  assertEquals((await removing)[0], "REQUESTTIMEOUT");
  await shut(scene);
});

Deno.test("retry: watches that are asked for at the session's news of the loss are expected behind what is repeated", async () => {
  let told = 0;
  const scene: Promises = await connected({
    retry: true,
    watcher: ({ state }) => {
      if (state === "CONNECTED" || told++ > 0) return;
      zk.addWatch("/a", "PERSISTENT", () => {});
      zk.addWatch("/a", "PERSISTENT_RECURSIVE", watch);
    },
  });
  const { zk, world } = scene;
  const watch = () => {};
  zk.addWatch("/a", "PERSISTENT", watch);
  await answer(scene);
  zk.removeWatches("/a", "ANY", watch);
  zk.getChildren("/a", { watch });
  zk.removeWatches("/a", "ANY", watch);
  await send(scene);
  await reconnect(scene);
  await answer(scene);
  const [armed] = world.wire.take();
  assertEquals(readSetWatches(armed!.body).lists, [[], [], ["/a"], ["/a"], ["/a"]]);
  await shut(scene);
});

Deno.test("retry: a removal asked for at the session's news of the loss takes a watch that is repeated before it", async () => {
  let told = 0;
  const scene: Promises = await connected({
    retry: true,
    watcher: ({ state }) => {
      if (state !== "CONNECTED" && told++ === 0) zk.removeWatches("/a", "ANY", watch);
    },
  });
  const { zk, world } = scene;
  const watch = () => {};
  zk.getData("/a", { watch });
  zk.getData("/a", { watch: () => {} });
  await answer(scene);
  zk.addWatch("/a", "PERSISTENT_RECURSIVE", watch);
  await send(scene);
  await reconnect(scene);
  assertEquals(namesOf(await answer(scene)), ["setWatches", "addWatch", "checkWatches"]);
  assertEquals(namesOf(await answer(scene)), ["removeWatches"]);
  assertEquals(namesOf(world.wire.take()), ["setWatches"]);
  await shut(scene);
});

/** Answers the request that has come with a code. */
async function refuse({ world }: Promises, rc: number): Promise<void> {
  await world.clock.settle();
  const [request] = world.wire.take();
  world.wire.push(reply(request!.xid, undefined, rc));
  await world.clock.settle();
}

Deno.test("retry: what left before its turn was over is sent again as it was", async () => {
  const scene = await connected({ retry: true });
  const { zk, world } = scene;
  const all = Array.from({ length: 300 }, (_, i) => zk.setData(`/a${i}`, `${i}`));
  await world.clock.settle();
  const frames = world.wire.takeFrames();
  assertEquals(frames.length, 300);
  const answers = frames.map((frame) => {
    const xid = new DataView(frame.buffer, frame.byteOffset).getInt32(0);
    return reply(xid, undefined, Rc.THROTTLEDOP);
  });
  world.wire.push(...answers);
  await world.clock.settle();
  await world.clock.advance(75);
  assertEquals(await send(scene), frames.map((frame) => String(frame.subarray(4))));
  for (const one of all) one.catch(() => {});
  await shut(scene);
});

Deno.test("retry: a server that throttles (-127) is asked again after a pause that grows, even to write", async () => {
  const scene = await connected({ retry: true });
  const { clock } = scene.world;
  const setting = scene.zk.setData("/a", "1");
  // Between half and all of 100, 200, 400 ms: chance says 0.5.
  for (const pause of [75, 150, 300]) {
    await refuse(scene, Rc.THROTTLEDOP);
    await clock.advance(pause - 1);
    assertEquals(scene.world.wire.take(), []);
    await clock.advance(1);
  }
  assertEquals(namesOf(await answer(scene)), ["setData"]);
  await setting;
  const multi = scene.zk.multi([Op.setData("/a", "1"), Op.delete("/b")]);
  await refuse(scene, Rc.THROTTLEDOP);
  await clock.advance(75);
  const [again] = scene.world.wire.take();
  assertEquals(namesOf([again!]), ["multi"]);
  scene.world.wire.push(reply(again!.xid, undefined, Rc.NONODE));
  await assertRejects(() => multi, ZooKeeperError, "NONODE");
  await shut(scene);
});

Deno.test("retry: throttled, it gives up when the pause is over the timeout, the signal or the session", async () => {
  const scene = await connected({ retry: true });
  const { clock } = scene.world;
  const short = codeOf(scene.zk.setData("/a", "1", -1, { timeout: 70 }));
  await refuse(scene, Rc.THROTTLEDOP);
  assertEquals(await short, ["THROTTLEDOP", true]);
  const controller = new AbortController();
  const signalled = scene.zk.setData("/a", "1", -1, { signal: controller.signal });
  await refuse(scene, Rc.THROTTLEDOP);
  controller.abort(new Error("enough"));
  await assertRejects(() => signalled, Error, "enough");
  const view = scene.zk.chroot("/app");
  const viewed = codeOf(view.setData("/a", "1"));
  await refuse(scene, Rc.THROTTLEDOP);
  await view.close();
  assertEquals((await viewed)[0], "CLOSING");
  const expired = codeOf(scene.zk.setData("/a", "1"));
  await refuse(scene, Rc.THROTTLEDOP);
  await expire(scene, 8n);
  await clock.advance(100);
  assertEquals(await expired, ["SESSIONEXPIRED", false]);
  const renewed = codeOf(scene.zk.setData("/a", "1"));
  for (const pause of [75, 150, 300]) {
    await refuse(scene, Rc.THROTTLEDOP);
    await clock.advance(pause);
  }
  await refuse(scene, Rc.THROTTLEDOP);
  const before = clock.now();
  await expire(scene, 9n);
  assert(clock.now() - before < 600, "the new session is there before the pause is over");
  await clock.advance(600);
  assertEquals(await renewed, ["SESSIONEXPIRED", false]);
  assertEquals(scene.world.wire.take(), []);
  const closed = codeOf(scene.zk.setData("/a", "1"));
  await refuse(scene, Rc.THROTTLEDOP);
  const now = clock.now();
  const closing = scene.zk.close();
  await answer(scene);
  assertEquals(await closed, ["CLOSING", false]);
  assertEquals(clock.now(), now, "it does not wait until the pause is over");
  await closing;
});

Deno.test("retry: without it -127 and -125 are told as they are, and -125 with it, too", async () => {
  for (const [retry, rc] of [[false, -127], [false, -125], [true, -125]] as const) {
    const scene = await connected({ retry });
    const setting = codeOf(scene.zk.setData("/a", "1"));
    await refuse(scene, rc);
    assertEquals(await setting, [rc === -127 ? "THROTTLEDOP" : "QUOTAEXCEEDED", true]);
    await shut(scene);
  }
});

Deno.test("SESSIONMOVED (-118) ends the connection; with retry the write that got it is repeated first", async () => {
  for (const retry of [false, true]) {
    const scene = await connected({ retry });
    const { zk, world, seen } = scene;
    const refused = zk.setData("/a", "1");
    const read = zk.getData("/b");
    const written = codeOf(zk.setData("/c", "1"));
    const outcomes = retry ? null : Promise.all([codeOf(refused), codeOf(read)]);
    await refuse(scene, Rc.SESSIONMOVED);
    assertEquals(seen, ["CONNECTED", "CONNECTING"]);
    assertEquals(await written, ["CONNECTIONLOSS", true]);
    await world.clock.advance(T / 60);
    await admit(scene);
    const again = await answer(scene);
    assertEquals(namesOf(again), retry ? ["setData", "getData"] : []);
    assertEquals(
      await outcomes,
      retry ? null : [["SESSIONMOVED", true], ["CONNECTIONLOSS", true]],
    );
    if (retry) await Promise.all([refused, read]);
    await shut(scene);
  }
});

Deno.test("retry: what is not valid is refused at the call", async () => {
  for (const retry of [1, "yes", null, { attempts: "2" }, { tries: 2 }] as unknown[]) {
    assertThrows(() => new ZooKeeper("test", { retry: retry as boolean }), TypeError, "retry");
  }
  for (const attempts of [0, -1, 1.5, NaN]) {
    assertThrows(() => new ZooKeeper("test", { retry: { attempts } }), RangeError, "retry");
  }
  const scene = await open();
  assertThrows(() => scene.zk.exists("/a", { retry: 2 as never }), TypeError, `"retry"`);
  assertThrows(() => scene.zk.exists("a", { retry: true }), TypeError, "must start with");
  assertThrows(() => scene.zk.exists("/a", { retry: true, tries: 1 } as never), TypeError, "tries");
  await shut(scene);
});
