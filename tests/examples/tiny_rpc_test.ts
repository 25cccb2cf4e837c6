/** The examples of tiny_rpc and of RPC, as a user runs them: programs of their own, with little permission. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { ZooKeeper } from "@zkst/zookeeper";
import { TestServer } from "@zkst/zookeeper/testing";
import { freePorts } from "../../tools/servers.ts";

const cwd = new URL("../..", import.meta.url);

function example(name: string, flags: string[], ...args: string[]): Deno.ChildProcess {
  const path = `examples/${name}.ts`;
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-lock", "--no-check", ...flags, path, ...args],
    cwd,
    stdout: "piped",
    stderr: "inherit",
    env: { NO_COLOR: "1" },
  }).spawn();
}

async function run(name: string, flags: string[], ...args: string[]) {
  const { code, stdout } = await example(name, flags, ...args).output();
  return { code, said: new TextDecoder().decode(stdout) };
}

Deno.test("examples/tiny_rpc: a consumer logs in at a provider, which leaves when it is told to", async () => {
  await using server = new TestServer();
  const zookeeper = await server.listen();
  const [port] = freePorts(1);
  const file = await Deno.makeTempFile({ suffix: ".conf" });
  await Deno.writeTextFile(
    file,
    `# a comment\n rpcserverip = 127.0.0.1 \nrpcserverport=${port}\n` +
      `zookeeperip=127.0.0.1\nzookeeperport=${zookeeper.split(":")[1]}`,
  );
  const flags = ["--allow-net", `--allow-read=${file}`];
  const provider = example("tiny_rpc/provider", flags, "-i", file);
  const output = provider.stdout.pipeThrough(new TextDecoderStream()).getReader();
  try {
    let said = "";
    while (!said.includes("is registered as /UserServiceRpc/Login")) {
      said += (await output.read()).value ?? (() => {
        throw new Error(`The provider has ended: ${said}`);
      })();
    }
    assertEquals(await run("tiny_rpc/consumer", flags, "-i", file), {
      code: 0,
      said: "Logged in\n",
    });
    provider.kill("SIGTERM");
    while (!(await output.read()).done);
    assertEquals((await provider.status).code, 0);
    await using zk = await ZooKeeper.connect(zookeeper);
    assertEquals(await zk.getChildren("/UserServiceRpc"), []);
  } finally {
    await Deno.remove(file);
  }
});

Deno.test("examples/tiny_rpc: a wrong command line is answered as theirs is", async () => {
  const answers = await Promise.all([
    run("tiny_rpc/provider", []),
    run("tiny_rpc/consumer", [], "-x", "test.conf"),
  ]);
  const usage = { code: 1, said: "format: command -i <configfile>\n" };
  assertEquals(answers, [usage, usage]);
});

Deno.test("examples/rpc_client.ts calls on while a provider ends", async () => {
  const { code, said } = await run("rpc_client", ["--allow-net"]);
  assertEquals(code, 0, said);
  assertStringIncludes(said, "Hello, caller 9");
  assertStringIncludes(said, "Without a name: INVALID_ARGUMENT");
});
