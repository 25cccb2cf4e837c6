import { assertEquals } from "@std/assert";
import { ZooKeeper } from "@zkst/zookeeper";
import { TestServer } from "@zkst/zookeeper/testing";

Deno.test("refuse({ session }) cuts one session off: it expires although its client goes on trying", async () => {
  await using server = new TestServer();
  const options = { platform: server.platform, sessionTimeout: 10_000 };
  await using zk = await ZooKeeper.connect("a", options);
  await using other = await ZooKeeper.connect("a", options);
  server.refuse({ session: zk.session!.id });
  await server.advance(13_000);
  assertEquals(server.sessions, [other.session!.id]);
});
