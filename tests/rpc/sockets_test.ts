/** What is listened on for RPC: what it hands over, and that it outlives the system's bad moments. */
import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { denoPlatform } from "../../src/deno.ts";
import { Listener } from "../../src/rpc/sockets.ts";
import type { Peer } from "../../src/rpc/wires/wire.ts";
import { VirtualClock } from "../virtual_clock.ts";

const { clock } = denoPlatform;
const here = { hostname: "127.0.0.1", port: 0 };

Deno.test("Listener hands over each connection and who has connected", async () => {
  const accepted = Promise.withResolvers<Peer>();
  using listener = new Listener({ ...here, clock }, (transport, peer) => {
    accepted.resolve(peer);
    transport.close();
  });
  assertEquals(listener.address.hostname, "127.0.0.1");
  using conn = await Deno.connect(listener.address);
  const { hostname, port } = conn.localAddr;
  assertEquals(await accepted.promise, { hostname, port });
  assertEquals(await conn.read(new Uint8Array(1)), null);
  assertThrows(
    () => new Listener({ ...listener.address, clock }, () => {}),
    Deno.errors.AddrInUse,
  );
});

Deno.test("Listener goes on after accepting has failed, with pauses and a line each", async () => {
  const clock = new VirtualClock();
  const lines: string[] = [];
  const logger = { warn: (line: string) => void lines.push(line) };
  let accepts = 0;
  // The system has no more files to give until the seventh attempt.
  const { listen } = Deno;
  const full = {
    addr: { transport: "tcp", hostname: "127.0.0.1", port: 8000 },
    accept: () =>
      ++accepts < 7
        ? Promise.reject(new Error("Too many open files (os error 24)"))
        : new Promise(() => {}),
    close() {},
  };
  Deno.listen = (() => full) as unknown as typeof Deno.listen;
  let listener: Listener;
  try {
    listener = new Listener({ ...here, clock, logger }, () => {});
  } finally {
    Deno.listen = listen;
  }
  await clock.settle();
  assertEquals([accepts, lines.length], [1, 1]);
  await clock.advance(10);
  assertEquals(accepts, 2);
  await clock.advance(5_000);
  assertEquals([accepts, lines.length], [7, 6]);
  assertStringIncludes(lines[5]!, "on 127.0.0.1:8000, trying again in 320 ms: Too many open files");
  listener.close();
  listener.close();
  assertEquals(clock.pending, 0);
});

Deno.test("Listener's close() calls a pause off", async () => {
  const clock = new VirtualClock();
  const { listen } = Deno;
  Deno.listen = (() => ({
    addr: { transport: "tcp", ...here },
    accept: () => Promise.reject(new Error("Too many open files (os error 24)")),
    close() {},
  })) as unknown as typeof Deno.listen;
  let listener: Listener;
  try {
    listener = new Listener({ ...here, clock }, () => {});
  } finally {
    Deno.listen = listen;
  }
  await clock.settle();
  assertEquals(clock.pending, 1);
  listener.close();
  assertEquals(clock.pending, 0);
});
