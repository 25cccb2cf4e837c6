import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { ZooKeeper, ZooKeeperError } from "@zkst/zookeeper";
import { freePorts } from "../../tools/servers.ts";
import { connect, isReachable, open, test, testWithout, testWithServer } from "./server.ts";
import { assertCode, assertMisuse, within } from "./waiting.ts";

test("The loop of the documentation", async ({ connectString, root }) => {
  const zk = open(connectString);
  let children: string[] | null = null;
  zk.getChildren(root).then((names) => children = names).finally(() => zk.close());
  while (!zk.closed) {
    const want = zk.interest();
    zk.process(await want.wait());
  }
  assertEquals([children, zk.state], [[], "CLOSED"]);
});

testWithout("connect() rejects in time when no server answers, and says why", async () => {
  const [refusing] = freePorts(1);
  // It accepts, and says nothing.
  using silent = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = silent.addr;
  const servers = `127.0.0.1:${refusing},127.0.0.1:${port}`;
  const start = performance.now();
  const connecting = ZooKeeper.connect(servers, { timeout: 1000, sessionTimeout: 900 });
  const error = await assertRejects(() => connecting, ZooKeeperError);
  const took = performance.now() - start;
  assert(took >= 995 && took < 1500, `${took} ms`);
  assertEquals([error.code, error.sent, error.path], ["CONNECTIONLOSS", false, null]);
  assertMatch(error.message, /1000 ms/);
  assertMatch(error.message, new RegExp(`127\\.0\\.0\\.1:${refusing}: .*refused`));
  assertMatch(error.message, new RegExp(`127\\.0\\.0\\.1:${port}: .*(no answer|silent)`));
});

testWithout("connect() has the session timeout when no other is given", async () => {
  const [refusing] = freePorts(1);
  const start = performance.now();
  const connecting = ZooKeeper.connect(`127.0.0.1:${refusing}`, { sessionTimeout: 500 });
  await assertRejects(() => connecting, ZooKeeperError, "500 ms");
  const took = performance.now() - start;
  assert(took >= 495 && took < 1000, `${took} ms`);
});

testWithout("connect() tells of a server that speaks something else", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const answering = (async () => {
    for await (const connection of listener) {
      await connection.write(new TextEncoder().encode("HTTP/1.1 400 Bad Request\r\n\r\n"));
      connection.close();
    }
  })();
  const connecting = ZooKeeper.connect(`127.0.0.1:${listener.addr.port}`, { timeout: 300 });
  const { message } = await assertRejects(() => connecting, ZooKeeperError);
  assertMatch(message, /cannot be read|closed the connection|reset/i);
  listener.close();
  await answering;
});

testWithout("connect() rejects with the reason of its signal", async () => {
  const [refusing] = freePorts(1);
  const controller = new AbortController();
  const connecting = ZooKeeper.connect(`127.0.0.1:${refusing}`, { signal: controller.signal });
  const reason = new Error("enough");
  controller.abort(reason);
  assertEquals(await assertRejects(() => within("its end", connecting)), reason);
  const late = ZooKeeper.connect(`127.0.0.1:${refusing}`, { signal: controller.signal });
  assertEquals(await assertRejects(() => within("its end", late)), reason);
});

testWithServer("connect() waits for a server that comes up in time", async (server) => {
  await server.kill();
  const connecting = connect(server.address);
  const starting = server.start();
  await using zk = await connecting;
  assertEquals(zk.state, "CONNECTED");
  await starting;
});

testWithout("connect() names the hosts that cannot be resolved", async () => {
  const resolve = (host: string) => Promise.reject(new Error(`${host} is nowhere`));
  const connecting = ZooKeeper.connect("one,two:99", { timeout: 300, platform: { resolve } });
  const { message } = await assertRejects(() => connecting, ZooKeeperError);
  assertMatch(message, /one:2181: .*one is nowhere/);
  assertMatch(message, /two:99: .*two is nowhere/);
});

test("connected() rejects when the session is closed meanwhile", async ({ connectString }) => {
  const [refusing] = freePorts(1);
  const zk = new ZooKeeper(`127.0.0.1:${refusing}`);
  const running = zk.run();
  const connecting = assertCode(zk.connected(), "CLOSING");
  await zk.close();
  await running;
  await connecting;
  await assertCode(zk.connected(), "CLOSING");
  const early = open(connectString);
  assertMisuse(RangeError, "timeout", () => early.connected({ timeout: 0 }));
  const late = assertCode(early.connected({ timeout: 10 }), "CONNECTIONLOSS");
  await late;
  await early.close();
});

test("run() resolves at its signal, and leaves the session open", async ({ connectString, root }) => {
  const zk = open(connectString);
  const halt = new AbortController();
  const running = zk.run({ signal: halt.signal });
  await within("connecting", zk.connected());
  halt.abort();
  assertEquals(await within("run()", running), undefined);
  assertEquals([zk.state, zk.closed], ["CONNECTED", false]);
  const { id } = zk.session!;
  const exists = zk.exists(root);
  const again = zk.run();
  assertEquals((await within("the reply", exists))?.version, 0);
  assertEquals(zk.session!.id, id);
  await zk.close();
  assertEquals(await within("run()", again), undefined);
  assertEquals(await zk.run({ signal: AbortSignal.abort() }), undefined);
});

test("Whoever drives a session drives it alone", async ({ connectString, zk: driven }) => {
  const only = "drive";
  assertMisuse(TypeError, only, () => driven.process(0), () => driven.run());
  assertMisuse(TypeError, only, () => driven.interest().wait());
  const zk = open(connectString);
  const halt = new AbortController();
  const waiting = zk.interest().wait({ signal: halt.signal });
  assertMisuse(TypeError, "", () => zk.interest().wait(), () => zk.run());
  halt.abort("enough");
  assertEquals(await waiting.catch((reason) => reason), "enough");
  await zk.close();
});

// Nobody reaches into the memory of another process.
if (isReachable) {
  test("unref() lets the process end by itself, ref() does not", async (scene) => {
    const kept = child(scene.connectString, "zk.unref(); zk.ref();");
    let ended = false;
    const ending = kept.status.finally(() => ended = true);
    try {
      assertEquals(await said(kept), "armed\n");
      const free = child(scene.connectString, "zk.unref();");
      const [output, { code }] = await within("its end", Promise.all([said(free), free.status]));
      assertEquals([output, code, ended], ["armed\n", 0, false]);
    } finally {
      if (!ended) kept.kill("SIGKILL");
      await ending;
    }
  });
}

/** A process with a connected session, whose read is armed. */
function child(connectString: string, calls: string): Deno.ChildProcess {
  const code = `
    import { ZooKeeper } from ${JSON.stringify(import.meta.resolve("../../mod.ts"))};
    const zk = await ZooKeeper.connect("${connectString}");
    await zk.getChildren("/");
    ${calls}
    console.log("armed");`;
  const args = ["eval", "--no-lock", code];
  return new Deno.Command(Deno.execPath(), { args, stdout: "piped" }).spawn();
}

/** What a process says first. */
async function said({ stdout }: Deno.ChildProcess): Promise<string> {
  const reader = stdout.getReader();
  const { value } = await within("its first word", reader.read());
  await reader.cancel();
  return new TextDecoder().decode(value);
}
