/*
 * tiny_rpc's own programs, as far as that can be had: a provider and a consumer in C++ on protobuf's
 * services, with its wire and its znodes. Each finds ours, and ours find them, in ZooKeeper itself or,
 * where there is none, in a TestServer.
 */

import { assertEquals, assertRejects } from "@std/assert";
import { ZooKeeper } from "@zkst/zookeeper";
import { tinyRpc } from "@zkst/zookeeper/discovery";
import {
  type AnyMethod,
  createClient,
  parseServices,
  RpcChannel,
  RpcError,
  RpcServer,
  type ServiceSpec,
} from "@zkst/zookeeper/rpc";
import { installed } from "../../tools/servers.ts";
import { beside, build, install, isIgnored, isThere, runs } from "./peer.ts";
import { realServer, testServer } from "./servers.ts";

const protos = [beside("../../examples/tiny_rpc"), beside("tiny_rpc")];
const text = await Deno.readTextFile(`${protos[0]}/user.proto`);
const UserServiceRpc: ServiceSpec<{ login: AnyMethod }> = parseServices(text).UserServiceRpc;

interface LoginRequest {
  name: Uint8Array;
  pwd: Uint8Array;
}

Deno.test({
  name: "tiny_rpc's consumers find and call our providers, and ours theirs",
  ignore: isIgnored("tiny_rpc", missing()),
  async fn(t) {
    const folder = await Deno.makeTempDir({ prefix: "zkst-peer-" });
    try {
      const program = await compile(folder);
      await using zookeeper = await (installed() ? realServer() : testServer());
      await using zk = await ZooKeeper.connect(zookeeper.address);
      await t.step("a consumer of theirs and a provider of ours", async () => {
        await consumerOfTheirs(program, zookeeper.address, zk);
      });
      await t.step("a consumer of ours and a provider of theirs", async () => {
        await providerOfTheirs(program, zookeeper.address, zk);
      });
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

async function compile(folder: string): Promise<string> {
  const includes = protos.map((path) => `-I${path}`);
  await build("protoc", `--cpp_out=${folder}`, ...includes, "user.proto", "header.proto");
  const sources = [`${folder}/user.pb.cc`, `${folder}/header.pb.cc`, beside("tiny_rpc/main.cc")];
  const program = `${folder}/tiny_rpc`;
  const libraries = ["-lprotobuf", "-lzookeeper_st", "-lpthread"];
  await build(
    "g++",
    "-std=c++17",
    `-I${folder}`,
    ...includes,
    "-o",
    program,
    ...sources,
    ...libraries,
  );
  return program;
}

async function consumerOfTheirs(program: string, zookeeper: string, zk: ZooKeeper): Promise<void> {
  const server = new RpcServer({ zk, layout: tinyRpc(), linger: 0 }).add(UserServiceRpc, {
    login: ({ name, pwd }: LoginRequest) => {
      const who = new TextDecoder().decode(name);
      if (who === "throws") throw new Error("Broken");
      if (who === "empty") return {};
      return { result: { errcode: pwd.length, errmsg: `Hello, ${who}` }, success: true };
    },
  });
  const { address } = await server.listen({ hostname: "127.0.0.1", port: 0 });
  const consume = async (where: string, ...words: string[]) => {
    const args = ["consumer", where, ...words];
    const { stdout } = await new Deno.Command(program, { args }).output();
    return new TextDecoder().decode(stdout).trim();
  };
  const here = `=127.0.0.1:${address.port}`;
  assertEquals(await consume(zookeeper, "zxw", "zz"), "success 1 errcode 2 errmsg Hello, zxw");
  assertEquals(await consume(here, "empty", "zz"), "success 0 errcode 0 errmsg");
  assertEquals(await consume(here, "throws", "zz"), "failed: parse error");
  const long = "n".repeat(3000);
  // It has one recv of 1,024 bytes: a longer reply it cuts off itself, as ever.
  assertEquals(await consume(here, long, "zz"), "failed: parse error");
  assertEquals(server.stats().ended.OK, 3);
  await server.shutdown();
  assertEquals(await consume(zookeeper, "zxw", "zz"), "failed: /UserServiceRpc/Login: no node");
}

async function providerOfTheirs(program: string, zookeeper: string, zk: ZooKeeper): Promise<void> {
  const args = ["provider", zookeeper];
  const provider = new Deno.Command(program, { args, stdout: "piped" }).spawn();
  try {
    const lines = provider.stdout.pipeThrough(new TextDecoderStream()).values({
      preventCancel: true,
    });
    const where = (await lines.next()).value!.trim();
    for (const target of ["tinyrpc-zk:/", `tinyrpc:${where}`]) {
      await using channel = new RpcChannel(target, { zk });
      const client = createClient(UserServiceRpc, channel);
      const reply = await client.login({ name: "zxw", pwd: "zz" }, { waitForReady: true });
      assertEquals([reply.success, reply.result.errcode], [true, 2]);
      assertEquals(new TextDecoder().decode(reply.result.errmsg), "Hello, zxw");
      // C3: theirs has one recv of 1,024 bytes.
      const long = "n".repeat(5000);
      const { result } = await client.login({ name: long, pwd: "" });
      assertEquals(new TextDecoder().decode(result.errmsg), `Hello, ${long}`);
      const calls = Array.from(
        { length: 50 },
        (_, i) => client.login({ name: String(i), pwd: "" }),
      );
      const names = (await Promise.all(calls)).map(({ result }) =>
        new TextDecoder().decode(result.errmsg)
      );
      assertEquals(names, names.map((_, i) => `Hello, ${i}`));
    }
    // What their provider does not know it closes without a word.
    await using channel = new RpcChannel(`tinyrpc:${where}`, { emptyAs: "UNAVAILABLE" });
    const unknown = createClient({ ...UserServiceRpc, name: "fixbug.Nope" }, channel);
    const error = await assertRejects(() => unknown.login({}), RpcError);
    assertEquals(error.code, "UNAVAILABLE");
  } finally {
    provider.kill("SIGTERM");
    await provider.status;
    await provider.stdout.cancel().catch(() => {});
  }
}

function missing(): string | null {
  if (!runs("g++", "--version")) return install("g++");
  if (!runs("protoc", "--version")) return install("protobuf-compiler");
  if (!isThere("/usr/include/google/protobuf/message.h")) return install("libprotobuf-dev");
  return isThere("/usr/include/zookeeper/zookeeper.h") ? null : install("libzookeeper-st-dev");
}
