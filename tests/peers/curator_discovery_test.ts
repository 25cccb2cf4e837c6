/* Curator's service discovery and ours on one path at once: each finds what the other registers. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { ZooKeeper } from "@zkst/zookeeper";
import { ServiceDiscovery } from "@zkst/zookeeper/discovery";
import { installed } from "../../tools/servers.ts";
import { until } from "../integration/waiting.ts";
import { classPath, java, missingJar } from "./java.ts";
import { beside, build, isIgnored, runs } from "./peer.ts";
import { Program } from "./program.ts";
import { realServer, type Shown, testServer } from "./servers.ts";

const jars = [
  "curator-recipes",
  "curator-x-discovery",
  "curator-framework",
  "curator-client",
  "zookeeper",
  "zookeeper-jute",
  "jackson-databind",
  "jackson-core",
  "jackson-annotations",
  "guava",
  "slf4j-simple",
];

const missing = runs("javac", "-version")
  ? missingJar("curator-x-discovery", "libcurator-discovery-java")
  : "there is no javac: install Debian's default-jdk-headless";

Deno.test({
  name: "Curator's service discovery and ours find what the other registers",
  ignore: isIgnored("Curator's service discovery", missing),
  async fn(t) {
    const folder = await Deno.makeTempDir({ prefix: "zkst-peer-" });
    try {
      const flags = ["-J-XX:TieredStopAtLevel=1", "-J-XX:+UseSerialGC", "-nowarn", "-d", folder];
      await build("javac", ...flags, "-cp", classPath(jars), beside("curator/Services.java"));
      const command = java(classPath(jars, folder), "Services");
      const servers = { ...installed() ? { ZooKeeper: realServer } : {}, TestServer: testServer };
      for (const [name, open] of Object.entries(servers)) {
        await t.step(name, async () => {
          await using server = await open();
          await play(command, server);
        });
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

async function play(command: string[], server: Shown): Promise<void> {
  await using zk = await ZooKeeper.connect(server.address);
  await using discovery = new ServiceDiscovery(zk);
  await using curator = new Curator(command, server);

  // Ours first, so that both are seen: what is there at the start, and what comes.
  const payload = { zone: "a", list: [1, { deep: true }] };
  const one = await discovery.register({
    name: "user",
    id: "one",
    address: "10.0.0.5",
    port: 1,
    payload,
  });
  const cache = await discovery.cache("user");
  const seen = () => cache.snapshot.instances.map(({ id }) => id).sort().join();
  const ours = ["10.0.0.5", 1, null, payload, "DYNAMIC", true];
  assertEquals(await curator.ask("cache one"), { one: ours });
  assertEquals(await curator.ask("query"), { one: ours });
  assertEquals(await curator.ask("names"), ["user"]);

  // Payloads of each kind, either way.
  const kinds: Record<string, unknown> = { text: "text", number: 5, list: ["a", 2], none: null };
  for (const [id, payload] of Object.entries(kinds)) {
    await discovery.register({ name: "user", id, address: "10.0.0.5", port: 2, payload });
    await curator.ask(`register java-${id} 3 DYNAMIC ${JSON.stringify(payload)}`);
  }
  await curator.ask(`register java-map 3 DYNAMIC {"zone":"java"}`);
  await until("all are seen", () => cache.snapshot.instances.length === 10);
  for (const [id, payload] of Object.entries({ ...kinds, map: { zone: "java" } })) {
    const instance = cache.snapshot.instances.find((one) => one.id === `java-${id}`)!;
    assertEquals([instance.address, instance.port, instance.payload, instance.status], [
      "10.0.0.9",
      3,
      payload,
      "UP",
    ]);
    assert(Math.abs(instance.registeredAt - Date.now()) < 60_000);
  }
  const ids = Object.keys(kinds).flatMap((id) => [id, `java-${id}`]);
  const all = await curator.ask(`cache one java-map ${ids.join(" ")}`) as Record<string, unknown[]>;
  for (const [id, payload] of Object.entries(kinds)) assertEquals(all[id]![3], payload, id);
  for (const id of Object.keys(kinds)) await curator.ask(`unregister java-${id}`);
  await curator.ask("unregister java-map");
  await until("they are gone", () => seen() === "list,none,number,one,text");

  // A change, a drain, an end.
  await one.update({ port: 8, weight: 2, zone: "z", tags: ["t"], sslPort: 9 });
  await until(
    "the change is seen",
    async () =>
      ((await curator.ask("cache list none number one text")) as Record<string, unknown[]>)["one"]![
        1
      ] === 8,
  );
  const provided = (await curator.ask("provide")) as string[];
  assert(provided.includes("one https://10.0.0.5:8"), provided.join());
  await one.setStatus("DRAINING");
  await until(
    "it is passed over",
    async () => !((await curator.ask("provide")) as string[]).includes("one https://10.0.0.5:8"),
  );
  await one.close();
  await curator.ask("cache list none number text");

  // Sequential ones, either way, and who has what in the end.
  const numbered = await discovery.register({
    name: "user",
    id: "numbered",
    address: "10.0.0.5",
    port: 4,
    serviceType: "DYNAMIC_SEQUENTIAL",
  });
  assertMatch(numbered.path, /^\/services\/user\/_c_[0-9a-f-]{36}-numbered\d{10}$/);
  await curator.ask("register java-numbered 5 DYNAMIC_SEQUENTIAL null");
  await until("it is seen", () => seen() === "java-numbered,list,none,number,numbered,text");
  const both = await curator.ask("cache java-numbered list none number numbered text");
  assertEquals((both as Record<string, unknown[]>)["numbered"]![4], "DYNAMIC_SEQUENTIAL");

  // Their session expires, and then ours: each comes back, and is seen.
  const { czxid } = cache.snapshot.instances.find(({ id }) => id === "java-numbered")!;
  await server.faults["expire"]!(...(await curator.ask("session")) as string[]);
  await until(
    "it is back",
    () => cache.snapshot.instances.some((one) => one.id === "java-numbered" && one.czxid > czxid),
  );
  const { id, password } = zk.session!;
  await server.faults["expire"]!(BigInt.asUintN(64, id).toString(16), password.toHex());
  await until("ours has another session", () => zk.session !== null && zk.session.id !== id);
  await numbered.update({ port: 6 });
  await until("ours is back", async () => {
    const found = (await curator.ask("query")) as Record<string, unknown[]>;
    return found["numbered"]?.[1] === 6 && Object.keys(found).length === 6;
  });
}

/** A program that does as it is told. */
class Curator implements AsyncDisposable {
  readonly #program: Program;
  readonly #lines: AsyncGenerator<string>;

  constructor(command: string[], server: Shown) {
    this.#program = new Program([...command, server.address]);
    this.#lines = this.#program.lines();
  }

  async ask(line: string): Promise<unknown> {
    await this.#program.say(line);
    for (;;) {
      const { value, done } = await this.#lines.next();
      if (done) throw new Error(`It has ended on "${line}": ${await this.#program.ended()}`);
      if (value.startsWith("[")) return JSON.parse(value)[1];
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#program.say("end");
    await this.#program[Symbol.asyncDispose]();
  }
}
