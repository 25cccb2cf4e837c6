/* kazoo reads what our registrations write. */

import { assertEquals } from "@std/assert";
import { ZooKeeper } from "@zkst/zookeeper";
import { ServiceDiscovery } from "@zkst/zookeeper/discovery";
import { installed } from "../../tools/servers.ts";
import { beside, install, isIgnored, runs } from "./peer.ts";
import { play } from "./program.ts";
import { realServer, type Shown, testServer } from "./servers.ts";

/** Debian's, whichever other Python is first on the path. */
const python = "/usr/bin/python3";

const missing = runs(python, "-c", "import kazoo") ? null : install("python3-kazoo");

Deno.test({
  name: "kazoo reads the services that we register",
  ignore: isIgnored("kazoo and services", missing),
  async fn(t) {
    const servers = { ...installed() ? { ZooKeeper: realServer } : {}, TestServer: testServer };
    for (const [name, open] of Object.entries(servers)) {
      await t.step(name, async () => {
        await using server = await open();
        await reads(server);
      });
    }
  },
});

async function reads(server: Shown): Promise<void> {
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
}
