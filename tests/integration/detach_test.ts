import { assertEquals, assertNotEquals } from "@std/assert";
import { connect, received, testWithServer } from "./server.ts";
import { assertCode, Recorder, until, within } from "./waiting.ts";
import { world } from "./world.ts";

/** What another process does with a session: looks around, and detaches or closes. */
const takeOver = `
  import { ZooKeeper } from "@zkst/zookeeper";
  const [servers, id, password, end] = Deno.args;
  const session = { id: BigInt(id), password: Uint8Array.fromHex(password) };
  const zk = await ZooKeeper.connect(servers, { session });
  const { ephemeralOwner } = await zk.exists("/e");
  const ephemerals = await zk.getEphemerals();
  console.log(String(zk.session.id), String(ephemeralOwner), ephemerals.join());
  if (end === "detach") await zk.detach();
  else await zk.close();
`;

// Nobody reaches into the memory of another process.
if (world !== "memory") {
  testWithServer(
    "A session that is left is taken over by another process, and back",
    async (server) => {
      await using other = await connect(server.address);
      const gone = new Recorder();
      const first = await connect(server.address);
      const { id } = first.session!;
      await first.create("/e", "x", { mode: "EPHEMERAL" });
      await other.exists("/e", { watch: gone.watcher });
      const pending = assertCode(first.exists("/pending"), "CLOSING");
      const session = await within("the detaching", first.detach());
      await pending;
      assertEquals([session.id, first.closed, first.state], [id, true, "CLOSED"]);
      await assertCode(first.exists("/"), "CLOSING");
      await until("its connection is gone", async () => !(await received(server)).has(id));

      const line = `${id} ${id} /e`;
      const args = [server.address, `${id}`, session.password.toHex()];
      assertEquals(await run(takeOver, [...args, "detach"]), line);
      const third = await connect(server.address, { session });
      assertEquals([third.session?.id, await third.getEphemerals()], [id, ["/e"]]);
      assertEquals(gone.nodeLog, []);
      await third.detach();

      assertEquals(await run(takeOver, [...args, "close"]), line);
      await gone.until(({ type }) => type === "NodeDeleted");
      await using late = await connect(server.address, { session });
      assertNotEquals(late.session!.id, id);
    },
  );
}

/** Runs a program as a process of its own; returns what it prints. */
async function run(program: string, args: string[]): Promise<string> {
  const path = await Deno.makeTempFile({ suffix: ".mjs" });
  try {
    await Deno.writeTextFile(path, program);
    const config = decodeURI(new URL("../../deno.json", import.meta.url).pathname);
    const flags = ["--quiet", "--no-lock", "--no-prompt", "--allow-net", `--config=${config}`];
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", ...flags, path, ...args],
      stdout: "piped",
      stderr: "piped",
    });
    const { stdout, stderr } = await within("the other process", child.output(), 30_000);
    assertEquals(new TextDecoder().decode(stderr), "");
    return new TextDecoder().decode(stdout).trim();
  } finally {
    await Deno.remove(path);
  }
}
