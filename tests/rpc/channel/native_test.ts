/** A channel over the native wire itself, in memory: what becomes of connections that nobody needs. */
import { assertEquals } from "@std/assert";
import { createClient, RpcChannel, type RpcChannelOptions } from "@zkst/zookeeper/rpc";
import type { NativeServerOptions } from "../../../src/rpc/wires/native/settings.ts";
import { VirtualClock } from "../../virtual_clock.ts";
import { Echo } from "../fake_servers.ts";
import { bytes, ok, serve, Side } from "../native/scene.ts";
import { type End, pipe } from "../pipe.ts";

const minute = 60_000;

/** A channel to one server, which answers at once with nothing. */
function scene(options: RpcChannelOptions, server: Partial<NativeServerOptions> = {}) {
  const clock = new VirtualClock();
  const dialled: End[] = [];
  const lines: string[] = [];
  const channel = new RpcChannel("static:10.0.0.1:8000", {
    ...options,
    logger: { info: (line) => void lines.push(line) },
    platform: {
      clock,
      connect: () => {
        const [near, far] = pipe();
        dialled.push(far);
        serve(clock, far, new Side(), server, (call) => call.end(ok(bytes())));
        return Promise.resolve(near);
      },
    },
  });
  return { clock, channel, dialled, lines, client: createClient(Echo, channel) };
}

Deno.test("A connection that either side closes for want of calls is made again by the next call alone", async () => {
  for (const [client, server] of [[5, 100], [100, 5], [5, 5]] as const) {
    const { clock, channel, dialled, client: echo } = scene(
      { idleTimeout: client * minute },
      { idleTimeout: server * minute },
    );
    assertEquals(await echo.put("x"), "");
    await clock.advance(20 * minute);
    assertEquals([channel.state, dialled.length], ["IDLE", 1], `${client} and ${server} minutes`);
    assertEquals(await echo.put("y"), "");
    assertEquals(dialled.length, 2);
    await channel.close();
    assertEquals(clock.pending, 0);
  }
});

Deno.test("A connection that is lost is made again at once, and it is said why", async () => {
  const { clock, channel, dialled, lines, client } = scene({});
  await client.put("x");
  await clock.advance(1_000);
  dialled[0]!.close();
  await clock.settle();
  assertEquals([channel.state, dialled.length], ["READY", 2]);
  assertEquals(lines, [
    "The connection to 10.0.0.1:8000 is lost: 10.0.0.1:8000 has closed the connection",
  ]);
  await channel.close();
  assertEquals(clock.pending, 0);
});
