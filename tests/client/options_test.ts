/** Options of the promise API's operations: each takes its own, and says so of others at the call. */
import { assertThrows } from "@std/assert";
import { Op, ZooKeeper } from "@zkst/zookeeper";

type Call = (zk: ZooKeeper, options: Record<string, unknown>) => Promise<unknown>;

const operations: Record<string, Call> = {
  create: (zk, options) => zk.create("/a", null, options),
  create2: (zk, options) => zk.create2("/a", null, options),
  exists: (zk, options) => zk.exists("/a", options),
  getData: (zk, options) => zk.getData("/a", options),
  getChildren: (zk, options) => zk.getChildren("/a", options),
  getChildren2: (zk, options) => zk.getChildren2("/a", options),
  getConfig: (zk, options) => zk.getConfig(options),
  setData: (zk, options) => zk.setData("/a", "", -1, options),
  delete: (zk, options) => zk.delete("/a", -1, options),
  sync: (zk, options) => zk.sync("/a", options),
  multi: (zk, options) => zk.multi([Op.delete("/a")], options),
};

/** Some that only these have. */
const own: Record<string, readonly string[]> = {
  watch: ["exists", "getData", "getChildren", "getChildren2", "getConfig"],
  mode: ["create", "create2"],
  protect: ["create", "create2"],
};

for (const retry of [false, true]) {
  Deno.test(`an operation refuses options that are not its own, with retry ${retry}`, async () => {
    await using zk = new ZooKeeper("127.0.0.1:2181", { retry });
    const values = { watch: () => {}, mode: "EPHEMERAL", protect: false, timout: 1 };
    for (const [name, call] of Object.entries(operations)) {
      for (const [option, value] of Object.entries(values)) {
        const options = { [option]: value };
        if (own[option]?.includes(name)) call(zk, options).catch(() => {});
        else {assertThrows(
            () => call(zk, options),
            TypeError,
            `There is no option "${option}" of ${name};`,
          );}
      }
      // One that is left open is none.
      call(zk, { timeout: undefined, watch: undefined, mode: undefined }).catch(() => {});
      assertThrows(() => call(zk, 5 as never), TypeError, "must be an object, not number");
    }
  });
}

Deno.test("an option that an operation has not is told with those that it has", () => {
  const zk = new ZooKeeper("127.0.0.1:2181");
  const options = { watch: () => {} } as object;
  assertThrows(
    () => zk.create("/a", null, options),
    TypeError,
    'There is no option "watch" of create; there are signal, timeout, retry, mode, acl, ttl, protect',
  );
});
