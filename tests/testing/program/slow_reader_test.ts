/** In a process of its own: what stops a server's event loop would stop the test as well. */
import { assertEquals } from "@std/assert";
import { deadline } from "@std/async";
import { ZooKeeper } from "@zkst/zookeeper";
import { Writer } from "../../../src/proto/archive.ts";
import { writeConnectRequest } from "../../../src/proto/connect.ts";
import { OpCode } from "../../../src/proto/constants.ts";
import { writeHeader, writePathWatch } from "../../../src/proto/requests.ts";
import { Program } from "./program.ts";

Deno.test("A client that does not read what it asks for keeps nobody else waiting", async () => {
  await using program = new Program("src/testing/main.ts", ["--port=0"], ["--allow-net"]);
  const address = await program.said(/^Serving on (\S+)\n/m);
  await using zk = await ZooKeeper.connect(address);
  const size = 300_000;
  await zk.create("/a", new Uint8Array(size));
  const port = Number(address.split(":")[1]);
  const slow = await Deno.connect({ hostname: "127.0.0.1", port });
  await slow.write(handshake());
  // Far more than sockets hold; and one by one, so that some come while a write waits for room.
  for (let xid = 1; xid <= 100; xid++) {
    await slow.write(request(xid));
    for (let i = 0; i < 20; i++) {
      assertEquals((await deadline(zk.exists("/a"), 10_000))?.dataLength, size);
    }
  }
  slow.close();
});

function handshake(): Uint8Array {
  const to = new Writer();
  const password = new Uint8Array(16);
  const session = { lastZxidSeen: 0n, timeout: 30_000, sessionId: 0n, password, readOnly: false };
  writeConnectRequest(to, session);
  return to.frames;
}

function request(xid: number): Uint8Array {
  const to = new Writer();
  const start = to.startFrame();
  writeHeader(to, xid, OpCode.getData);
  writePathWatch(to, "/a", false);
  to.endFrame(start);
  return to.frames;
}
