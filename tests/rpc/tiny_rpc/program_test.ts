/** What tiny_rpc's programs have beside their wire: a configuration file, a command line, a controller. */
import { assertEquals, assertThrows } from "@std/assert";
import { initTinyRpc, RpcController, TinyRpcConfig, tinyRpcUsage } from "@zkst/zookeeper/rpc";
import { configFileOf } from "../../../src/rpc/tiny_rpc/command_line.ts";

Deno.test("A configuration file of theirs is read with all that is odd about it", () => {
  const config = new TinyRpcConfig(
    "# rpc node's ip\n" +
      "   rpcserverip  =  127.0.0.1   \n" +
      "  # indented\n" +
      "rpcserverport=8000\r\n" +
      "zookeeperip=\t127.0.0.1\n" +
      "rpcserverip=10.0.0.1\n" +
      "no equals here\n" +
      "\n" +
      "a=b=c # d\n" +
      "spaces=   \n" +
      "=nameless\n" +
      "zookeeperport=2181",
  );
  assertEquals(config.load("rpcserverip"), "127.0.0.1", "The first one counts");
  assertEquals(config.load("rpcserverport"), "8000\r", "Spaces alone are trimmed");
  assertEquals(config.load("zookeeperip"), "\t127.0.0.1");
  assertEquals(config.load("a"), "b=c # d");
  assertEquals(config.load("zookeeperport"), "2181", "Without an end of line");
  assertEquals(config.load("missing"), "");
  assertEquals(config.load(""), "nameless");
  assertEquals(config.port("zookeeperport"), 2181);
  assertThrows(() => config.port("rpcserverport"), TypeError, 'a port, 0 to 65535, not "8000\\r"');
  assertThrows(() => config.port("missing"), TypeError, "missing");
});

Deno.test("A line is 511 bytes; what is behind that is another one", () => {
  const filler = "k=".padEnd(511, "v");
  const config = new TinyRpcConfig(`${filler}rest=1\nlast=2`);
  assertEquals(config.load("k").length, 509);
  assertEquals([config.load("rest"), config.load("last")], ["1", "2"]);
  const wide = new TinyRpcConfig(`key=${"ä".repeat(253)}.rest=1`);
  assertEquals(wide.load("rest"), "1", "Bytes count, not characters: it starts at byte 512");
});

Deno.test("The command line is read as getopt does", async () => {
  const files: [string[], string | null][] = [
    [["-i", "test.conf"], "test.conf"],
    [["-itest.conf"], "test.conf"],
    [["word", "-i", "a", "-i", "b"], "b"],
    [[], null],
    [["-i"], null],
    [["-x", "-i", "a"], null],
    [["--config", "a"], null],
    [["test.conf"], null],
    [["--", "-i", "a"], null],
  ];
  for (const [args, file] of files) assertEquals(configFileOf(args), file, args.join(" "));
  assertEquals(tinyRpcUsage, "format: command -i <configfile>");
  const read = (path: string) => Promise.resolve(`file=${path}`);
  assertEquals((await initTinyRpc(["-i", "x"], read))!.load("file"), "x");
  assertEquals(await initTinyRpc([], read), null);
});

Deno.test("C5 and 2.4, a controller's error overflows and its cancel is empty: ours has any length, and works", () => {
  const controller = new RpcController();
  assertEquals([controller.failed(), controller.errorText()], [false, ""]);
  controller.setFailed("x".repeat(5000));
  assertEquals([controller.failed(), controller.errorText().length], [true, 5000]);

  let told = 0;
  controller.notifyOnCancel(() => told++);
  assertEquals(controller.isCanceled(), false);
  controller.startCancel();
  controller.startCancel();
  assertEquals([controller.isCanceled(), told], [true, 1]);
  controller.notifyOnCancel(() => told++);
  assertEquals(told, 2, "At once");

  controller.reset();
  assertEquals([controller.failed(), controller.errorText(), controller.isCanceled()], [
    false,
    "",
    false,
  ]);
  controller.notifyOnCancel(() => told++);
  controller.reset();
  controller.startCancel();
  assertEquals(told, 2, "What was for the call before is forgotten");
  assertThrows(() => controller.notifyOnCancel(null!), TypeError, "must be a function");
});
