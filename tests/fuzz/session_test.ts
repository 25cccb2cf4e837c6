/**
 * Whole sessions against chance: whatever bytes come, whenever connections end, process() does not
 * throw, each request completes exactly once, and a connection that is given up has a log line that
 * says why.
 */
import {
  assert,
  assertEquals,
  assertGreater,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import {
  aaddAuth,
  aaddWatch,
  acreate,
  acreate2,
  acreateTTL,
  adelete,
  aexists,
  aget,
  agetACL,
  agetAllChildrenNumber,
  agetChildren,
  agetChildren2,
  agetConfig,
  agetEphemerals,
  amulti,
  amultiRead,
  areconfig,
  aremoveAllWatches,
  aremoveWatches,
  aset,
  asetACL,
  asyncZnode,
  awhoAmI,
  cancel,
  close,
  type Handle,
  init,
  interest,
  Op,
  OPEN_ACL_UNSAFE,
  process,
  type RequestOptions,
  setServers,
  state,
  type Watcher,
} from "../../src/st.ts";
import { fuzz, Random } from "./random.ts";
import { framed, hex } from "../proto/bytes.ts";
import { somePath } from "./wire.ts";
import { goodDay, type Odds, World } from "./world.ts";

type Completion = (rc: number) => void;
type Submit = (
  zh: Handle,
  path: string,
  watcher: Watcher | null,
  done: Completion,
  options: RequestOptions,
) => number;

/** Every operation of the callback API. */
const operations: readonly Submit[] = [
  (zh, path, _, done, o) => acreate(zh, path, "data", OPEN_ACL_UNSAFE, "EPHEMERAL", done, o),
  (zh, path, _, done, o) => acreate2(zh, path, null, OPEN_ACL_UNSAFE, "CONTAINER", done, o),
  (zh, path, _, done, o) =>
    acreateTTL(zh, path, "", OPEN_ACL_UNSAFE, "PERSISTENT_WITH_TTL", 1000, done, o),
  (zh, path, _, done, o) => adelete(zh, path, -1, done, o),
  (zh, path, watcher, done, o) => aexists(zh, path, watcher, done, o),
  (zh, path, watcher, done, o) => aget(zh, path, watcher, done, o),
  (zh, path, _, done, o) => agetACL(zh, path, done, o),
  (zh, path, _, done, o) => agetAllChildrenNumber(zh, path, done, o),
  (zh, path, watcher, done, o) => agetChildren(zh, path, watcher, done, o),
  (zh, path, watcher, done, o) => agetChildren2(zh, path, watcher, done, o),
  (zh, _, watcher, done, o) => agetConfig(zh, watcher, done, o),
  (zh, path, _, done, o) => agetEphemerals(zh, path, done, o),
  (zh, path, _, done, o) => amulti(zh, [Op.create(path), Op.check(path, 1)], done, o),
  (zh, path, _, done, o) => amultiRead(zh, [Op.getData(path), Op.getChildren(path)], done, o),
  (zh, _, __, done, o) => areconfig(zh, "server.4=a:1:2;3", null, null, -1n, done, o),
  (zh, path, _, done, o) => aset(zh, path, "data", -1, done, o),
  (zh, path, _, done, o) => asetACL(zh, path, -1, OPEN_ACL_UNSAFE, done, o),
  (zh, path, _, done, o) => asyncZnode(zh, path, done, o),
  (zh, _, __, done, o) => awhoAmI(zh, done, o),
  (zh, _, __, done, o) => aaddAuth(zh, "digest", "bob:secret", done, o),
  (zh, path, watcher, done, o) => aaddWatch(zh, path, "PERSISTENT", watcher ?? ignore, done, o),
  (zh, path, watcher, done, o) =>
    aaddWatch(zh, path, "PERSISTENT_RECURSIVE", watcher ?? ignore, done, o),
  (zh, path, watcher, done, o) => aremoveWatches(zh, path, "ANY", watcher ?? ignore, done, o),
  (zh, path, _, done, o) => aremoveAllWatches(zh, path, "DATA", done, o),
];

const ignore: Watcher = () => {};
const ignoreResult = () => {};

/** One request: how often it was told, how often it may be, and with which codes. */
interface Request {
  readonly completion: Completion;
  /** -1 while the call that submits it has not returned. */
  accepted: number;
  cancelled: boolean;
  readonly codes: number[];
}

/** A session and all that is known of it. */
class Life {
  readonly world: World;
  readonly zh: Handle;
  readonly requests: Request[] = [];
  readonly lines: string[] = [];
  /** What callbacks threw, and what onError got. */
  readonly thrown: unknown[] = [];
  readonly reported: unknown[] = [];
  /** What process() returned but 0. */
  readonly codes: number[] = [];
  #toSubmit: number;
  #closing = false;

  constructor(readonly random: Random, odds: Odds, submit: number, servers: string) {
    this.#toSubmit = submit;
    this.world = new World(random, odds);
    this.world.onClose = () => this.#connectionGivenUp();
    const log = (line: string) => void this.lines.push(line);
    this.zh = init(servers, {
      sessionTimeout: 6000,
      platform: this.world,
      maxBuffer: 1 << 16,
      readOnly: random.chance(0.5),
      serverVersion: random.pick(["3.9", "3.9", "3.4.14"]),
      outstanding: random.pick([{}, { requests: 1 }, { requests: 4, bytes: 200 }]),
      watcher: this.#watcher,
      logger: { error: log, warn: log, info: log },
      onError: (error) => void this.reported.push(error),
    });
    // Half of them tell one run a call, as for those who await.
    this.zh.oneRun = random.chance(0.5);
    // And some wait for room, as promises do.
    this.zh.parks = random.chance(0.7);
  }

  /** Drives the session from its first dial to its end. */
  async live(steps: number): Promise<void> {
    for (let step = 0; state(this.zh) !== "CLOSED"; step++) {
      if (step >= steps) this.close();
      assert(step < steps + 200, "A session that is closed comes to its end");
      this.#submitSome();
      await this.step();
    }
    assertEquals(await interest(this.zh).wait(), 0);
    await settle();
  }

  /** Once round the loop. */
  async step(): Promise<void> {
    const events = await this.#wait();
    const before = this.lines.length;
    const code = process(this.zh, events);
    if (code === 0) return;
    this.codes.push(code);
    assertGreater(this.lines.length, before, `Code ${code} comes with a log line`);
  }

  close(): void {
    this.#closing = true;
    close(this.zh);
  }

  /** Waits as an application does; time goes on only when nothing else does. */
  async #wait(): Promise<number> {
    let events: number | null = null;
    const waiting = interest(this.zh).wait().then((woken) => void (events = woken));
    for (let i = 0; events === null; i++) {
      await settle();
      if (events !== null) break;
      assert(i < 1000 && this.world.clock.goOn(), "Something must wake the session");
      for (const wire of this.world.wires) if (!wire.closed) wire.catchUp();
    }
    await waiting;
    if (this.random.chance(this.world.odds.late)) this.world.clock.jump(this.random.below(9000));
    return events!;
  }

  #submitSome(): void {
    const { random } = this;
    if (random.chance(this.world.odds.relisted)) setServers(this.zh, random.pick(otherServers));
    if (random.chance(0.5)) return;
    for (let i = random.below(4); i > 0; i--) this.#submit();
    if (!random.chance(0.1) || this.requests.length === 0) return;
    const request = random.pick(this.requests);
    const done = request.codes.length > 0;
    if (!cancel(this.zh, request.completion)) return;
    assert(!done && !request.cancelled, "Only a pending request can be given up");
    request.cancelled = true;
  }

  #submit(): void {
    if (this.#toSubmit-- <= 0) return;
    const { random } = this;
    const request: Request = {
      completion: (rc) => {
        assertEquals(request.accepted, 0, "No completion runs inside the call that submits it");
        request.codes.push(rc);
        this.#calledBack();
      },
      accepted: -1,
      cancelled: false,
      codes: [],
    };
    const watcher = random.chance(0.5) ? this.#watcher : null;
    const options = random.chance(0.2) ? { timeout: 1 + random.below(8000) } : {};
    const submit = random.pick(operations);
    request.accepted = submit(this.zh, somePath(random), watcher, request.completion, options);
    this.requests.push(request);
  }

  readonly #watcher: Watcher = () => this.#calledBack();

  /** Applications submit from inside callbacks, and throw there. */
  #calledBack(): void {
    const { random, zh } = this;
    if (random.chance(0.1)) this.#submit();
    if (random.chance(0.002)) this.close();
    if (random.chance(0.01)) assertEquals(process(zh, 0), -9, "process() inside a callback");
    if (!random.chance(0.02)) return;
    const error = new Error("A callback throws");
    this.thrown.push(error);
    throw error;
  }

  #connectionGivenUp(): void {
    if (this.#closing) return;
    assertMatch(
      this.lines.at(-1) ?? "",
      /^((Lost|No session with) \S+:\d+( \(\S+\))?: \S|The session has ended: [A-Z_]+$)/,
    );
  }

  /** What must hold at the end of any life. */
  check(): void {
    const { world } = this;
    assertEquals(this.reported, this.thrown);
    for (const { accepted, cancelled, codes } of this.requests) {
      assertEquals(codes.length, accepted === 0 && !cancelled ? 1 : 0, `${accepted} ${codes}`);
    }
    assertEquals(world.wires.map(({ closed }) => closed), world.wires.map(() => true));
    assertEquals(world.clock.pending, 0, "No timer is left");
    const { events, deadline } = interest(this.zh);
    assertEquals([events, deadline], [0, Infinity]);
  }
}

/** Lets all promises go as far as they can. */
async function settle(): Promise<void> {
  for (let i = 0; i < 12; i++) await null;
}

const servers = ["10.0.0.1:1", "10.0.0.1:1,10.0.0.2:1", "zk:1", "zk,10.0.0.1/app", "[::1]:1/app"];

const otherServers = [
  "10.0.0.1:1",
  "10.0.0.2:1,zk:7",
  "zk:1,zoo:1",
  "10.0.0.1:1,10.0.0.3:3,[::1]:1",
];

Deno.test("Sessions with good servers have all that they ask for", async () => {
  let completed = 0;
  await fuzz(100, async (random) => {
    const life = new Life(random, { ...goodDay, cut: 0.3 }, 20, random.pick(servers));
    await life.live(60);
    life.check();
    assertEquals(life.codes, []);
    assertEquals(life.lines.filter((line) => line.startsWith("Lost")), []);
    completed += life.requests.flatMap(({ codes }) => codes).filter((rc) => rc === 0).length;
  });
  assertGreater(completed, 1000);
});

Deno.test("2,000 sessions survive garbled frames, and lose no request", async () => {
  const codes = new Map<number, number>();
  let frames = 0;
  await fuzz(2000, async (random) => {
    const odds = {
      garbled: random.pick([0.02, 0.1, 0.5]),
      stray: random.pick([0, 0.02, 0.1]),
      ended: random.pick([0, 0.01, 0.05]),
      unreachable: random.pick([0, 0.05, 0.3]),
      late: 0.01,
      cut: 0.3,
      relisted: random.pick([0, 0.02, 0.2]),
    };
    const life = new Life(random, odds, 30, random.pick(servers));
    await life.live(60);
    life.check();
    frames += life.world.frames;
    for (const rc of life.requests.flatMap((request) => request.codes)) {
      codes.set(rc, (codes.get(rc) ?? 0) + 1);
    }
  });
  assertGreater(frames, 10_000);
  // All of these ends must have been met, many times.
  for (const rc of [0, -2, -4, -6, -7, -112, -115, -116, -122]) {
    assertGreater(codes.get(rc) ?? 0, 10, `Code ${rc} among ${JSON.stringify([...codes])}`);
  }
});

const zxidAndOk = "00000000 00000001 00000000";
const ok = `00000001 ${zxidAndOk}`;

/** Frames that fit nothing, and what a log line says of each. */
const garbage: [bytes: Uint8Array, code: number, why: string][] = [
  [hex("ffffffff"), -4, "A frame of -1 bytes where 0 to 65536 are allowed"],
  [hex("00010001"), -4, "A frame of 65537 bytes where 0 to 65536 are allowed"],
  [hex("48545450"), -4, "A frame of 1213486160 bytes where 0 to 65536 are allowed"],
  [framed(hex("")), -4, "A field of 4 bytes where 0 are left of the frame"],
  [framed(hex("00000001 00000000 00000001")), -4, "A field of 4 bytes where 0 are left"],
  [framed(hex(`${ok} 00000004 6869`)), -4, "A field of 4 bytes where 2 are left of the frame"],
  [framed(hex(`${ok} fffffffe`)), -4, "A field of -2 bytes where 0 are left of the frame"],
  [framed(hex(`${ok} 7fffffff`)), -4, "A field of 2147483647 bytes where 0 are left of the frame"],
  [framed(hex(`${ok} 00000000 00000001`)), -4, "A field of 68 bytes where 4 are left of the frame"],
  [
    framed(hex(`ffffffff ${zxidAndOk} 00000001 00000003`)),
    -4,
    "A field of 4 bytes where 0 are left",
  ],
  [
    framed(hex(`ffffffff ${zxidAndOk} 00000001 00000003 ffffffff`)),
    -4,
    "A field of -1 bytes where",
  ],
  [
    framed(hex(`00000002 ${zxidAndOk}`)),
    -2,
    "a reply to request 2 came where a reply to request 1 was",
  ],
  [
    framed(hex(`fffffff0 ${zxidAndOk}`)),
    -2,
    "a reply to request -16 came where a reply to request 1",
  ],
];

for (const [bytes, code, why] of garbage) {
  Deno.test(`A connection is dropped on ${bytes.toHex()}, and a log line says why`, async () => {
    const life = new Life(new Random(1), goodDay, 0, "10.0.0.1:1");
    const { zh, world, lines, codes } = life;
    zh.oneRun = false;
    while (!["CONNECTED", "READONLY"].includes(state(zh))) await life.step();
    world.silent = true;
    const rcs: number[] = [];
    assertEquals(aget(zh, "/a", null, (rc) => rcs.push(rc)), 0);
    const wire = world.wires[0]!;
    while (wire.requests === 0) await life.step();
    wire.push(bytes);
    while (!wire.closed) await life.step();
    assertEquals([codes, rcs, state(zh), wire.closed], [[code], [code], "CONNECTING", true]);
    const lost = lines.filter((line) => line.startsWith("Lost 10.0.0.1:1: "));
    assertEquals(lost.length, 1);
    assertStringIncludes(lost[0]!, why);
    await endOf(life);
  });
}

Deno.test("A connection is dropped on a reply to a request that has not left yet", async () => {
  const life = new Life(new Random(1), goodDay, 0, "10.0.0.1:1");
  const { zh, world, lines, codes } = life;
  zh.oneRun = false;
  while (!["CONNECTED", "READONLY"].includes(state(zh))) await life.step();
  await settle();
  assertEquals(awhoAmI(zh, ignoreResult), 0);
  world.wires[0]!.push(framed(hex(`${ok} ffffffff`)));
  await settle();
  await life.step();
  assertEquals([codes, world.wires[0]!.requests], [[-2], 0]);
  const why = "a reply to request 1 came where a reply to none was expected";
  assertStringIncludes(lines.join("\n"), why);
  await endOf(life);
});

Deno.test("A handshake is dropped on garbage, and a log line says why", async () => {
  const answers = [
    [hex("ffffffff"), "A frame of -1 bytes"],
    [framed(hex("")), "A field of 4 bytes where 0 are left"],
    [framed(hex("00000000 00001770 00000000 00000001 ffffffff")), "without a password"],
    [
      framed(hex("00000000 00001770 00000000 00000001 00000010 0000")),
      "A field of 16 bytes where 2",
    ],
    [framed(hex("00000000 00000000 00000001 ffffff89")), "refused the session with code -119"],
    [framed(hex(`00000000 00000000 ${"00000000".repeat(2)} 00000000`)), "refused a new session"],
  ] as const;
  for (const [bytes, why] of answers) {
    const life = new Life(new Random(1), goodDay, 0, "10.0.0.1:1");
    const { zh, world, lines, codes } = life;
    world.silent = true;
    while (world.wires.length === 0 || state(zh) !== "ASSOCIATING") await life.step();
    const wire = world.wires[0]!;
    wire.push(bytes);
    while (!wire.closed) await life.step();
    assertEquals([codes, state(zh)], [[-4], "CONNECTING"]);
    assertStringIncludes(lines.join("\n"), why);
    await endOf(life);
  }
});

async function endOf(life: Life): Promise<void> {
  life.close();
  await life.live(0);
  life.check();
}
