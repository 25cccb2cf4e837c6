/*
 * The two servers that a peer is shown: ZooKeeper itself, and ours. What a peer asks to be done to
 * its connection or its session is done to either, by the means that each one has.
 */

import { ZooKeeper } from "@zkst/zookeeper";
import { TestServer } from "@zkst/zookeeper/testing";
import { Server } from "../../tools/servers.ts";
import { Relay } from "./relay.ts";

/** A server that a peer works with. */
export interface Shown extends AsyncDisposable {
  /** Where the peer finds it. */
  readonly address: string;
  /** What can be done to it, by the name that the peer asks for it with. */
  readonly faults: Record<string, (...details: string[]) => void | Promise<void>>;
}

/** Real ones are quick to expire sessions, and their sessions can be long: 0.4 to 20 s. */
const tickTime = 1000;

/** A ZooKeeper, with a relay in front that can cut its connections. */
export async function realServer(): Promise<Shown> {
  const server = await Server.start({ tickTime });
  const relay = new Relay(server.address);
  return {
    address: relay.address,
    faults: {
      drop: () => relay.drop(),
      expire: (id, password) => relay.holdUntil(end(server.address, id!, password!)),
    },
    async [Symbol.asyncDispose]() {
      await relay[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

/**
 * Who knows a session's password may take it over, at which the server closes its old connection,
 * and end it. Its client finds out when it reconnects.
 */
async function end(address: string, id: string, password: string): Promise<void> {
  const session = { id: numberOf(id), password: Uint8Array.fromHex(password) };
  const thief = await ZooKeeper.connect(address, { session });
  await thief.close();
}

/** Ours, which does all of it by itself. */
export async function testServer(): Promise<Shown> {
  const server = new TestServer({ tickTime, version: "3.8", containerInterval: 200 });
  const address = await server.listen({ port: 0 });
  const one = (id: string) => ({ session: numberOf(id) });
  return {
    address,
    faults: {
      drop: () => server.drop(),
      expire: (id) => server.expire(numberOf(id!)),
      loseReply: (id) => server.loseReply(one(id!)),
      dropAfter: (id, bytes) => server.dropAfter(Number(bytes), one(id!)),
      trickle: (id) => server.trickle(one(id!)),
      delay: (id, ms) => server.delay(Number(ms), one(id!)),
      halfOpen: (id) => server.halfOpen(one(id!)),
      stall: () => server.stall(),
      resume: () => server.resume(),
      refuse: () => server.refuse(),
      heal: () => server.heal(),
      move: (id) => server.move(numberOf(id!)),
      changeSessionId: (id) => server.changeSessionId(numberOf(id!)),
      wipe: () => server.wipe(),
      readOnly: (on) => server.readOnly(on === "on"),
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** A session's id, as a bigint with a sign. */
function numberOf(id: string): bigint {
  return BigInt.asIntN(64, BigInt(`0x${id}`));
}
