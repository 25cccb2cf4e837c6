/** A timeout for several requests: wherever it comes, one rejection is told, and none is left unheard. */
import { assertEquals } from "@std/assert";
import { type Clock, ZooKeeper, type ZooKeeperError } from "@zkst/zookeeper";
import { TestServer } from "@zkst/zookeeper/testing";

/** Each look at it takes a millisecond, so that time is over between any two steps of a call. */
function slow(clock: Clock): Clock {
  let late = 0;
  return {
    now: () => clock.now() + ++late,
    timer: (at, wake) => clock.timer(at - late, wake),
    turn: (wake) => clock.turn(wake),
  };
}

/** Makes the call with each timeout until one suffices; others come before it. */
async function tryAll(
  prepare: (zk: ZooKeeper, server: TestServer) => Promise<unknown>,
  call: (zk: ZooKeeper, timeout: number) => Promise<unknown>,
): Promise<void> {
  const codes: string[] = [];
  for (let timeout = 1; codes.at(-1) !== "OK"; timeout++) {
    await using server = new TestServer();
    const platform = { ...server.platform, clock: slow(server.platform.clock) };
    await using zk = await ZooKeeper.connect("test", { platform, sessionTimeout: 20_000 });
    await prepare(zk, server);
    const outcome = Promise.try(() => call(zk, timeout)).then(
      () => "OK",
      (error: ZooKeeperError) => error.code,
    );
    await server.advance(1000);
    codes.push(await outcome);
  }
  assertEquals([...new Set(codes)], ["REQUESTTIMEOUT", "OK"]);
}

Deno.test("ensurePath() whose time is over between two questions leaves no rejection unheard", async () => {
  await tryAll(async () => {}, (zk, timeout) => zk.ensurePath("/a/b/c/d", { timeout }));
});

Deno.test("deleteRecursive() whose time is over between two questions leaves no rejection unheard", async () => {
  const prepare = (zk: ZooKeeper) =>
    Promise.all(["/a", "/a/b", "/a/c", "/a/d", "/a/b/x", "/a/c/x"].map((path) => zk.create(path)));
  await tryAll(prepare, (zk, timeout) => zk.deleteRecursive("/a", { timeout }));
});

Deno.test("protect whose time is over between two questions leaves no rejection unheard", async () => {
  const prepare = (_: ZooKeeper, server: TestServer) => Promise.resolve(server.loseReply());
  await tryAll(prepare, (zk, timeout) => zk.create("/a", null, { protect: true, timeout }));
});
