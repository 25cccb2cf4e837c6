/* kazoo reads what our registrations write. */

import { assertEquals } from "@std/assert";
import { ZooKeeper } from "@zkst/zookeeper";
import { ServiceDiscovery } from "@zkst/zookeeper/discovery";
import { beside, runs } from "./peer.ts";
import { play } from "./program.ts";
import { testServer } from "./servers.ts";

/** Debian's, whichever other Python is first on the path. */
const python = "/usr/bin/python3";

Deno.test({
  name: "kazoo reads the services that we register",
  // The other test with kazoo says what to install.
  ignore: !runs(python, "-c", "import kazoo"),
  async fn() {
    await using server = await testServer();
    await using zk = await ZooKeeper.connect(server.address);
    await using discovery = new ServiceDiscovery(zk);
    const user = { name: "user", address: "10.0.0.5", port: 8000 };
    const payload = { zone: "ä", list: [1] };
    await discovery.register({ ...user, id: "one", payload });
    await discovery.register({ ...user, id: "two", serviceType: "DYNAMIC_SEQUENTIAL" });
    await discovery.register({ ...user, name: "billing", id: "three", serviceType: "STATIC" });
    const command = [python, "-B", beside("kazoo_services.py")];
    const { services } = await play(command, server);
    const written = { "@class": "java.util.LinkedHashMap", ...payload };
    assertEquals(services, {
      user: {
        one: ["10.0.0.5", 8000, written, "DYNAMIC", true, 0, true],
        two: ["10.0.0.5", 8000, null, "DYNAMIC_SEQUENTIAL", true, 0, true],
      },
      billing: { three: ["10.0.0.5", 8000, null, "STATIC", false, 0, true] },
    });
  },
});
