import {
  assert,
  assertEquals,
  assertMatch,
  assertNotEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import {
  Ensemble,
  fourLetterWord,
  freePorts,
  howToInstall,
  installed,
  Server,
} from "../../tools/servers.ts";
import { until } from "../../tools/servers/probe.ts";

const ignore = !installed();
// deno-lint-ignore no-console
if (ignore) console.log(`Skipping tests of tools/servers.ts, no ZooKeeper here: ${howToInstall()}`);
const silent = installed("3.9") || Deno.env.has("ZKST_SAID_WHY_NO_39");
// deno-lint-ignore no-console
if (!silent) console.log(`Skipping a test of ZooKeeper 3.9: ${howToInstall("3.9")}`);

function exists(path: string): Promise<boolean> {
  return Deno.stat(path).then(() => true, () => false);
}

async function alive(pid: number): Promise<boolean> {
  const { success } = await new Deno.Command("kill", { args: ["-0", `${pid}`], stderr: "null" })
    .output();
  return success;
}

/** Runs something with dice that fall as told first, then by chance. */
function withRandom<T>(numbers: number[], run: () => T): T {
  const { random } = Math;
  Math.random = () => numbers.shift() ?? random();
  try {
    return run();
  } finally {
    Math.random = random;
  }
}

Deno.test("freePorts() gives free ports, below those of outgoing connections", () => {
  const ports = freePorts(20);
  assertEquals(new Set(ports).size, 20);
  for (const port of ports) {
    assert(port >= 20_000 && port < 32_000);
    Deno.listen({ hostname: "127.0.0.1", port }).close();
  }
});

Deno.test("freePorts() gives no port twice, and none that is taken", () => {
  const [port] = freePorts(1);
  const same = (port! - 20_000 + 0.5) / 12_000;
  assertNotEquals(withRandom([same], () => freePorts(1)), [port!]);
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const taken = (listener.addr.port - 20_000 + 0.5) / 12_000;
  assertNotEquals(withRandom([taken], () => freePorts(1)), [listener.addr.port]);
});

Deno.test("fourLetterWord() reads an answer to its end", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  // Longer than a buffer, and cut by its end in the middle of a character.
  const rest = " " + "é".repeat(5000);
  const answering = (async () => {
    const connection = await listener.accept();
    const word = new Uint8Array(4);
    await connection.read(word);
    await connection.write(word);
    await new Blob([rest]).stream().pipeTo(connection.writable);
  })();
  assertEquals(await fourLetterWord(`localhost:${listener.addr.port}`, "ruok"), "ruok" + rest);
  await answering;
});

Deno.test("fourLetterWord() rejects when nobody listens, or nobody answers in time", async () => {
  const [port] = freePorts(1);
  await assertRejects(
    () => fourLetterWord(`127.0.0.1:${port}`, "ruok"),
    Deno.errors.ConnectionRefused,
  );
  using listener = Deno.listen({ hostname: "127.0.0.1", port: port! });
  const accepting = listener.accept();
  await assertRejects(
    () => fourLetterWord(`127.0.0.1:${port}`, "ruok", 50),
    Error,
    `No answer to "ruok" from 127.0.0.1:${port} within 50 ms`,
  );
  (await accepting).close();
});

Deno.test({
  name: "Server.start() serves with the given settings, and disposing leaves nothing",
  ignore,
  async fn() {
    let directory, pid;
    {
      await using server = await Server.start({ tickTime: 300, config: { maxClientCnxns: 7 } });
      directory = server.directory;
      pid = server.pid!;
      assertEquals(await fourLetterWord(server.address, "ruok"), "imok");
      const conf = await fourLetterWord(server.address, "conf");
      assertStringIncludes(conf, `clientPort=${server.port}\n`);
      assertStringIncludes(conf, "tickTime=300\n");
      assertStringIncludes(conf, "maxClientCnxns=7\n");
      assertStringIncludes(conf, `dataDir=${directory}/data`);
      assert(await alive(pid));
      assertStringIncludes(await server.log(), "Starting server");
    }
    assertEquals([await exists(directory), await alive(pid)], [false, false]);
  },
});

Deno.test({
  name: "Server.start() takes flags and a port",
  ignore,
  async fn() {
    const [port] = freePorts(1);
    await using server = await Server.start({ port: port!, flags: ["-Duser.name=someone"] });
    assertEquals(server.address, `127.0.0.1:${port}`);
    assertMatch(await fourLetterWord(server.address, "envi"), /user\.name=someone\n/);
  },
});

Deno.test({
  name: "Server.start() runs the ZooKeeper of the version asked for",
  ignore: ignore || !installed("3.9"),
  async fn() {
    await using usual = await Server.start();
    await using newer = await Server.start({ version: "3.9" });
    const [old, young] = await Promise.all(
      [usual, newer].map(({ address }) => fourLetterWord(address, "srvr")),
    );
    assertMatch(old!, /^Zookeeper version: 3\.8\./);
    assertMatch(young!, /^Zookeeper version: 3\.9\.5/);
    assertStringIncludes(await newer.log(), "Starting server");
  },
});

Deno.test({
  name: "Server.kill(), stop() and restart() keep port and data",
  ignore,
  async fn() {
    await using server = await Server.start();
    const { pid } = server;
    await Deno.writeTextFile(`${server.directory}/data/mark`, "kept");
    for (const end of ["kill", "stop"] as const) {
      await server[end]();
      await server[end]();
      assertEquals([server.running, server.pid], [false, null]);
      await assertRejects(
        () => fourLetterWord(server.address, "ruok"),
        Deno.errors.ConnectionRefused,
      );
      await server.start();
      assertEquals(await fourLetterWord(server.address, "ruok"), "imok");
    }
    await Promise.all([server.kill(), server.stop(), server.kill()]);
    await server.restart();
    assertNotEquals(server.pid, pid);
    assert(!await alive(pid!));
    assertStringIncludes(await fourLetterWord(server.address, "srvr"), "Mode: standalone");
    assertEquals(await Deno.readTextFile(`${server.directory}/data/mark`), "kept");
  },
});

Deno.test({
  name: "Server.start() works again after the server has ended by itself",
  ignore,
  async fn() {
    await using server = await Server.start();
    Deno.kill(server.pid!, "SIGKILL");
    await server.kill();
    await server.start();
    assert(server.running);
  },
});

Deno.test({
  name: "Server.pause() silences the server until resume()",
  ignore,
  async fn() {
    await using server = await Server.start();
    server.pause();
    await assertRejects(() => fourLetterWord(server.address, "ruok", 100), Error, "No answer");
    server.resume();
    assertEquals(await fourLetterWord(server.address, "ruok"), "imok");
    server.pause();
    await server.stop();
    assert(!server.running);
    await server.start();
    server.pause();
  },
});

Deno.test({
  name: "Server.start() says why a server does not come up, and leaves nothing",
  ignore,
  async fn() {
    const error = await assertRejects(
      () => Server.start({ config: { clientPortAddress: "nowhere.invalid" } }),
      Error,
      "ended. The end of its log:",
    );
    assertStringIncludes(error.message, "nowhere.invalid");
    const directory = error.message.match(/\/\S*zkst-server-\w+/)?.[0];
    assertEquals(directory && await exists(directory), false);
  },
});

Deno.test({
  name: "Server.start() takes another port when somebody was quicker",
  ignore,
  async fn() {
    const starting = withRandom([0.5], () => Server.start());
    using _listener = Deno.listen({ hostname: "127.0.0.1", port: 26_000 });
    await using server = await starting;
    assertNotEquals(server.port, 26_000);
    assertEquals(await fourLetterWord(server.address, "ruok"), "imok");
  },
});

Deno.test({
  name: "Server.start() rejects when its port is taken",
  ignore,
  async fn() {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = listener.addr;
    await assertRejects(() => Server.start({ port }), Error, "Address already in use");
  },
});

Deno.test({
  name: "Ensemble.start() has a leader, and another one when it is killed",
  ignore,
  async fn() {
    await using ensemble = await Ensemble.start();
    assertEquals(ensemble.servers.length, 3);
    assertEquals(ensemble.connectString.split(","), ensemble.servers.map((s) => s.address));
    for (const { address } of ensemble.servers) {
      assertMatch(await fourLetterWord(address, "srvr"), /^Mode: (leader|follower)$/m);
    }
    const leader = await ensemble.leader();
    await leader.kill();
    assertNotEquals((await ensemble.leader()).port, leader.port);
    await leader.start();
    assertEquals(await fourLetterWord(leader.address, "ruok"), "imok");
  },
});

Deno.test({
  name: "Server: nothing outlives a process that is killed, whether the server runs or not",
  ignore,
  async fn() {
    for (const state of ["running", "paused", "stopped", "robbed of its directory"]) {
      const module = JSON.stringify(import.meta.resolve("../../tools/servers.ts"));
      const code = `import { Server } from ${module};
        const server = await Server.start();
        console.log(JSON.stringify([server.directory, server.pid]));
        if ("${state}" === "paused") server.pause();
        if ("${state}" === "stopped") await server.stop();
        if ("${state}" === "robbed of its directory") {
          Deno.removeSync(server.directory, { recursive: true });
        }
        Deno.kill(Deno.pid, "SIGKILL");`;
      const args = ["eval", "--no-lock", code];
      const { signal, stdout } = await new Deno.Command(Deno.execPath(), { args }).output();
      assertEquals(signal, "SIGKILL");
      const [directory, pid] = JSON.parse(new TextDecoder().decode(stdout));
      const gone = await until(async () =>
        await alive(pid) || await exists(directory) ? null : true
      );
      assert(gone, state);
    }
  },
});
