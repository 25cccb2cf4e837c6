/*
 * The two servers that a peer is shown: ZooKeeper itself, and ours. What a peer asks to be done to
 * its connection or its session is done to either, by the means that each one has.
 */

import { ZooKeeper } from "@zkst/zookeeper";
import { TestServer } from "@zkst/zookeeper/testing";
import { Server } from "../../tools/servers.ts";
import { Relay } from "./relay.ts";

/** A session as a peer knows it. */
export interface PeerSession {
  id: bigint;
  password: Uint8Array;
}

/** A server that a peer works with. */
export interface Shown extends AsyncDisposable {
  /** Where the peer finds it. */
  readonly address: string;
  /** Cuts all connections. */
  drop(): void;
  /** Ends a session as if its client had been silent for too long, and its connection. */
  expire(session: PeerSession): Promise<void>;
}

/** Real ones are quick to expire sessions, and their sessions can be long: 0.4 to 20 s. */
const tickTime = 1000;

/** A ZooKeeper, with a relay in front that can cut its connections. */
export async function realServer(): Promise<Shown> {
  const server = await Server.start({ tickTime });
  const relay = new Relay(server.address);
  return {
    address: relay.address,
    drop: () => relay.drop(),
    expire: (session) => relay.holdUntil(end(server.address, session)),
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
async function end(address: string, session: PeerSession): Promise<void> {
  const thief = await ZooKeeper.connect(address, { session });
  await thief.close();
}

/** Ours, which does it by itself. */
export async function testServer(): Promise<Shown> {
  const server = new TestServer({ tickTime, version: "3.8", containerInterval: 200 });
  const address = await server.listen({ port: 0 });
  return {
    address,
    drop: () => server.drop(),
    expire: ({ id }) => Promise.resolve(server.expire(id)),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
