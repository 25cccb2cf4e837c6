/** Wrong options of a session: what the caller is told, at the call. */
import { assertRejects, assertThrows } from "@std/assert";
import { ZooKeeper, type ZooKeeperOptions } from "@zkst/zookeeper";
import { ServiceDiscovery } from "@zkst/zookeeper/discovery";
import { RpcChannel, RpcServer } from "@zkst/zookeeper/rpc";
import { init } from "@zkst/zookeeper/st";

const cases: [object, typeof TypeError, string][] = [
  [
    { sessionTimout: 5000 },
    TypeError,
    'There is no option "sessionTimout" of a session; there are',
  ],
  [{ sessionTimeout: "10" }, RangeError, 'must be a whole number of 1 to 2147483647 ms, not "10"'],
  [{ outstanding: { bytes: "1" } }, RangeError, 'or Infinity, not "1"'],
  [{ logger: true }, TypeError, 'The option "logger" must be an object with methods error, warn'],
  [{ watcher: "x" }, TypeError, 'The option "watcher" must be a function, not string'],
];

for (const [options, type, message] of cases) {
  Deno.test(`a session with ${JSON.stringify(options)} says what is wrong`, () => {
    const given = options as ZooKeeperOptions;
    assertThrows(() => new ZooKeeper("127.0.0.1:1", given), type, message);
    assertThrows(() => init("127.0.0.1:1", given), type, message);
  });
}

Deno.test("a timeout for connecting that is no number is refused, not taken for one", async () => {
  const options = { timeout: "5000" as never };
  await assertRejects(
    () => ZooKeeper.connect("127.0.0.1:1", options),
    TypeError,
    "A timeout must be a number of ms, not string",
  );
});

Deno.test("what takes a session takes no connect string in its place", () => {
  const zk = "127.0.0.1:2181" as never;
  assertThrows(() => new ServiceDiscovery(zk), TypeError, "a ZooKeeper, first, not string");
  assertThrows(() => new RpcChannel("zk:/services", { zk }), TypeError, "a session, a ZooKeeper");
  assertThrows(() => new RpcServer({ zk }), TypeError, '"zk" must be a session, a ZooKeeper');
});
