/** Wrong options of a session: what the caller is told, at the call. */
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
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
  [{ logger: { warn: true } }, TypeError, 'The option "logger.warn" must be a function'],
  [{ metrics: { request: 5 } }, TypeError, 'The option "metrics.request" must be a function'],
  [{ watcher: "x" }, TypeError, 'The option "watcher" must be a function, not string'],
  [{ onError: 5 }, TypeError, 'The option "onError" must be a function, not number'],
  [{ readOnly: "false" }, TypeError, 'The option "readOnly" must be true or false, not "false"'],
  [{ followConfig: 1 }, TypeError, 'The option "followConfig" must be true or false, not 1'],
  [{ shuffle: {} }, TypeError, 'The option "shuffle" must be true or false, not an object'],
  [{ platform: 5 }, TypeError, 'The option "platform" must be an object, not number'],
  [{ platform: { connect: 5 } }, TypeError, 'The option "platform.connect" must be a function'],
  [{ platform: { clock: {} } }, TypeError, "the methods now, timer, turn: there is no now()"],
  [
    { tls: "ca.pem" },
    TypeError,
    "must be { caCerts, cert, key, serverName, verifyHostname }, not st",
  ],
  [
    { session: { id: 1n, password: "0123456789abcdef" } },
    TypeError,
    'The option "session" must be { id: bigint, password: Uint8Array of 16 bytes }',
  ],
  [{ session: { id: 1n << 64n, password: new Uint8Array(16) } }, TypeError, "{ id: bigint"],
];

for (const [options, type, message] of cases) {
  const shown = Deno.inspect(options, { breakLength: Infinity });
  Deno.test(`a session with ${shown} says what is wrong`, () => {
    const given = options as ZooKeeperOptions;
    assertThrows(() => new ZooKeeper("127.0.0.1:1", given), type, message);
    assertThrows(() => init("127.0.0.1:1", given), type, message);
  });
}

Deno.test("a session takes what is valid, and absent in whatever way", async () => {
  class Counting {
    sent(): void {}
  }
  const nothing = Object.fromEntries(
    ["sessionTimeout", "session", "watcher", "onError", "shuffle", "logger", "platform", "metrics"]
      .map((name) => [name, undefined]),
  );
  const password = new Uint8Array(16);
  const all: ZooKeeperOptions[] = [
    Object.create(null),
    nothing,
    { metrics: new Counting() },
    { metrics: { begin: undefined as never } },
    { logger: console, platform: { clock: undefined as never } },
    { session: { id: -1n, password } },
    { session: { id: (1n << 64n) - 1n, password } },
  ];
  for (const options of all) await new ZooKeeper("127.0.0.1:1", options).close();
});

Deno.test("a session that cannot be had for a wrong option is never told of", () => {
  const told: string[] = [];
  const metrics = { begin: () => void told.push("begin"), end: () => void told.push("end") };
  const make = () => new ZooKeeper("127.0.0.1:1", { metrics, retry: "x" as never });
  assertThrows(make, TypeError, 'The option "retry" must be a boolean or { attempts }, not string');
  assertEquals(told, []);
});

Deno.test("a number in the place of options is no timeout", async () => {
  await assertRejects(
    () => ZooKeeper.connect("127.0.0.1:1", 5000 as never),
    TypeError,
    "The options must be an object, not number",
  );
});

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
