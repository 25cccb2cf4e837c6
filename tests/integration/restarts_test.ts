import { assert, assertEquals } from "@std/assert";
import type { ZooKeeper } from "@zkst/zookeeper";
import { state } from "@zkst/zookeeper/st";
import { Driven } from "./driving.ts";
import { callbackDoor, type Door, Ledger, promiseDoor, Worker } from "./ledger.ts";
import { connect, lasting, pause, type Server, testWithServer } from "./server.ts";
import { Recorder, until, within } from "./waiting.ts";
import { isReal } from "./world.ts";

const requests = 100_000;
const restarts = 20;
const workersEach = 8;
/** Requests that a worker has under way at once. */
const depth = 16;

testWithServer("100,000 requests over 20 restarts of the server", async (server) => {
  const start = performance.now();
  const session = new Recorder();
  // A real server is away for as long as a busy machine likes. The longer the timeout, the longer
  // the pauses between attempts.
  const options = { sessionTimeout: isReal ? 9000 : 2000, watcher: session.watcher };
  await using driven = await Driven.connect(server.address, options);
  await using zk = await connect(server.address, options);
  const sides = [
    await Side.open(zk, "/callbacks", callbackDoor(driven.zh)),
    await Side.open(zk, "/promises", promiseDoor(zk)),
  ];
  const working = Promise.all(sides.map((side) => side.work(requests / sides.length)));

  const told = () => sides.reduce((sum, { ledger }) => sum + ledger.told, 0);
  for (let round = 1; round <= restarts; round++) {
    const share = requests * round / (restarts + 1);
    const connected = () => zk.state === "CONNECTED" && state(driven.zh) === "CONNECTED";
    await until(`${share} requests have their ends`, () => connected() && told() >= share);
    if (round % 5 === 0) await killWithUnsent(server, zk, sides[1]!);
    else await server.kill();
    await server.start();
  }
  await within("the ends of all requests", working, 30_000);

  // What is there now, seen by somebody who was not there.
  await using reader = await connect(server.address);
  for (const side of sides) await side.check(reader);
  const disconnects = session.log.filter((state) => state === "CONNECTING").length;
  for (const { ledger } of sides) {
    assertEquals(ledger.faults, []);
    assertEquals(ledger.told, ledger.asked);
  }
  assert(told() >= requests);
  assertEquals([...new Set(session.log)].sort(), ["CONNECTED", "CONNECTING"]);
  assertEquals(disconnects, 2 * restarts);
  assert(sides[1]!.ledger.ends["CONNECTIONLOSS unsent"]! >= 4 * 50);
  const seconds = (performance.now() - start) / 1000;
  const ends = sides.map(({ ledger }) => JSON.stringify(ledger.ends)).join(" by callbacks, ");
  // deno-lint-ignore no-console
  console.log(`${told()} requests, ${disconnects} disconnects: ${ends} by promises; ${seconds} s`);
}, lasting.server);

/** One session, its workers and its ledger. */
class Side {
  readonly ledger = new Ledger();
  readonly workers: Worker[];

  static async open(zk: ZooKeeper, path: string, door: Door): Promise<Side> {
    await zk.create(path);
    for (let i = 0; i < workersEach; i++) await zk.create(`${path}/${i}`, "0");
    return new Side(path, door);
  }

  private constructor(readonly path: string, readonly door: Door) {
    this.workers = Array.from(
      { length: workersEach },
      (_, i) => new Worker(this.ledger, door, `${path}/${i}`),
    );
  }

  /** Makes so many requests; resolves when each has its end. */
  work(count: number): Promise<void> {
    return new Promise((resolve) => {
      let open = 0;
      const next = (worker: Worker) => {
        if (this.ledger.asked < count) worker.ask(() => next(worker));
        else if (--open === 0) resolve();
      };
      for (const worker of this.workers) {
        for (let i = 0; i < depth; i++) {
          open++;
          next(worker);
        }
      }
    });
  }

  async check(reader: ZooKeeper): Promise<void> {
    for (const worker of this.workers) {
      worker.list(await reader.getChildren(worker.path));
      worker.read(new TextDecoder().decode((await reader.getData(worker.path)).data!));
    }
  }
}

/**
 * Kills the server while a write is in flight that the kernel cannot take whole, so that what is
 * submitted after it has not left.
 */
async function killWithUnsent(server: Server, zk: ZooKeeper, side: Side): Promise<void> {
  await pause(server);
  const much = new Uint8Array(1_000_000);
  const large = Array.from({ length: 16 }, () => {
    const told = side.ledger.ask("a large write");
    return zk.setData("/promises", much).then(() => told(0, true), (e) => told(e.rc, e.sent));
  });
  await new Promise((resolve) => setTimeout(resolve));
  const small = Array.from(
    { length: 51 },
    (_, i) => new Promise<void>((resolve) => side.workers[i % workersEach]!.ask(resolve)),
  );
  await server.kill();
  await Promise.all([...large, ...small]);
}
