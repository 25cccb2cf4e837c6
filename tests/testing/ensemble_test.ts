/** getConfig and reconfig: a standalone server, and the only voter of an ensemble. */
import { assertEquals, assertMatch } from "@std/assert";
import { type Reconfig, ZooKeeper } from "@zkst/zookeeper";
import { TestServer, type TestServerOptions } from "@zkst/zookeeper/testing";

async function connect(server: TestServer): Promise<ZooKeeper> {
  return await ZooKeeper.connect("a", { platform: server.platform });
}

const ensemble: TestServerOptions = { reconfig: true, superPassword: "secret" };
const observer = "server.2=10.0.0.2:2888:3888:observer;2181";
const code = (promise: Promise<unknown>) => promise.then(() => "OK", (error) => error.rc);
const text = ({ data }: { data: Uint8Array | null }) => new TextDecoder().decode(data!);

Deno.test("getConfig(): a standalone server has none, an ensemble's only voter has itself", async () => {
  await using alone = new TestServer();
  await using zk = await connect(alone);
  assertEquals(text(await zk.getConfig()), "");
  await using server = new TestServer(ensemble);
  await using other = await connect(server);
  assertMatch(
    text(await other.getConfig()),
    /^server\.1=\S+:participant;\S+:2181\nversion=100000000$/,
  );
});

Deno.test("reconfig(): an observer joins and leaves, and whoever watches is told", async () => {
  await using server = new TestServer(ensemble);
  await using zk = await connect(server);
  await zk.addAuth("digest", "super:secret");
  let told = "";
  await zk.getConfig({ watch: ({ type }) => told = type });
  const joined = await zk.reconfig({ joiningServers: observer });
  assertMatch(text(joined), /\nserver\.2=10\.0\.0\.2:2888:3888:observer;0\.0\.0\.0:2181\n/);
  assertEquals(told, "NodeDataChanged");
  assertEquals(text(await zk.getConfig()), text(joined));
  const left = await zk.reconfig({ leavingServers: "2" });
  assertEquals(text(left).includes("server.2"), false);
});

Deno.test("reconfig(): what is refused, and with which code", async () => {
  await using server = new TestServer(ensemble);
  await using zk = await connect(server);
  const change = (change: Reconfig) => code(zk.reconfig(change));
  assertEquals(await change({ joiningServers: observer }), -102);
  await zk.addAuth("digest", "super:secret");
  const before = text(await zk.getConfig());
  assertEquals(await change({ joiningServers: observer, fromConfig: 0x99n }), -103);
  assertEquals(await change({ joiningServers: "server.2=10.0.0.2:2888:3888;2181" }), -13);
  assertEquals(await change({ leavingServers: "1" }), -8);
  assertEquals(await change({ joiningServers: "nonsense" }), -8);
  assertEquals(text(await zk.getConfig()), before);
  assertEquals(await change({ joiningServers: observer, fromConfig: 0x1_0000_0000n }), "OK");
});

Deno.test("reconfig(): how servers may be written, and which mistake has which code", async () => {
  await using server = new TestServer(ensemble);
  await using zk = await connect(server);
  await zk.addAuth("digest", "super:secret");
  const me = "server.1=127.0.0.1:2888:3888;127.0.0.1:2181";
  const cases: [change: Reconfig, outcome: number | "OK"][] = [
    [{ joiningServers: observer }, "OK"],
    [{ joiningServers: observer }, "OK"],
    // The address of another one.
    [{ joiningServers: observer.replace("server.2", "server.3") }, -8],
    [{ joiningServers: "server.3=10.0.0.3:2888:3888:observer;10.0.0.2:3888" }, -8],
    [{ joiningServers: " 3=10.0.0.3:2888:3888:OBSERVER;2181 , server.4=h4:1:2:observer;3" }, "OK"],
    [{ joiningServers: "server.5=10.0.0.5:2888:3888:observer" }, -8],
    [{ joiningServers: "server.5=10.0.0.5:2888:2888:observer;2181" }, -8],
    [{ joiningServers: "server.5=10.0.0.5:2888:3888:boss;2181" }, -8],
    [{ joiningServers: "server.5=10.0.0.5:99999:3888:observer;2181" }, -5],
    [{ joiningServers: "server.x=10.0.0.5:2888:3888:observer;2181" }, -5],
    [{ joiningServers: "server.99999999999999999999=10.0.0.5:2888:3888:observer;2181" }, -5],
    [{ leavingServers: "" }, "OK"],
    [{ leavingServers: " 4, 77" }, "OK"],
    [{ leavingServers: "x" }, -5],
    [{ newMembers: `${me}\n${observer}` }, "OK"],
    [{ newMembers: `${me},${observer}` }, "OK"],
    [{ newMembers: observer }, -5],
    [{ newMembers: `${me}\nnonsense` }, -8],
  ];
  for (const [change, outcome] of cases) {
    assertEquals(await code(zk.reconfig(change)), outcome, JSON.stringify(change));
  }
  assertMatch(text(await zk.getConfig()), /^server\.1=\S+\nserver\.2=\S+\nversion=\w+$/);
});

Deno.test("reconfig(): a standalone server has it disabled", async () => {
  await using server = new TestServer({ superPassword: "secret" });
  await using zk = await connect(server);
  await zk.addAuth("digest", "super:secret");
  assertEquals(await code(zk.reconfig({ joiningServers: observer })), -123);
});

Deno.test("reconfig(): whatever a super user has written in its place does no harm", async () => {
  await using server = new TestServer(ensemble);
  await using zk = await connect(server);
  await zk.addAuth("digest", "super:secret");
  for (
    const data of [
      null,
      "",
      "version=",
      "server.2=x:observer;1\nversion=-g",
      `version=${"f".repeat(400)}`,
    ]
  ) {
    await zk.setData("/zookeeper/config", data);
    assertEquals(await code(zk.reconfig({ joiningServers: observer })), -8);
  }
});
