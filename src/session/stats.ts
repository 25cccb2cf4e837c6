/** How a session is doing, at a glance: nothing here goes through anything, however much there is. */
import type { Stats } from "../metrics.ts";
import { lastZxid } from "./arming.ts";
import { type Handle, isConnected } from "./handle.ts";
import { hostPort } from "./hosts.ts";

/** All of it at this moment. */
export function statsOf(zh: Handle): Stats {
  const { counters, connection, watches } = zh;
  const now = zh.platform.clock.now();
  const connected = isConnected(zh);
  return {
    state: zh.state,
    server: connected ? hostPort(connection!.endpoint) : null,
    sessionId: zh.sessionId === 0n ? null : zh.sessionId,
    sessionTimeout: zh.recvTimeout,
    lastZxid: lastZxid(zh),
    age: now - counters.since,
    connectedFor: connected ? now - zh.connectedAt : null,
    reconnects: Math.max(0, counters.connections - 1),
    renewals: counters.renewals,
    outstanding: {
      sent: zh.sentRequests.length - zh.unsent,
      unsent: zh.unsent,
      parked: zh.parked.length,
      bytes: zh.toSend.size + (connection?.unwritten ?? 0),
    },
    untold: zh.toDispatch.length,
    watches: {
      data: watches.data.size,
      exists: watches.exist.size,
      children: watches.child.size,
      persistent: watches.persistent.size,
      recursive: watches.recursive.size,
    },
    events: counters.events,
    sent: { packets: counters.sentPackets, bytes: counters.sentBytes },
    received: { packets: counters.receivedPackets, bytes: counters.receivedBytes },
    ping: counters.ping,
  };
}
