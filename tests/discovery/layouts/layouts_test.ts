import { assert, assertEquals, assertInstanceOf, assertThrows } from "@std/assert";
import { ZooKeeper } from "../../../mod.ts";
import { complete } from "../../../src/discovery/complete.ts";
import { ServiceDiscovery } from "../../../src/discovery/discovery.ts";
import type { Decoded, ServiceRegistration } from "../../../src/discovery/instance.ts";
import { InvalidEntry, type Layout } from "../../../src/discovery/layout.ts";
import { curator } from "../../../src/discovery/layouts/curator.ts";
import { dubbo } from "../../../src/discovery/layouts/dubbo.ts";
import { kimserver } from "../../../src/discovery/layouts/kimserver.ts";
import { raw } from "../../../src/discovery/layouts/raw.ts";
import { serverset } from "../../../src/discovery/layouts/serverset.ts";
import { tinyRpc, tinyRpcInstances } from "../../../src/discovery/layouts/tiny_rpc.ts";
import { TestServer } from "../../../src/testing/mod.ts";
import { seeded } from "../balancers/instances.ts";

const stat = {
  czxid: 1n,
  mzxid: 1n,
  ctime: 5,
  mtime: 5,
  version: 0,
  cversion: 0,
  aversion: 0,
  ephemeralOwner: 7n,
  dataLength: 0,
  numChildren: 0,
  pzxid: 1n,
};

function read(layout: Layout, service: string, leaf: string, data: string | null): Decoded | null {
  const bytes = data === null ? null : new TextEncoder().encode(data);
  return layout.decode(service, leaf, bytes, stat);
}

function written(layout: Layout, given: Partial<ServiceRegistration>, path = "/p"): unknown {
  const registered = {
    ...complete({ name: "s", address: "10.0.0.5", ...given }),
    registeredAt: 1500,
  };
  return layout.encode(registered, path);
}

/** Says that an entry is refused, and why. */
function refuses(
  layout: Layout,
  service: string,
  entries: [leaf: string, data: string | null, why: string][],
) {
  for (const [leaf, data, why] of entries) {
    const error = assertThrows(() => read(layout, service, leaf, data), InvalidEntry, why);
    assert(error.message.length < 300, error.message);
  }
}

Deno.test("kimserver() reads what kimserver writes, its port as text", () => {
  const data = `{"path":"/kimserver/nodes/gate/kimserver-gate0000000007","type":"gate",` +
    `"host":"127.0.0.1","port":"3344","worker_cnt":3,"active_time":1607818700.25}`;
  assertEquals(read(kimserver(), "gate", "kimserver-gate0000000007", data), {
    id: "kimserver-gate0000000007",
    address: "127.0.0.1",
    port: 3344,
    weight: 3,
    registeredAt: 1607818700250,
  });
  assertEquals(read(kimserver(), "gate", "kimserver-gate0000000007", ""), null, "Not yet set");
  assertEquals(read(kimserver(), "gate", "kimserver-gate0000000007", null), null);
});

Deno.test("kimserver() writes the fields that kimserver knows, and no others", () => {
  const layout = kimserver({ serverName: "chat" });
  const gate = { name: "gate", port: 3344, weight: 2 };
  assertEquals(
    written(layout, gate, "/kimserver/nodes/gate/chat-gate0000000001"),
    `{"path":"/kimserver/nodes/gate/chat-gate0000000001","type":"gate","host":"10.0.0.5",` +
      `"port":3344,"worker_cnt":2,"active_time":1.5}`,
  );
  const whole = complete({ name: "gate", address: "10.0.0.5", port: 1 });
  assertEquals(layout.leaf(whole), { name: "chat-gate", sequential: true });
  assertThrows(() => written(layout, { ...gate, status: "DRAINING" }), TypeError, "status");
  assertThrows(() => written(layout, { ...gate, zone: "a" }), TypeError, "zone");
  assertThrows(() => written(layout, { ...gate, weight: 1.5 }), TypeError, "number of workers");
  assertThrows(() => written(layout, { name: "gate" }), TypeError, "needs a port");
});

Deno.test("kimserver() writes the load beside, under the same name", () => {
  const registered = complete({
    name: "gate",
    address: "10.0.0.5",
    port: 3344,
    endpoints: { gate: { address: "1.2.3.4", port: 3355 } },
    payload: { manager: { worker_index: 0, conn_cnt: 7 }, workers: [{ worker_index: 1 }] },
  });
  const { path, data } = kimserver().companion!(
    "/kimserver/nodes",
    registered,
    "/kimserver/nodes/gate/x1",
  );
  assertEquals(path, "/kimserver/payload/gate/x1");
  assertEquals(JSON.parse(data as string), {
    node: {
      zk_path: "/kimserver/nodes/gate/x1",
      node_type: "gate",
      node_host: "10.0.0.5",
      node_port: 3344,
      gate_host: "1.2.3.4",
      gate_port: 3355,
      worker_cnt: 1,
    },
    manager: { worker_index: 0, conn_cnt: 7 },
    workers: [{ worker_index: 1 }],
  });
  assertEquals(kimserver({ payloadRoot: null }).companion, undefined);
});

Deno.test("kimserver() says what is wrong with a node", () => {
  const node = { path: "/p", type: "gate", host: "h", port: 1, worker_cnt: 1, active_time: 1 };
  const but = (fields: object) => JSON.stringify({ ...node, ...fields });
  refuses(kimserver(), "gate", [
    ["x", "1", "JSON, but no object"],
    ["x", "{", "not JSON"],
    ["x", but({ type: "logic" }), `Its "type" is "logic", not "gate"`],
    ["x", but({ host: "" }), `Its "host" is ""`],
    ["x", but({ port: "99999" }), `Its "port" is "99999", and must be from 1 to 65535`],
    ["x", but({ port: 1.5 }), `"port"`],
    ["x", but({ worker_cnt: 0 }), `"worker_cnt"`],
    ["x", but({ worker_cnt: 1e9 }), `"worker_cnt"`],
    ["x", but({ active_time: "1" }), `"active_time"`],
    ["x", but({ host: ["a".repeat(1000)] }), "…"],
  ]);
});

Deno.test("tinyRpc() is /Service/Method with ip:port", () => {
  const layout = tinyRpc();
  assertEquals(layout.servicePath("/", "UserServiceRpc"), "/UserServiceRpc");
  const login = complete({ name: "UserServiceRpc", id: "Login", address: "127.0.0.1", port: 8000 });
  assertEquals(layout.leaf(login), { name: "Login", sequential: false });
  assertEquals(layout.encode(login, ""), "127.0.0.1:8000");
  assertEquals(read(layout, "UserServiceRpc", "Login", "127.0.0.1:8000"), {
    id: "Login",
    address: "127.0.0.1",
    port: 8000,
  });
  assertEquals(layout.nameOf("zookeeper"), null);
  assertThrows(() => written(layout, { address: "::1", port: 1 }), TypeError, `first ":"`);
  assertThrows(() => written(layout, { address: "h".repeat(70), port: 1 }), TypeError, "63 bytes");
  assertThrows(() => written(layout, { port: 1, payload: 1 }), TypeError, "payload");
  assertThrows(
    () => layout.leaf(complete({ ...login, serviceType: "DYNAMIC_SEQUENTIAL" } as never)),
    TypeError,
  );
  refuses(layout, "UserServiceRpc", [
    ["Login", null, "empty"],
    ["Login", "127.0.0.1", `"host:port"`],
    ["Login", "127.0.0.1:0", `"host:port"`],
    ["Login", "127.0.0.1:65536", `"host:port"`],
    ["Login", "127.0.0.1:80\0", `"host:port"`],
    ["Login", "http://a:80", `"host:port"`],
  ]);
});

Deno.test("tinyRpcInstances() is /Service/Method/instance-, any number of them", () => {
  const layout = tinyRpcInstances();
  assertEquals(layout.servicePath("/mprpc/services", "User/Login"), "/mprpc/services/User/Login");
  for (const name of ["User", "User/", "a/b/c", "/Login", "../x"]) {
    assertThrows(() => layout.servicePath("/mprpc/services", name), TypeError);
  }
  assertEquals(layout.leaf(complete({ name: "s", address: "h" })), {
    name: "instance-",
    sequential: true,
  });
  assertEquals(read(layout, "User/Login", "instance-0000000003", "[::1]:80")!.address, "::1");
});

Deno.test("serverset() reads and writes Finagle's members", () => {
  const layout = serverset();
  const data = `{"serviceEndpoint":{"host":"10.0.0.5","port":8000},` +
    `"additionalEndpoints":{"admin":{"host":"10.0.0.5","port":9990}},"status":"STOPPING","shard":7}`;
  assertEquals(read(layout, "web", "member_0000000012", data), {
    id: "0000000012",
    address: "10.0.0.5",
    port: 8000,
    status: "DRAINING",
    endpoints: { admin: { address: "10.0.0.5", port: 9990 } },
    payload: { shard: 7 },
  });
  const endpoints = { admin: { address: "10.0.0.5", port: 9990 } };
  assertEquals(
    written(layout, { port: 8000, endpoints, status: "DRAINING", payload: { shard: 7 } }),
    data,
  );
  assertEquals(layout.leaf(complete({ name: "web", address: "h", id: "x" })).name, "member_x");
  assertEquals(read(layout, "web", "vector_0000000001", `{"vector":[]}`), null);
  const states = ["ALIVE", "WARNING", "STARTING", "STOPPING", "STOPPED", "DEAD"].map((status) =>
    read(
      layout,
      "web",
      "member_1",
      JSON.stringify({ serviceEndpoint: { host: "h", port: 1 }, status }),
    )!
      .status
  );
  assertEquals(states, ["UP", "UP", "STARTING", "DRAINING", "DOWN", "DOWN"]);
  assertThrows(() => written(layout, { port: 1, payload: "x" }), TypeError, "shard: 7");
  refuses(layout, "web", [
    ["member_1", "[]", "no object"],
    ["member_1", "{}", `no "serviceEndpoint"`],
    ["member_1", `{"serviceEndpoint":{"host":"h"}}`, `Its "port" is missing`],
    ["member_1", `{"serviceEndpoint":{"host":"h","port":1},"status":"toString"}`, `"toString"`],
    ["member_1", `{"serviceEndpoint":{"host":"h","port":1},"additionalEndpoints":{"a":1}}`, `"a"`],
  ]);
});

Deno.test("dubbo() reads providers out of their names", () => {
  const layout = dubbo();
  const url = "dubbo://10.0.0.5:20880/org.example.UserService?anyhost=true&application=demo+x" +
    "&dubbo.tag=gray&group=g&methods=login,logout&side=provider&timestamp=1607818700000&version=1.0" +
    "&weight=250&zone=a";
  const leaf = encodeURIComponent(url);
  const found = read(layout, "org.example.UserService", leaf, "10.0.0.5")!;
  assertEquals({ ...found, payload: null, id: "" }, {
    id: "",
    address: "10.0.0.5",
    port: 20880,
    payload: null,
    status: "UP",
    weight: 2.5,
    zone: "a",
    tags: ["gray"],
    registeredAt: 1607818700000,
  });
  const { protocol, path, parameters } = found.payload as never;
  assertEquals([protocol, path], ["dubbo", "org.example.UserService"]);
  assertEquals(parameters["methods"], "login,logout");
  const plain = (text: string) => read(layout, "x", encodeURIComponent(text), null);
  assertEquals(plain("tri://[::1]:50051/x?disabled=true")!.status, "DOWN");
  assertEquals(plain("tri://[::1]:50051/x")!.address, "::1");
  assertEquals(plain("rest://host/x")!.port, null);
  // A URL has no port that its protocol has anyway.
  const web = plain("http://host:80/x?timestamp=1")!;
  assertEquals([web.address, web.port, (web.payload as never)["protocol"]], ["host", 80, "http"]);
  assertEquals(plain("https://[::1]:443/x")!.port, 443);
  assertEquals(plain("empty://0.0.0.0/x"), null);
  assertEquals(layout.servicePath("/dubbo", "x"), "/dubbo/x/providers");
  assertEquals(layout.nameOf("metadata"), null);
  assertThrows(() => written(layout, { port: 1 }), TypeError, "read only");
  refuses(layout, "x", [
    ["%zz", null, "not encoded"],
    ["10.0.0.5", null, "no URL"],
    [encodeURIComponent("dubbo://h:99999/x"), null, "no URL"],
    [encodeURIComponent("dubbo:/x"), null, "no host"],
    [encodeURIComponent("dubbo://h:1/x?weight=-1"), null, "weight"],
  ]);
});

Deno.test("raw() takes znodes as they are", () => {
  const layout = raw();
  assertEquals(read(layout, "x", "10.0.0.5:80", null), {
    id: "10.0.0.5:80",
    address: "10.0.0.5",
    port: 80,
    payload: null,
  });
  assertEquals(read(layout, "x", "a", "[::1]:80")!.address, "::1");
  const { address, port, payload } = read(layout, "x", "worker-7", "hello")!;
  assertEquals([address, port, payload], ["worker-7", null, new TextEncoder().encode("hello")]);
  assertEquals(written(layout, { payload: "hello" }), "hello");
  assertEquals(written(layout, { port: 80 }), "10.0.0.5:80");
  assertThrows(() => written(layout, { payload: { a: 1 } }), TypeError, "text or bytes");
});

const seeds: [Layout, service: string, leaf: string, data: string][] = [
  [
    curator(),
    "s",
    "id1",
    `{"name":"s","id":"id1","address":"h","port":1,"payload":{"a":[1]},"tags":["x"]}`,
  ],
  [
    kimserver(),
    "gate",
    "x",
    `{"path":"/p","type":"gate","host":"h","port":"1","worker_cnt":1,"active_time":1.5}`,
  ],
  [tinyRpc(), "S", "M", "127.0.0.1:8000"],
  [tinyRpcInstances(), "S/M", "instance-0000000001", "[fe80::1%eth0]:8000"],
  [
    serverset(),
    "s",
    "member_1",
    `{"serviceEndpoint":{"host":"h","port":1},"additionalEndpoints":{"a":{"host":"h","port":1}},"status":"ALIVE","shard":7}`,
  ],
  [dubbo(), "s", encodeURIComponent("dubbo://10.0.0.5:20880/s?weight=250&timestamp=1&x=%20"), ""],
  [raw(), "s", "10.0.0.5:80", "x"],
];

Deno.test("No layout crashes on 20,000 entries each that are nearly right: an instance, or what is wrong", () => {
  const random = seeded(11);
  const dice = (below: number) => Math.floor(random() * below);
  const pieces = [
    "null",
    "{}",
    "[]",
    "-1",
    "1e999",
    `"__proto__":{}`,
    "\ud800",
    "%",
    ":",
    "}",
    `"`,
    "\0",
    "9".repeat(400),
  ];
  const mutate = (text: string) => {
    const bytes = [...new TextEncoder().encode(text)];
    for (let n = dice(4); n >= 0; n--) {
      const at = dice(bytes.length + 1);
      if (dice(3) === 0) {
        bytes.splice(at, dice(5), ...new TextEncoder().encode(pieces[dice(pieces.length)]!));
      } else if (dice(2) === 0) bytes[at] = dice(256);
      else bytes.splice(at, dice(bytes.length));
    }
    return Uint8Array.from(bytes);
  };
  for (const [layout, service, leaf, data] of seeds) {
    const became = { instance: 0, none: 0, invalid: 0 };
    for (let i = 0; i < 20_000; i++) {
      const name = layout.name === "dubbo" ? new TextDecoder().decode(mutate(leaf)) : leaf;
      try {
        const found = layout.decode(service, name, mutate(data), stat);
        if (found === null) became.none++;
        else {
          became.instance++;
          assertEquals(typeof found.address === "string" && found.address !== "", true);
          assert((found.port ?? 0) >= 0 && (found.port ?? 0) <= 65535);
          assert(found.weight === undefined || found.weight >= 0);
        }
      } catch (error) {
        assertInstanceOf(error, InvalidEntry, `${layout.name}: ${name}`);
        assert(error.message.length < 400, error.message);
        became.invalid++;
      }
    }
    assert(became.instance > 100, `${layout.name}: ${JSON.stringify(became)}`);
    if (layout.name !== "raw") {
      assert(became.invalid > 100, `${layout.name}: ${JSON.stringify(became)}`);
    }
  }
});

const flows: [Layout, basePath: string, ServiceRegistration, path: RegExp][] = [
  [
    kimserver(),
    "/kimserver/nodes",
    { name: "gate", address: "10.0.0.5", port: 1, weight: 2 },
    /^\/kimserver\/nodes\/gate\/_c_[\w-]+-kimserver-gate\d{10}$/,
  ],
  [tinyRpc(), "/", { name: "User", id: "Login", address: "10.0.0.5", port: 1 }, /^\/User\/Login$/],
  [
    tinyRpcInstances(),
    "/mprpc/services",
    { name: "User/Login", address: "10.0.0.5", port: 1 },
    /^\/mprpc\/services\/User\/Login\/_c_[\w-]+-instance-\d{10}$/,
  ],
  [
    serverset(),
    "/discovery",
    { name: "web", id: "a", address: "10.0.0.5", port: 1 },
    /\/web\/member_a$/,
  ],
  [raw(), "/apps", { name: "web", id: "a", address: "10.0.0.5", port: 1 }, /^\/apps\/web\/a$/],
];

for (const [layout, basePath, registration, path] of flows) {
  Deno.test(`${layout.name}() registers, finds and lists an instance, and survives expiry`, async () => {
    await using server = new TestServer();
    const zk = await ZooKeeper.connect("test", { platform: server.platform });
    const discovery = new ServiceDiscovery(zk, { basePath, layout });
    const registered = await discovery.register(registration);
    const cache = await discovery.cache(registration.name);
    const look = () => cache.snapshot.instances.map(({ address, port }) => `${address}:${port}`);
    await server.advance(1000);
    assert(path.test(registered.path!), registered.path!);
    assertEquals(look(), ["10.0.0.5:1"]);
    assertEquals(await discovery.names(), [registration.name]);
    server.expire(zk.session!.id);
    await server.advance(5000);
    assertEquals(look(), ["10.0.0.5:1"]);
    if (layout.name === "kimserver") {
      const { data } = await zk.getData(registered.path!);
      assertEquals(JSON.parse(new TextDecoder().decode(data!)).path, registered.path);
      const loads = await zk.getChildren("/kimserver/payload/gate");
      assertEquals(loads, [registered.path!.split("/").at(-1)!]);
    }
    await discovery.close();
    await zk.close();
  });
}
