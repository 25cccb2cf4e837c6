/** The way to a connection: look the names up, dial one server after the other, pause, again. */
import { Rc } from "../proto/constants.ts";
import { wake } from "../wait.ts";
import { WRITE } from "../types.ts";
import { Dial } from "./dial.ts";
import { type Handle, hasEnded } from "./handle.ts";
import { startHandshake } from "./handshake.ts";
import { hostPort, isLookedUp, serverName } from "./hosts.ts";
import { Lookup } from "./lookup.ts";
import { advanceSasl } from "./sasl_handshake.ts";
import { search } from "./searching.ts";
import { disconnect, pause } from "./session.ts";
import { connectTime } from "./time.ts";
import { Probe } from "./probe.ts";
import { learnVersion } from "./requests.ts";

/** Takes the next step if it is time. Returns 0, or the code that ended an attempt. */
export function advance(zh: Handle, now: number): number {
  let rc = zh.dial === null ? 0 : advanceDial(zh, zh.dial, now);
  if (zh.sasl !== null) rc = advanceSasl(zh, zh.sasl);
  if (hasEnded(zh)) return rc;
  if (zh.serversChanged && hasServer(zh)) rc = reconsider(zh, now) || rc;
  if (zh.connection !== null) rc = search(zh, now) || rc;
  if (hasServer(zh)) return rc;
  if (zh.lookup === null) {
    if (now < zh.dialAt) return rc;
    if (zh.state === "NOTCONNECTED") zh.state = "CONNECTING";
    if (!zh.servers.hasNext) startLookup(zh, now);
  }
  if (zh.lookup !== null && finishLookup(zh, zh.lookup, now)) {
    zh.servers.startRound(zh.found.flat());
    if (!zh.servers.hasNext) pause(zh, now);
  }
  if (zh.servers.hasNext && zh.lookup === null) startDial(zh, now);
  return rc;
}

/** Whether the session is with a server, or on its way to one. */
function hasServer(zh: Handle): boolean {
  return zh.connection !== null || zh.dial !== null;
}

/**
 * The list of servers has changed: looks it up and decides whether to leave the present server.
 * While none of the names can be resolved it stays; the next round looks them up again.
 */
function reconsider(zh: Handle, now: number): number {
  if (zh.lookup === null) startLookup(zh, now);
  if (!finishLookup(zh, zh.lookup!, now)) return 0;
  const found = zh.found.flat();
  if (found.length === 0 || !zh.servers.startRound(found)) return 0;
  return disconnect(
    zh,
    Rc.CONNECTIONLOSS,
    "the session moves, for the list of servers has changed",
  );
}

function advanceDial(zh: Handle, dial: Dial, now: number): number {
  if (dial.transport !== null) {
    if (zh.detectsVersion && zh.probe === null) startProbe(zh, dial, now);
    if (zh.probe !== null && !finishProbe(zh, zh.probe, now)) return 0;
    startHandshake(zh, dial, dial.transport, now);
    return 0;
  }
  if (dial.error !== null) {
    return disconnect(zh, Rc.CONNECTIONLOSS, `cannot connect: ${dial.error}`);
  }
  if (now < dial.deadline) return 0;
  const what = zh.settings.tls ? "TCP connection and TLS handshake" : "answer";
  return disconnect(zh, Rc.OPERATIONTIMEOUT, `cannot connect: no ${what} in time`);
}

function startLookup(zh: Handle, now: number): void {
  zh.lookup = new Lookup(
    zh.platform,
    zh.servers.hasFailed ? [...zh.servers.hosts, ...zh.lastResort] : zh.servers.hosts,
    zh.found,
    now + connectTime(zh),
    () => wake(zh, WRITE),
  );
}

/** Takes down what a lookup has found if it has ended, or its time is over; else returns false. */
function finishLookup(zh: Handle, lookup: Lookup, now: number): boolean {
  if (!lookup.done && now < lookup.deadline) return false;
  lookup.cancel();
  zh.lookup = null;
  zh.serversChanged = false;
  for (const host of [...zh.servers.hosts, ...zh.lastResort]) {
    if (isLookedUp(host)) zh.failures.delete(hostPort(host));
  }
  for (const [host, reason] of lookup.failures) {
    zh.failures.set(hostPort(host), `cannot resolve the name: ${reason}`);
    zh.logger.warn?.(`Cannot resolve ${host.isService ? hostPort(host) : host.host}: ${reason}`);
  }
  zh.found = lookup.found;
  return true;
}

/** Half of the time left is for the server's version, half for the handshake. */
function startProbe(zh: Handle, dial: Dial, now: number): void {
  const deadline = now + Math.max(0, dial.deadline - now) / 2;
  zh.probe = new Probe(zh.platform, dial.endpoint, deadline, () => wake(zh, WRITE));
}

/** Learns the version, once; one that is not told is asked for again on the next connection. */
function finishProbe(zh: Handle, probe: Probe, now: number): boolean {
  if (!probe.done && now < probe.deadline) return false;
  probe.cancel();
  zh.probe = null;
  if (probe.version === null) {
    zh.logger.info?.(`Cannot tell the server's version: ${probe.failure}`);
    zh.detectsVersion = !probe.isRefused;
  } else {
    zh.detectsVersion = false;
    zh.logger.info?.(`The server's version is ${probe.name}`);
    learnVersion(zh, probe.version);
  }
  return true;
}

function startDial(zh: Handle, now: number): void {
  const endpoint = zh.servers.next()!;
  zh.logger.debug?.(`Connecting to ${serverName(endpoint)}`);
  const deadline = now + connectTime(zh);
  // As in C, from the dial on (zookeeper.c: init_ssl_for_socket runs when it is writable).
  if (zh.settings.tls) zh.state = "SSL_CONNECTING";
  zh.dial = new Dial(zh.platform, endpoint, deadline, () => wake(zh, WRITE));
}
