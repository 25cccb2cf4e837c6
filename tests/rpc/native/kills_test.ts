/** Connections over real sockets that end at any moment and in any way. */
import { assert, assertEquals, assertGreater } from "@std/assert";
import { denoPlatform } from "../../../src/deno.ts";
import { Listener } from "../../../src/rpc/sockets.ts";
import { NativeClientConnection } from "../../../src/rpc/wires/native/client.ts";
import { NativeServerConnection } from "../../../src/rpc/wires/native/server.ts";
import type { IncomingCall } from "../../../src/rpc/wires/wire.ts";
import type { Transport } from "../../../src/types.ts";
import { Random } from "../../fuzz/random.ts";
import { connect, ok, TestCall } from "./scene.ts";

const { clock } = denoPlatform;
const lengths = [0, 10, 10, 10, 1_000, 60_000, 400_000];

/** A server's connection and what it knows. */
class Served {
  readonly calls: { call: IncomingCall; cancels: number; answered: boolean }[] = [];
  readonly connection: NativeServerConnection;
  readonly closed = Promise.withResolvers<Error | null>();

  constructor(readonly transport: Transport, random: Random) {
    const peer = { hostname: "127.0.0.1", port: 1 };
    this.connection = new NativeServerConnection({ transport, peer, first: new Uint8Array(0) }, {
      closed: (reason) => this.closed.resolve(reason),
      call: (call) => {
        const life = { call, cancels: 0, answered: false };
        this.calls.push(life);
        call.onCancel = () => life.cancels++;
        if (random.chance(0.3)) return;
        const answer = () => {
          if (life.cancels > 0) return;
          life.answered = true;
          call.end(ok(new Uint8Array(random.pick(lengths))));
        };
        if (random.chance(0.5)) answer();
        else clock.turn(answer);
      },
    }, { clock });
  }
}

/** One connection's life; resolves when both sides are closed and all has been checked. */
async function live(port: number, served: Promise<Served>, random: Random): Promise<number> {
  const transport = await connect(port);
  const closed = Promise.withResolvers<Error | null>();
  let ends = 0;
  const client = new NativeClientConnection(transport, {
    changed() {},
    closed: (reason) => {
      ends++;
      closed.resolve(reason);
    },
  }, { clock });
  const other = await served;
  const calls: TestCall[] = [];
  const start = () => {
    for (let i = random.below(8); i > 0 && client.usable; i--) {
      const call = new TestCall({ request: new Uint8Array(random.pick(lengths)) });
      calls.push(call);
      client.start(call);
    }
  };
  start();
  for (let turns = random.below(5); turns > 0; turns--) {
    await new Promise<void>((resolve) => void clock.turn(resolve));
    start();
  }
  const kills = [
    () => client.close("Killed"),
    () => other.connection.close(),
    () => transport.close(),
    () => other.transport.close(),
    () => {
      client.drain();
      other.connection.close();
    },
    () => {
      other.connection.drain();
      start();
      client.close("Killed");
    },
  ];
  random.pick(kills)();
  await closed.promise;
  await other.closed.promise;
  assertEquals(ends, 1);
  assertEquals([client.inFlight, other.connection.inFlight, client.usable], [0, 0, false]);
  for (const { outcomes } of calls) assertEquals(outcomes.length, 1);
  for (const { cancels, answered } of other.calls) {
    assertEquals(cancels + Number(answered), 1);
  }
  // Whoever says that a request was not sent is right.
  const unsent = calls.filter(({ outcome }) => !outcome.sent).length;
  assert(other.calls.length <= calls.length - unsent);
  return calls.filter(({ outcome }) => outcome.status === 14).length;
}

Deno.test("native: 1,000 random kills, and every call ends once", async () => {
  const random = new Random(7);
  const waiting: ((served: Served) => void)[] = [];
  using listener = new Listener({ clock, hostname: "127.0.0.1", port: 0 }, (transport) => {
    waiting.shift()!(new Served(transport, random));
  });
  let lost = 0;
  for (let i = 0; i < 1_000; i++) {
    const served = new Promise<Served>((resolve) => waiting.push(resolve));
    lost += await live(listener.address.port, served, random);
  }
  assertGreater(lost, 1_000, "Calls were in flight");
});
