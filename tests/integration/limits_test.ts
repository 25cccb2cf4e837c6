import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { type Logger, Op, ZooKeeper, type ZooKeeperOptions } from "@zkst/zookeeper";
import { test } from "./server.ts";
import { assertCode, assertMisuse, Recorder, within } from "./waiting.ts";

/** What a server accepts at most, without the frame's own length. */
const limit = 1048575;

test("A request over maxBuffer is refused at the call", async (scene) => {
  const session = new Recorder();
  const zk = await scene.connect({ watcher: session.watcher });
  const path = `${scene.root}/a`;
  const much = new Uint8Array(limit);
  const before = zk.create(path).then((path) => path, (error) => error.code);
  assertMisuse(
    RangeError,
    String(limit),
    () => zk.create(`${scene.root}/b`, much),
    () => zk.setData(path, much),
    () => zk.setData(path, "ż".repeat(limit / 2)),
    () => zk.multi([Op.setData(path, much)]),
  );
  const after = zk.setData(path, "after");
  assertEquals([await before, (await after).version], [path, 1]);
  assertEquals(await zk.getChildren(scene.root), ["a"]);
  assertEquals(session.log, ["CONNECTED"]);
});

test("addAuth() over maxBuffer is refused at the call", async (scene) => {
  const session = new Recorder();
  const zk = await scene.connect({ watcher: session.watcher });
  assertMisuse(RangeError, String(limit), () => zk.addAuth("digest", new Uint8Array(limit)));
  await zk.sync("/");
  assertEquals(session.log, ["CONNECTED"]);
});

test("A request of maxBuffer exactly is carried out", async (scene) => {
  const { zk, root } = scene;
  const path = `${root}/a`;
  await zk.create(path);
  // Header, path, data and version.
  const size = limit - (8 + 4 + path.length + 4 + 4);
  assertMisuse(RangeError, String(limit), () => zk.setData(path, new Uint8Array(size + 1)));
  const data = crypto.getRandomValues(new Uint8Array(65536));
  const full = new Uint8Array(size).map((_, i) => data[i % data.length]!);
  assertEquals((await zk.setData(path, full)).dataLength, size);
  const reader = await scene.connect({ maxBuffer: 2 * limit });
  const read = await reader.getData(path);
  assert(read.data!.length === size && read.data!.every((byte, i) => byte === full[i]));
});

test("A reply over maxBuffer costs the connection, and the log says so", async (scene) => {
  const session = new Recorder();
  const { logger, lines } = recordingLogger();
  const zk = await scene.connect({ watcher: session.watcher, maxBuffer: 4096, logger });
  await scene.zk.create(`${scene.root}/a`, new Uint8Array(4096));
  await scene.zk.create(`${scene.root}/fits`, new Uint8Array(4096 - 16 - 4 - 68));
  assertEquals((await zk.getData(`${scene.root}/fits`)).data!.length, 4008);
  const { id } = zk.session!;
  const [error, other] = await Promise.all([
    assertCode(zk.getData(`${scene.root}/a`), "CONNECTIONLOSS"),
    assertCode(zk.getData(`${scene.root}/fits`), "CONNECTIONLOSS"),
  ]);
  assertEquals([error.sent, other.sent], [true, true]);
  assertStringIncludes(lines.join("\n"), "4096");
  assertStringIncludes(lines.join("\n"), String(4096 + 88));
  assertEquals((await zk.getData(`${scene.root}/fits`)).data!.length, 4008);
  assertEquals(session.log, ["CONNECTED", "CONNECTING", "CONNECTED"]);
  assertEquals(zk.session!.id, id);
});

test("A request over the server's limit costs the connection, not the session", async (scene) => {
  const session = new Recorder();
  const zk = await scene.connect({ watcher: session.watcher, maxBuffer: 4 * limit });
  await zk.create(`${scene.root}/a`, "before");
  const { id } = zk.session!;
  const error = await assertCode(
    zk.setData(`${scene.root}/a`, new Uint8Array(limit)),
    "CONNECTIONLOSS",
  );
  assertEquals(error.sent, true);
  assertEquals((await zk.exists(`${scene.root}/a`))?.version, 0);
  assertEquals(session.log, ["CONNECTED", "CONNECTING", "CONNECTED"]);
  assertEquals(zk.session!.id, id);
});

test("Far more than sockets take at once is carried out in order", async ({ zk, root }) => {
  const path = `${root}/a`;
  await zk.create(path, new Uint8Array(1000));
  const count = 16;
  const [small, large, read] = await within(
    "all replies",
    Promise.all([
      Promise.all(Array.from({ length: 20_000 }, () => zk.getData(path))),
      Promise.all(Array.from({ length: count }, (_, i) => zk.setData(path, filled(i, 900_000)))),
      Promise.all(Array.from({ length: count }, () => zk.getData(path))),
    ]),
    30_000,
  );
  assert(small.every(({ data, stat }) => data!.length === 1000 && stat.version === 0));
  assertEquals(large.map(({ version }) => version), large.map((_, i) => i + 1));
  assert(read.every(({ data }) => data!.length === 900_000 && data!.every((b) => b === count - 1)));
});

test("Options out of range are refused", ({ connectString }) => {
  const wrong: ZooKeeperOptions[] = [
    { maxBuffer: 0 },
    { maxBuffer: 1.5 },
    { maxBuffer: 2 ** 31 },
    { sessionTimeout: 0 },
    { sessionTimeout: NaN },
    { sessionTimeout: 2 ** 31 },
  ];
  for (const options of wrong) {
    assertMisuse(
      RangeError,
      Object.keys(options)[0]!,
      () => new ZooKeeper(connectString, options),
    );
  }
  return Promise.resolve();
});

function filled(byte: number, size: number): Uint8Array {
  return new Uint8Array(size).fill(byte);
}

function recordingLogger(): { logger: Logger; lines: string[] } {
  const lines: string[] = [];
  const log = (message: string) => void lines.push(message);
  return { logger: { error: log, warn: log, info: log, debug: log }, lines };
}
