/** A channel by TLS, over real sockets, to the native wire below it. */
import { assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { createClient, RpcChannel, RpcError, StatusCode } from "@zkst/zookeeper/rpc";
import { denoPlatform } from "../../../src/deno.ts";
import { NativeServerConnection } from "../../../src/rpc/wires/native/server.ts";
import { Authority } from "../../../tools/certificates.ts";
import { accept, Listener } from "../../tls/listener.ts";
import { Echo, outcome } from "../fake_servers.ts";

Deno.test("A channel calls by TLS, and a server that cannot be trusted gets no call", async () => {
  const authority = await Authority.create();
  const credentials = await authority.issue("127.0.0.1");
  using listener = new Listener();
  const closed: Promise<unknown>[] = [];
  const serve = async () => {
    const transport = await accept(listener, credentials);
    const end = Promise.withResolvers<unknown>();
    closed.push(end.promise);
    const accepted = {
      transport,
      first: new Uint8Array(0),
      peer: { hostname: "127.0.0.1", port: 1 },
    };
    new NativeServerConnection(accepted, {
      call: (call) => call.end(outcome({ status: StatusCode.OK, response: call.request })),
      closed: end.resolve,
    }, { clock: denoPlatform.clock });
  };
  const target = `static:127.0.0.1:${listener.port}`;
  {
    const served = serve();
    await using channel = new RpcChannel(target, { tls: { caCerts: authority.cert } });
    const client = createClient(Echo, channel);
    assertEquals(await client.put("hello"), "hello");
    assertEquals(await client.put("again"), "again");
    await served;
  }
  await Promise.all(closed);
  const other = await Authority.create();
  const refused = accept(listener, credentials).catch(() => null);
  const looked = refused.then(() => accept(listener, credentials).catch(() => null));
  await using channel = new RpcChannel(target, { tls: { caCerts: other.cert } });
  const error = await assertRejects(() => createClient(Echo, channel).put("x"), RpcError);
  assertEquals([error.code, error.sent], ["UNAVAILABLE", false]);
  assertStringIncludes(error.message, "certificate");
  await channel.close();
  for (const transport of await Promise.all([refused, looked])) transport?.close();
});

Deno.test("A channel's TLS options are checked", () => {
  assertThrows(
    () => void new RpcChannel("static:a:1", { tls: { cert: "x" } as never }),
    TypeError,
    "tls.cert",
  );
});
