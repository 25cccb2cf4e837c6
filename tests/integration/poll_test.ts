import { assert, assertEquals } from "@std/assert";
import { Poll, ZooKeeper } from "@zkst/zookeeper";
import * as st from "@zkst/zookeeper/st";
import { text } from "./data.ts";
import { lasting, open, openHandle, received, test, testWithServer } from "./server.ts";
import { until, within } from "./waiting.ts";

test("Poll drives fifty sessions until each is closed", async ({ connectString, root }) => {
  const poll = new Poll<ZooKeeper>();
  const sessions = Array.from({ length: 50 }, () => open(connectString));
  for (const zk of sessions) poll.add(zk);
  const owners = sessions.map((zk, i) => work(zk, `${root}/${i}`));
  await within("their ends", drive(poll, sessions));
  const ids = await Promise.all(owners);
  assertEquals(new Set(ids).size, 50);
  assert(sessions.every(({ state }) => state === "CLOSED"));
});

test("Poll takes handles of ./st too", async ({ connectString, root }) => {
  const poll = new Poll<st.Handle | ZooKeeper>();
  const zh = openHandle(connectString);
  const zk = open(connectString);
  const log: unknown[] = [];
  poll.add(zh);
  poll.add(zk);
  st.aexists(zh, root, null, (rc) => {
    log.push(rc);
    st.close(zh);
  });
  zk.exists(root).then((stat) => log.push(stat?.version)).finally(() => zk.close());
  const process = (zx: st.Handle | ZooKeeper, events: number) =>
    zx instanceof ZooKeeper ? zx.process(events) : st.process(zx, events);
  while (!zk.closed || st.state(zh) !== "CLOSED") {
    for (const [zx, events] of await within("an event", poll.wait())) process(zx, events);
  }
  assertEquals(log, [0, 0]);
});

testWithServer("Poll keeps idle sessions by pings", async (server) => {
  const poll = new Poll<ZooKeeper>();
  const options = { sessionTimeout: 600 };
  const sessions = Array.from({ length: 50 }, () => open(server.address, options));
  for (const zk of sessions) poll.add(zk);
  const driving = drive(poll, sessions);
  await Promise.all(sessions.map((zk) => zk.exists("/")));
  const ids = sessions.map(({ session }) => session!.id);
  await until("each has pinged for 3 T and not only said hello and asked", async () => {
    const counts = await received(server);
    return ids.every((id) => counts.get(id)! >= 2 + 9);
  });
  assertEquals(sessions.map(({ state }) => state), ids.map(() => "CONNECTED"));
  await Promise.all(sessions.map((zk) => zk.close()));
  await within("its end", driving);
});

testWithServer("Poll brings sessions back after a restart", async (server) => {
  const poll = new Poll<ZooKeeper>();
  const sessions = Array.from(
    { length: 50 },
    () => open(server.address, lasting.session),
  );
  for (const zk of sessions) poll.add(zk);
  const driving = drive(poll, sessions);
  await Promise.all(sessions.map((zk, i) => zk.create(`/${i}`, null, { mode: "EPHEMERAL" })));
  const ids = sessions.map(({ session }) => session!.id);
  await server.restart();
  const stats = await Promise.all(sessions.map((zk, i) => zk.exists(`/${i}`)));
  assertEquals(stats.map((stat) => stat?.ephemeralOwner), ids);
  await Promise.all(sessions.map((zk) => zk.close()));
  await within("its end", driving);
}, lasting.server);

async function work(zk: ZooKeeper, path: string): Promise<bigint> {
  await zk.create(path, "0", { mode: "EPHEMERAL" });
  const changed = Promise.withResolvers<void>();
  await zk.getData(path, { watch: () => changed.resolve() });
  for (let i = 1; i <= 20; i++) {
    await zk.setData(path, `${i}`);
    const { data, stat } = await zk.getData(path);
    assertEquals([text(data), stat.version], [`${i}`, i]);
  }
  await changed.promise;
  const { id } = zk.session!;
  zk.close();
  return id;
}

async function drive(poll: Poll<ZooKeeper>, sessions: ZooKeeper[]): Promise<void> {
  while (sessions.some((zk) => !zk.closed)) {
    for (const [zk, events] of await poll.wait()) zk.process(events);
  }
}
