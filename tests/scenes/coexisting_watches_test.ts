/** Watches of several kinds on one path: what is asked of the server, and who hears what. */
import { assert, assertEquals } from "@std/assert";
import { Rc, WireEvent } from "../../src/proto/constants.ts";
import type { AddWatchMode } from "../../src/proto/modes.ts";
import { aexists } from "../../src/st.ts";
import type { Watcher } from "../../src/types.ts";
import { readSetWatches } from "../requests.ts";
import { answerAll, event, reply } from "../scripted.ts";
import {
  answer,
  connected,
  expire,
  namesOf,
  noting,
  type Promises,
  reconnect,
  shut,
} from "./promises.ts";
import { accept, connect, T } from "./scene.ts";

async function fire({ world }: Promises, ...events: [type: number, path: string][]): Promise<void> {
  world.wire.push(...events.map(([type, path]) => event(type, path)));
  await world.clock.settle();
}

/** What was asked, with the numbers that tell modes and types apart, or whether a watch is set. */
async function asked(scene: Promises): Promise<string[]> {
  const requests = await answer(scene);
  const names = namesOf(requests);
  return requests.map(({ body }, i) => {
    if (names[i] === "setWatches" || names[i] === "setWatches2") {
      return `${names[i]} ${JSON.stringify(readSetWatches(body).lists)}`;
    }
    const lasting = /addWatch|Watches/.test(names[i]!);
    return `${names[i]} ${body.string()} ${lasting ? body.int() : body.bool()}`;
  });
}

Deno.test("beside a lasting watch no one-shot one is armed, not even with it on its way (ZOOKEEPER-4466)", async () => {
  const scene = await connected();
  const { zk } = scene;
  const watch = () => {};
  zk.getData("/a", { watch });
  zk.addWatch("/a", "PERSISTENT", watch);
  zk.getData("/a", { watch });
  zk.getChildren("/a", { watch });
  zk.exists("/b", { watch });
  assertEquals(await asked(scene), [
    "getData /a true",
    "addWatch /a 0",
    "getData /a false",
    "getChildren /a false",
    "exists /b true",
  ]);
  await shut(scene);
});

Deno.test("a persistent watch does not overwrite a recursive one", async () => {
  const scene = await connected();
  const { zk } = scene;
  zk.addWatch("/a", "PERSISTENT_RECURSIVE", () => {});
  zk.addWatch("/a", "PERSISTENT", () => {});
  assertEquals(await asked(scene), ["addWatch /a 1", "addWatch /a 1"]);
  await shut(scene);
});

for (const server of ["3.8", "3.9"]) {
  Deno.test(`a list of children that changes is told once to each beside a recursive watch, on ${server}`, async () => {
    const scene = await connected();
    const { zk, seen } = scene;
    zk.addWatch("/a", "PERSISTENT", noting(seen, "p"));
    zk.addWatch("/a", "PERSISTENT_RECURSIVE", noting(seen, "r"));
    zk.getChildren("/a", { watch: noting(seen, "c") });
    await answer(scene);
    seen.length = 0;
    // 3.8 has overwritten the persistent watch, 3.9 tells for both, one right behind the other.
    const list = (path: string): [number, string][] =>
      server === "3.9" ? [[WireEvent.nodeChildrenChanged, path]] : [];
    await fire(
      scene,
      [WireEvent.nodeCreated, "/a/1"],
      ...list("/a"),
      [WireEvent.nodeCreated, "/a/1/2"],
      [WireEvent.nodeDeleted, "/a/1/2"],
      [WireEvent.nodeDataChanged, "/a/1"],
      [WireEvent.nodeDeleted, "/a/1"],
      ...list("/a"),
    );
    assertEquals(seen, [
      "r NodeCreated /a/1",
      "c NodeChildrenChanged /a",
      "p NodeChildrenChanged /a",
      "r NodeCreated /a/1/2",
      "r NodeDeleted /a/1/2",
      "r NodeDataChanged /a/1",
      "r NodeDeleted /a/1",
      "p NodeChildrenChanged /a",
    ]);
    await shut(scene);
  });
}

Deno.test("a child's event foretells nothing where no recursive watch stands on its parent", async () => {
  const scene = await connected();
  const { zk, seen } = scene;
  zk.addWatch("/a", "PERSISTENT", noting(seen, "p"));
  zk.addWatch("/", "PERSISTENT_RECURSIVE", () => {});
  await answer(scene);
  seen.length = 0;
  await fire(scene, [WireEvent.nodeCreated, "/a/1"], [WireEvent.nodeChildrenChanged, "/a"]);
  assertEquals(seen, ["p NodeChildrenChanged /a"]);
  await shut(scene);
});

Deno.test("a list of children that changes after the recursive watch has gone is told", async () => {
  const scene = await connected();
  const { zk, seen } = scene;
  const r = noting(seen, "r");
  zk.addWatch("/a", "PERSISTENT", noting(seen, "p"));
  zk.addWatch("/a", "PERSISTENT_RECURSIVE", r);
  await answer(scene);
  await fire(scene, [WireEvent.nodeCreated, "/a/1"]);
  seen.length = 0;
  zk.removeWatches("/a", "ANY", r);
  // Overwritten first; then, where they stand side by side, taken away by its own number.
  assertEquals(await asked(scene), ["addWatch /a 0", "removeWatches /a 5"]);
  await fire(scene, [WireEvent.nodeChildrenChanged, "/a"]);
  assertEquals(seen, ["r PersistentWatchRemoved /a", "p NodeChildrenChanged /a"]);
  await shut(scene);
});

Deno.test("3.8 answers -5 to the number of recursive watches: nothing comes of it", async () => {
  const scene = await connected();
  const { zk, world, seen } = scene;
  const r = noting(seen, "r");
  zk.addWatch("/a", "PERSISTENT", noting(seen, "p"));
  zk.addWatch("/a", "PERSISTENT_RECURSIVE", r);
  await answer(scene);
  const removing = zk.removeWatches("/a", "ANY", r);
  await world.clock.settle();
  const [add, remove] = world.wire.take();
  world.wire.push(reply(add!.xid), reply(remove!.xid, undefined, -5));
  await world.clock.settle();
  await removing;
  assertEquals([zk.state, world.wire.closed], ["CONNECTED", false]);
  await shut(scene);
});

Deno.test("one-shot watches that relied on a lasting one are armed when it has gone, from its zxid on", async () => {
  const scene = await connected();
  const { zk, world } = scene;
  const p = () => {};
  zk.addWatch("/a", "PERSISTENT", p);
  zk.getData("/a", { watch: () => {} });
  zk.getChildren("/a", { watch: () => {} });
  await answer(scene);
  zk.removeWatches("/a", "ANY", p);
  await world.clock.settle();
  const [removal] = world.wire.take();
  world.wire.push(reply(removal!.xid, undefined, 0, 0x77n));
  await world.clock.settle();
  const [again] = world.wire.take();
  const { relativeZxid, lists } = readSetWatches(again!.body);
  assertEquals([relativeZxid, lists], [0x77n, [["/a"], [], ["/a"]]]);
  await shut(scene);
});

Deno.test("a lasting watch that fails leaves those that relied on it armed by themselves", async () => {
  const scene = await connected();
  const { zk, world } = scene;
  zk.addWatch("/a", "PERSISTENT", () => {}).catch(() => {});
  zk.getData("/a", { watch: () => {} });
  await world.clock.settle();
  const [add, read] = world.wire.take();
  world.wire.push(reply(add!.xid, undefined, -127), ...answerAll([read!]));
  assertEquals(await asked(scene), ['setWatches [["/a"],[],[]]']);
  await shut(scene);
});

Deno.test("a lasting watch given up on its way is taken back, and what it overwrote is armed again", async () => {
  for (const there of [null, "PERSISTENT", "PERSISTENT_RECURSIVE"] as const) {
    const scene = await connected();
    const { zk, world, seen } = scene;
    if (there !== null) zk.addWatch("/a", there, noting(seen, "w"));
    await answer(scene);
    const controller = new AbortController();
    const { signal } = controller;
    zk.addWatch("/a", "PERSISTENT_RECURSIVE", noting(seen, "r"), { signal }).catch(() => {});
    await world.clock.settle();
    controller.abort();
    seen.length = 0;
    await answer(scene);
    assertEquals(seen, [], "Resync waits for what it was overwritten with to go");
    assertEquals(
      await asked(scene),
      there === null
        ? ["removeWatches /a 3"]
        : there === "PERSISTENT"
        ? ["addWatch /a 0", "removeWatches /a 5"]
        : [],
    );
    assertEquals(seen, there === "PERSISTENT" ? ["w Resync /a"] : []);
    await shut(scene);
  }
});

Deno.test("a watcher whose removal never left hears on, whatever was asked for behind that", async () => {
  for (const isRefused of [false, true]) {
    for (const [mode, armed, then] of weaker) {
      const scene = await connected();
      const { zk, world, seen } = scene;
      const watcher = noting(seen, "w");
      zk.addWatch("/a", mode, watcher);
      await answer(scene);
      const controller = new AbortController();
      const { signal } = controller;
      zk.removeWatches("/a", "ANY", watcher, { signal }).catch(() => {});
      then(scene);
      if (isRefused) await world.clock.settle();
      else controller.abort();
      await world.clock.settle();
      const [first, second] = world.wire.take();
      seen.length = 0;
      if (isRefused) world.wire.push(reply(first!.xid, undefined, Rc.THROTTLEDOP));
      world.wire.push(...answerAll([isRefused ? second! : first!]));
      assertEquals(await asked(scene), [`setWatches2 ${JSON.stringify(armed)}`]);
      assertEquals(seen.includes("w Resync /a"), true);
      await shut(scene);
    }
  }
});

Deno.test("a lasting watch given up on its way is taken back though a removal has spared it meanwhile", async () => {
  const scene = await connected();
  const { zk, world, seen } = scene;
  const first = noting(seen, "first");
  zk.addWatch("/a", "PERSISTENT_RECURSIVE", first);
  zk.addWatch("/a", "PERSISTENT", noting(seen, "p"));
  await answer(scene);
  const controller = new AbortController();
  const { signal } = controller;
  zk.addWatch("/a", "PERSISTENT_RECURSIVE", () => {}, { signal }).catch(() => {});
  zk.removeWatches("/a", "ANY", first);
  await world.clock.settle();
  controller.abort();
  assertEquals(await asked(scene), ["addWatch /a 1", "checkWatches /a 3"]);
  assertEquals(await asked(scene), ["addWatch /a 0", "removeWatches /a 5"]);
  assertEquals(seen.at(-1), "p Resync /a");
  await shut(scene);
});

Deno.test("a lasting watch whose removal never left is armed again when a one-shot one of its path is taken", async () => {
  const scene = await connected();
  const { zk, seen } = scene;
  const [lasting, once] = [noting(seen, "lasting"), noting(seen, "once")];
  zk.addWatch("/a", "PERSISTENT_RECURSIVE", lasting);
  zk.getData("/a", { watch: once });
  await answer(scene);
  const controller = new AbortController();
  const { signal } = controller;
  zk.removeWatches("/a", "ANY", lasting, { signal }).catch(() => {});
  zk.removeWatches("/a", "ANY", once);
  controller.abort();
  assertEquals(await asked(scene), ["removeWatches /a 2"]);
  assertEquals(await asked(scene), [`setWatches2 ${JSON.stringify([[], [], [], [], ["/a"]])}`]);
  assertEquals(seen.at(-1), "lasting Resync /a");
  await shut(scene);
});

Deno.test("a watcher whose removal is refused hears on, also when what was asked for behind that is given up", async () => {
  const behind: ((scene: Promises, signal: AbortSignal) => Promise<unknown>)[] = [
    ({ zk }, signal) => zk.exists("/a", { watch: () => {}, signal }),
    ({ zk }, signal) => zk.addWatch("/a", "PERSISTENT", () => {}, { signal }),
  ];
  for (const ask of behind) {
    const scene = await connected();
    const { zk, world, seen } = scene;
    const watcher = noting(seen, "w");
    zk.addWatch("/a", "PERSISTENT_RECURSIVE", watcher);
    await answer(scene);
    const controller = new AbortController();
    zk.removeWatches("/a", "ANY", watcher).catch(() => {});
    ask(scene, controller.signal).catch(() => {});
    await world.clock.settle();
    const [removal, weak] = world.wire.take();
    controller.abort();
    world.wire.push(reply(removal!.xid, undefined, Rc.THROTTLEDOP), ...answerAll([weak!]));
    const armed = `setWatches2 ${JSON.stringify([[], [], [], [], ["/a"]])}`;
    assertEquals((await asked(scene)).at(-1), armed);
    assertEquals(seen.at(-1), "w Resync /a");
    await shut(scene);
  }
});

/** What is weaker than a lasting watch, asked for behind its removal, and what is armed instead. */
const weaker: readonly [AddWatchMode, string[][], (scene: Promises) => void][] = [
  ["PERSISTENT", [["/a"], [], [], ["/a"], []], ({ zk }) => zk.getData("/a", { watch: () => {} })],
  [
    "PERSISTENT_RECURSIVE",
    [["/a"], [], [], [], ["/a"]],
    ({ zk }) => zk.exists("/a", { watch: () => {} }),
  ],
  [
    "PERSISTENT_RECURSIVE",
    [[], [], [], ["/a"], ["/a"]],
    ({ zk, seen }) => zk.addWatch("/a", "PERSISTENT", noting(seen, "p")),
  ],
];

Deno.test("what a removal takes from the server that another one, which never left, was to spare is armed again", async () => {
  const scene = await connected();
  const { zk, seen } = scene;
  const [first, second] = [noting(seen, "first"), noting(seen, "second")];
  zk.getData("/a", { watch: first });
  zk.getData("/a", { watch: second });
  await answer(scene);
  const controller = new AbortController();
  const { signal } = controller;
  zk.removeWatches("/a", "DATA", first, { signal }).catch(() => {});
  zk.removeWatches("/a", "DATA", second);
  controller.abort();
  assertEquals(await asked(scene), ["removeWatches /a 2"]);
  assertEquals(await asked(scene), [`setWatches ${JSON.stringify([["/a"], [], []])}`]);
  for (const watcher of [first, second]) zk.addWatch("/b", "PERSISTENT_RECURSIVE", watcher);
  zk.addWatch("/b", "PERSISTENT", noting(seen, "third"));
  await answer(scene);
  const again = new AbortController();
  zk.removeWatches("/b", "ANY", first, { signal: again.signal }).catch(() => {});
  zk.removeWatches("/b", "ANY", second);
  again.abort();
  assertEquals(await asked(scene), ["addWatch /b 0", "removeWatches /b 5"]);
  assertEquals(await asked(scene), [`setWatches2 ${JSON.stringify([[], [], [], ["/b"], ["/b"]])}`]);
  assertEquals(seen.slice(-2), ["third Resync /b", "first Resync /b"]);
  await shut(scene);
});

/** A recursive watcher of "/a" beside a persistent one, which lives on its watch. */
async function recursiveBesidePersistent(): Promise<Promises & { recursive: Watcher }> {
  const scene = await connected();
  const recursive = noting(scene.seen, "r");
  scene.zk.addWatch("/a", "PERSISTENT_RECURSIVE", recursive);
  scene.zk.addWatch("/a", "PERSISTENT", noting(scene.seen, "p"));
  await answer(scene);
  return { ...scene, recursive };
}

Deno.test("a removal that takes two requests is taken back whole", async () => {
  const scene = await recursiveBesidePersistent();
  const { zk, recursive } = scene;
  const controller = new AbortController();
  const { signal } = controller;
  zk.removeWatches("/a", "ANY", recursive, { signal }).catch(() => {});
  controller.abort();
  assertEquals(await asked(scene), []);
  const { persistent, recursive: left } = zk.stats().watches;
  assertEquals([persistent, left], [1, 1]);
  zk.removeWatches("/a", "ANY", recursive);
  assertEquals(await asked(scene), ["addWatch /a 0", "removeWatches /a 5"]);
  assertEquals(zk.stats().watches.recursive, 0);
  await shut(scene);
});

Deno.test("a removal that takes two requests, of which the first is refused, leaves nobody deaf", async () => {
  const scene = await recursiveBesidePersistent();
  const { zk, world, seen, recursive } = scene;
  zk.removeWatches("/a", "ANY", recursive).catch(() => {});
  await world.clock.settle();
  const [first, second] = world.wire.take();
  world.wire.push(reply(first!.xid, undefined, Rc.THROTTLEDOP), reply(second!.xid));
  assertEquals(await asked(scene), [`setWatches2 ${JSON.stringify([[], [], [], ["/a"], ["/a"]])}`]);
  assertEquals(seen.slice(-2), ["p Resync /a", "r Resync /a"]);
  await shut(scene);
});

Deno.test("a read that relied on a lasting watch which never left is armed, whatever comes behind it", async () => {
  const scene = await connected();
  const { zk, seen } = scene;
  const controller = new AbortController();
  const { signal } = controller;
  zk.addWatch("/a", "PERSISTENT", noting(seen, "never"), { signal }).catch(() => {});
  zk.exists("/a", { watch: noting(seen, "e") });
  zk.addWatch("/a", "PERSISTENT", noting(seen, "p"));
  controller.abort();
  assertEquals(await asked(scene), ["exists /a false", "addWatch /a 0"]);
  assertEquals(await asked(scene), [`setWatches2 ${JSON.stringify([["/a"], [], [], ["/a"], []])}`]);
  await shut(scene);
});

Deno.test("what had to be armed anew and was not confirmed is armed on the next connection from its own zxid on", async () => {
  const scene = await connected();
  const { zk, world, seen } = scene;
  const controller = new AbortController();
  const { signal } = controller;
  zk.addWatch("/a", "PERSISTENT", noting(seen, "never"), { signal }).catch(() => {});
  zk.exists("/a", { watch: noting(seen, "e") });
  zk.exists("/b");
  controller.abort();
  await world.clock.settle();
  const [first, second] = world.wire.take();
  world.wire.push(reply(first!.xid, undefined, -101, 5n), reply(second!.xid, undefined, -101, 9n));
  await world.clock.settle();
  for (let round = 0; round < 2; round++) {
    const requests = (await reconnect(scene)).take();
    assertEquals(requests.map(({ body }) => readSetWatches(body)), [
      { relativeZxid: 5n, lists: [[], ["/a"], []] },
      { relativeZxid: 9n, lists: [[], ["/a"], []] },
    ]);
  }
  world.wire.push(reply(-8), reply(-8));
  await world.clock.settle();
  const confirmed = (await reconnect(scene)).take();
  assertEquals(confirmed.map(({ body }) => readSetWatches(body).relativeZxid), [9n]);
  await shut(scene);
});

Deno.test("until a recursive watch given up has gone, one-shot watches that it overwrote live on its events", async () => {
  for (const lost of [false, true]) {
    const scene = await connected();
    const { zk, world, seen } = scene;
    zk.getChildren("/a", { watch: noting(seen, "c") });
    await answer(scene);
    const controller = new AbortController();
    const { signal } = controller;
    zk.addWatch("/a", "PERSISTENT_RECURSIVE", noting(seen, "r"), { signal }).catch(() => {});
    await world.clock.settle();
    controller.abort();
    seen.length = 0;
    await answer(scene);
    if (lost) {
      const [request] = (await reconnect(scene)).take();
      const { lists } = readSetWatches(request!.body);
      assertEquals(lists, [[], [], ["/a"]], "of the one given up nothing is left");
    } else {
      await fire(scene, [WireEvent.nodeCreated, "/a/b"]);
      assertEquals(seen, ["c NodeChildrenChanged /a"]);
    }
    await shut(scene);
  }
});

Deno.test("a persistent watch asked for as recursive is armed as itself when the recursive one never left", async () => {
  for (const givenUp of [false, true]) {
    const scene = await connected();
    const { zk, world, seen } = scene;
    zk.addWatch("/a", "PERSISTENT", noting(seen, "before"));
    await answer(scene);
    const [recursive, persistent] = [new AbortController(), new AbortController()];
    zk.addWatch("/a", "PERSISTENT_RECURSIVE", noting(seen, "r"), { signal: recursive.signal })
      .catch(() => {});
    zk.addWatch("/a", "PERSISTENT", noting(seen, "p"), { signal: persistent.signal })
      .catch(() => {});
    recursive.abort();
    seen.length = 0;
    await world.clock.settle();
    if (givenUp) persistent.abort();
    assertEquals(await asked(scene), ["addWatch /a 1"]);
    assertEquals(await asked(scene), ["addWatch /a 0", "removeWatches /a 5"]);
    await fire(scene, [WireEvent.nodeChildrenChanged, "/a"]);
    assertEquals(
      seen,
      givenUp
        ? ["before Resync /a", "before NodeChildrenChanged /a"]
        : ["before Resync /a", "p Resync /a"].concat(
          ["before NodeChildrenChanged /a", "p NodeChildrenChanged /a"],
        ),
    );
    await shut(scene);
  }
});

Deno.test("with another recursive watch on its way, too, a persistent one hears of the list meanwhile", async () => {
  for (const givenUp of [false, true]) {
    const scene = await connected();
    const { zk, world, seen } = scene;
    const [first, third] = [new AbortController(), new AbortController()];
    const add = (mode: "PERSISTENT" | "PERSISTENT_RECURSIVE", signal: AbortSignal, name: string) =>
      zk.addWatch("/a", mode, noting(seen, name), { signal }).catch(() => {});
    add("PERSISTENT_RECURSIVE", first.signal, "never");
    add("PERSISTENT", new AbortController().signal, "p");
    add("PERSISTENT_RECURSIVE", third.signal, "r");
    first.abort();
    await world.clock.settle();
    const requests = world.wire.take();
    assertEquals(requests.length, 2);
    if (givenUp) third.abort();
    seen.length = 0;
    world.wire.push(...answerAll(requests.slice(0, 1)), event(WireEvent.nodeCreated, "/a/b"));
    await world.clock.settle();
    assertEquals(seen, ["p NodeChildrenChanged /a"]);
    world.wire.push(...answerAll(requests.slice(1)));
    const rest = [await asked(scene), await asked(scene), await asked(scene)].flat();
    assertEquals(
      rest.filter((request) => !request.startsWith("checkWatches")),
      givenUp ? ["addWatch /a 0", "removeWatches /a 5"] : [],
    );
    await shut(scene);
  }
});

Deno.test("removal asks for as much as nobody needs any more", async () => {
  const scene = await connected();
  const { zk } = scene;
  const [a, b] = [() => {}, () => {}];
  const read = async () => {
    zk.getData("/a", { watch: a });
    zk.exists("/a", { watch: a });
    zk.getChildren("/a", { watch: a });
    zk.getChildren("/a", { watch: b });
    await answer(scene);
  };
  await read();
  zk.removeWatches("/a", "ANY", a);
  assertEquals(await asked(scene), ["removeWatches /a 2"], "b still watches the children");
  zk.removeWatches("/a", "CHILDREN", b);
  assertEquals(await asked(scene), ["removeWatches /a 1"]);
  await read();
  zk.removeWatches("/a", "DATA");
  zk.removeWatches("/a", "ANY");
  assertEquals(await asked(scene), ["removeWatches /a 2", "removeWatches /a 1"]);
  await shut(scene);
});

Deno.test("3.9 has no watch for a one-shot watcher that relies on another's: it is removed all the same", async () => {
  const scene = await connected();
  const { zk, world, seen } = scene;
  const a = noting(seen, "a");
  zk.addWatch("/a", "PERSISTENT", () => {});
  zk.getData("/a", { watch: a });
  await answer(scene);
  const removing = zk.removeWatches("/a", "DATA", a);
  await world.clock.settle();
  const [check] = world.wire.take();
  world.wire.push(reply(check!.xid, undefined, -121));
  await world.clock.settle();
  await removing;
  assertEquals(seen.at(-1), "a DataWatchRemoved /a");
  await shut(scene);
});

Deno.test("Resync is told when the server has armed the watches, before any later reply", async () => {
  const scene = await connected();
  const { zk, world, seen } = scene;
  const w = noting(seen, "w");
  zk.addWatch("/p", "PERSISTENT", w);
  zk.addWatch("/p", "PERSISTENT_RECURSIVE", w);
  zk.addWatch("/r", "PERSISTENT_RECURSIVE", noting(seen, "r"));
  zk.getData("/d", { watch: noting(seen, "d") });
  await answer(scene);
  for (const renewed of [false, true]) {
    if (renewed) await expire(scene, 8n);
    else await reconnect(scene);
    seen.length = 0;
    zk.exists("/x").then(() => seen.push("reply"));
    await world.clock.settle();
    const [first, second] = world.wire.take();
    assertEquals(namesOf([first!, second!]), ["setWatches2", "exists"]);
    const { relativeZxid, lists } = readSetWatches(first!.body);
    // One-shot watches go with their session.
    assertEquals([relativeZxid, lists], [renewed ? 0n : 1n, [
      renewed ? [] : ["/d"],
      [],
      [],
      ["/p"],
      ["/p", "/r"],
    ]]);
    assertEquals(seen, []);
    const missed = renewed ? [] : [event(WireEvent.nodeDataChanged, "/d")];
    world.wire.push(...missed, reply(-8), ...answerAll([second!]));
    await world.clock.settle();
    assertEquals(seen, [
      ...renewed ? [] : ["d NodeDataChanged /d"],
      "w Resync /p",
      "r Resync /r",
      "reply",
    ]);
    seen.length = 0;
  }
  await shut(scene);
});

Deno.test("the buffer that watches were armed from is given back", async () => {
  const { zh, world, ...rest } = await connect();
  for (let i = 0; i < 500; i++) aexists(zh, `/${"x".repeat(200)}${i}`, () => {}, () => {});
  await world.clock.settle();
  world.wire.push(...answerAll(world.wire.take()));
  await world.clock.settle();
  world.wire.end();
  await world.clock.advance(T / 60);
  await accept({ zh, world, ...rest });
  assert(world.wire.take()[0]!.body.remaining > 40_000);
  assertEquals(zh.connection!.front.bytes.length, 1024);
});

Deno.test("each packet of watches is confirmed by itself", async () => {
  const scene = await connected();
  const { zk, world, seen } = scene;
  const paths = Array.from({ length: 700 }, (_, i) => `/${"x".repeat(200)}${i}`);
  for (const path of paths) zk.addWatch(path, "PERSISTENT", noting(seen, "w"));
  await answer(scene);
  await reconnect(scene);
  seen.length = 0;
  const packets = world.wire.take().map(({ body }) => readSetWatches(body).lists[3]!);
  assertEquals(packets.flat(), paths);
  const [first] = packets;
  world.wire.push(reply(-8));
  await world.clock.settle();
  assertEquals(seen.filter((line) => line.includes("Resync")).length, first!.length);
  world.wire.push(...packets.slice(1).map(() => reply(-8)));
  await world.clock.settle();
  assertEquals(seen.filter((line) => line.includes("Resync")).length, paths.length);
  await shut(scene);
});
