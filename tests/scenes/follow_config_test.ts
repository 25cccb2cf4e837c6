/** `followConfig`: the list of servers follows /zookeeper/config. */
import { assert, assertEquals } from "@std/assert";
import { OpCode, WireEvent } from "../../src/proto/constants.ts";
import { writeStat } from "../../src/proto/stat.ts";
import {
  aget,
  agetConfig,
  aremoveAllWatches,
  close,
  type HandleOptions,
  setServers,
  state,
} from "../../src/st.ts";
import { answerAll, connectResponse, event, reply, type Request, someStat } from "../scripted.ts";
import { accept, drive, make, type Scene, T } from "./scene.ts";

const [a, b, c] = ["10.0.0.1:1", "10.0.0.2:2", "10.0.0.3:3"] as const;

/** A configuration in which clients find servers there. */
function config(version: number, ...servers: string[]): string {
  const lines = servers.map((server, i) => `server.${i}=h${i}:1:2:participant;${server}\n`);
  return `${lines.join("")}version=${version.toString(16)}`;
}

/** The read of the configuration that was sent last; it is watched, and at the root. */
function asked({ world }: Scene): Request {
  const [request, ...more] = world.wire.take().filter(({ type }) => type === OpCode.getData);
  assert(request !== undefined, "The configuration is read");
  const { body } = request;
  assertEquals([body.string(), body.bool(), more], ["/zookeeper/config", true, []]);
  return request;
}

async function answers(scene: Scene, text: string | null, rc = 0): Promise<void> {
  const write = (to: Parameters<NonNullable<Parameters<typeof reply>[1]>>[0]) => {
    to.buffer(text);
    writeStat(to, someStat);
  };
  scene.world.wire.push(reply(asked(scene).xid, write, rc));
  await scene.world.clock.settle();
}

/** A session on the first of `servers`, once it has read `text`. */
async function following(
  servers: string,
  text: string,
  options: HandleOptions = {},
): Promise<Scene> {
  const scene = make({ followConfig: true, ...options }, servers);
  // It never leaves a server just because there are more of them.
  scene.world.random = () => 0.99;
  drive(scene);
  await scene.world.clock.settle();
  await accept(scene);
  await answers(scene, text);
  return scene;
}

async function changed({ world }: Scene): Promise<void> {
  world.wire.push(event(WireEvent.nodeDataChanged, "/zookeeper/config"));
  await world.clock.settle();
}

/** The servers that are dialled when the present one is lost after a while, and all refuse. */
async function dialled({ world }: Scene): Promise<string[]> {
  await world.clock.advance(T / 3);
  const before = world.dials.length;
  world.answer = () => "refuse";
  world.wire.end();
  await world.clock.settle();
  world.answer = () => "accept";
  return world.dials.slice(before).sort();
}

Deno.test("the configuration is read on the first connection, under no chroot, and its servers are the list", async () => {
  const scene = await following(`${a}/app/x`, config(5, a, b, c));
  assertEquals([scene.codes, state(scene.zh)], [[], "CONNECTED"]);
  assertEquals(await dialled(scene), [a, b, c]);
});

Deno.test("a change is read at once; a server that is removed costs one reconnect", async () => {
  const scene = await following(a, config(5, a, b, c));
  const { world } = scene;
  const seen: number[] = [];
  await changed(scene);
  aget(scene.zh, "/a", null, (rc) => void seen.push(rc));
  await answers(scene, config(6, b, c));
  assertEquals([scene.codes, seen], [[-4], [-4]]);
  await accept(scene);
  // The same again there: nothing more happens.
  await answers(scene, config(6, b, c));
  await world.clock.advance(100);
  assertEquals(scene.events.map((event) => event.state), ["CONNECTED", "CONNECTING", "CONNECTED"]);
  assertEquals([world.dials.length, scene.codes], [2, [-4]]);
  assertEquals(await dialled(scene), [b, c]);
});

Deno.test("what is removed elsewhere, and what is added, costs none", async () => {
  const scene = await following(a, config(5, a, b));
  for (const [i, list] of [[a], [a, b, c], [c, a]].entries()) {
    await changed(scene);
    await answers(scene, config(6 + i, ...list));
  }
  assertEquals([scene.codes, scene.world.dials], [[], [a]]);
  assertEquals(await dialled(scene), [a, c]);
});

Deno.test("an older version is not taken, nor the same one again", async () => {
  const scene = await following(a, config(0x100000005, a, b));
  await changed(scene);
  await answers(scene, config(0x100000004, c));
  // What the application says holds until the configuration changes.
  setServers(scene.zh, `${a},${c}`);
  await changed(scene);
  await answers(scene, config(0x100000005, a, b));
  assertEquals(scene.codes, []);
  assertEquals(await dialled(scene), [a, c]);
});

Deno.test("a configuration that is of no use changes nothing, and is told of once", async () => {
  const scene = await following(a, config(5, a, b));
  for (
    const [text, why] of [
      ["", "it has no version"],
      [null, "it has no version"],
      ["server.1=a:1:2\nversion=6", "it does not say where clients find the servers"],
      ["server.1=nonsense\nversion=6", 'it cannot be read: "server.1=nonsense"'],
      [config(6, "a?:1"), '"a?:1" is not a host'],
    ] as const
  ) {
    await changed(scene);
    await answers(scene, text);
    assert(scene.lines.at(-1)!.startsWith(`warn Cannot follow`), scene.lines.at(-1));
    assert(scene.lines.at(-1)!.includes(why), scene.lines.at(-1));
    const { length } = scene.lines;
    await changed(scene);
    await answers(scene, text);
    assertEquals(scene.lines.length, length);
  }
  assertEquals([scene.codes, scene.thrown], [[], []]);
  assertEquals(await dialled(scene), [a, b]);
});

Deno.test("one that the server does not have, or does not give, changes nothing either", async () => {
  for (const [rc, why] of [[-101, "before 3.5"], [-102, "may not read it"]] as const) {
    const scene = await following(a, config(5, a, b));
    await changed(scene);
    await answers(scene, null, rc);
    assert(scene.lines.at(-1)!.includes(why));
    assertEquals(await dialled(scene), [a, b]);
  }
});

Deno.test("where the configuration leads nowhere, the connect string does, and the session stays there", async () => {
  const scene = make({ followConfig: true }, "outside:1");
  const { world } = scene;
  world.names = { outside: ["10.9.9.9"] };
  world.answer = ({ address }) => address === "10.9.9.9" ? "accept" : "refuse";
  drive(scene);
  await world.clock.settle();
  await accept(scene);
  // From inside the servers have other addresses, which cannot be reached from here.
  await answers(scene, config(5, b, c));
  await world.clock.advance(T / 60);
  assertEquals(world.dials, ["10.9.9.9:1", b, c, "10.9.9.9:1"]);
  await accept(scene);
  await answers(scene, config(5, b, c));
  await world.clock.advance(T / 6);
  assertEquals([state(scene.zh), world.dials.length], ["CONNECTED", 4]);
  // The list is the ensemble's all the same: it is tried first when that is lost.
  await world.clock.advance(T / 6);
  world.wire.push(reply(-2));
  await world.clock.settle();
  world.wire.end();
  await world.clock.settle();
  assertEquals(world.dials.slice(4), [b, c]);
  await world.clock.advance(T / 60);
  assertEquals(world.dials.slice(6).at(-1), "10.9.9.9:1");
  // A list of the application's own ends that.
  setServers(scene.zh, c);
  world.answer = () => "refuse";
  world.wire.end();
  await world.clock.settle();
  const before = world.dials.length;
  await world.clock.advance(T);
  assertEquals([...new Set(world.dials.slice(before))], [c]);
});

Deno.test("under TLS the ports for TLS count; where they are not told, the one that all servers have", async () => {
  const old = `server.1=10.0.0.2:1:2:participant;0.0.0.0:2181\nversion=6`;
  for (
    const [servers, text, dials] of [
      ["10.0.0.1:2281", old, ["10.0.0.2:2281"]],
      ["10.0.0.1:2281,10.0.0.3:2282", old, ["10.0.0.1:2281", "10.0.0.3:2282"]],
      ["10.0.0.1:2281,10.0.0.3:2282", old.replace("\n", ";2283\n"), ["10.0.0.2:2283"]],
    ] as const
  ) {
    const scene = make({ followConfig: true }, servers);
    // The platform of a scene takes no option tls.
    Object.assign(scene.zh.settings, { tls: true });
    drive(scene);
    await scene.world.clock.settle();
    await accept(scene);
    await answers(scene, text);
    if (scene.codes.length > 0) await accept(scene);
    assertEquals(await dialled(scene), [...dials]);
  }
});

Deno.test("after a lost connection it is read anew, also when the read itself was lost with it", async () => {
  const scene = make({ followConfig: true }, `${a},${b}`);
  const { world } = scene;
  drive(scene);
  await world.clock.settle();
  await accept(scene);
  asked(scene);
  world.wire.end();
  await world.clock.advance(T / 60);
  world.wire.takeFrames();
  world.wire.push(connectResponse());
  await world.clock.settle();
  await answers(scene, config(5, b));
  assertEquals([scene.codes, world.dials], [[-4], [a, b]]);
});

Deno.test("the watch is nobody else's: it stays when the application removes all of the path", async () => {
  const scene = await following(a, config(5, a, b));
  const { zh, world } = scene;
  const seen: number[] = [];
  agetConfig(zh, () => {}, (rc) => void seen.push(rc));
  await world.clock.settle();
  await answers(scene, config(5, a, b));
  aremoveAllWatches(zh, "/zookeeper/config", "ANY", (rc) => void seen.push(rc));
  await world.clock.settle();
  const [request] = world.wire.take();
  // The server is asked to remove nothing, for somebody is left.
  assertEquals(request!.type, OpCode.checkWatches);
  world.wire.push(...answerAll([request!]));
  await changed(scene);
  await answers(scene, config(6, a, c));
  assertEquals([seen, await dialled(scene)], [[0, 0], [a, c]]);
});

Deno.test("it waits for room where callbacks are refused, and ends with the session", async () => {
  const scene = make({ followConfig: true, outstanding: { requests: 1 } }, a);
  const { zh, world } = scene;
  const seen: number[] = [];
  aget(zh, "/a", null, (rc) => void seen.push(rc));
  drive(scene);
  await world.clock.settle();
  await accept(scene);
  assertEquals(aget(zh, "/b", null, () => {}), -9);
  const [first, ...more] = world.wire.take();
  assertEquals(more, []);
  world.wire.push(...answerAll([first!]));
  await world.clock.settle();
  await answers(scene, config(5, a, b));
  assert(scene.lines.at(-1)!.startsWith("info Following"));
  await changed(scene);
  close(zh);
  await world.clock.settle();
  world.wire.push(...answerAll(world.wire.take()));
  await world.clock.settle();
  assertEquals([seen, state(zh), scene.thrown, world.clock.pending], [[0], "CLOSED", [], 0]);
});
