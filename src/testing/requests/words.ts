/**
 * Four-letter words: what administrators and clients ask a server on a connection of its own, whose
 * first four bytes are the word. It is answered in text, and the connection closed.
 */
import type { Service } from "../service.ts";

/** The word that a frame's length is in truth, or null. */
export function wordOf(length: number): string | null {
  const bytes = [24, 16, 8, 0].map((shift) => length >>> shift & 0xff);
  const word = String.fromCharCode(...bytes);
  return Object.hasOwn(answers, word) ? word : null;
}

/** The answer to a word. */
export function answerWord(service: Service, word: string): string {
  return answers[word]!(service);
}

const answers: Record<string, (service: Service) => string> = {
  ruok: () => "imok",
  isro: ({ readOnly }) => readOnly ? "ro" : "rw",
  srvr: (service) => server(service, ""),
  stat: (service) => server(service, `Clients:\n${clients(service)}\n`),
  cons: (service) => `${clients(service)}\n`,
  mntr: monitor,
  wchs: watches,
  wchc: watchesByClient,
  wchp: watchesByPath,
  conf: configuration,
  envi: (service) => `Environment:\nzookeeper.version=${versionOf(service)}\n`,
  dump: sessions,
};

/** As the servers that it is like name themselves. */
function versionOf({ settings: { version } }: Service): string {
  return version === "3.8"
    ? "3.8.0-zkst, built on 2022-02-25 08:49 UTC"
    : "3.9.5-zkst, built on 2026-02-11 20:15 UTC";
}

function server(service: Service, clients: string): string {
  return `Zookeeper version: ${versionOf(service)}\n` +
    (service.readOnly ? "READ-ONLY mode; serving only read-only clients\n" : "") +
    clients +
    "Latency min/avg/max: 0/0.0/0\n" +
    `Received: ${total(service)}\nSent: ${total(service)}\n` +
    `Connections: ${service.clients.size}\nOutstanding: 0\n` +
    `Zxid: 0x${service.tree.zxid.toString(16)}\nMode: ${modeOf(service)}\n` +
    `Node count: ${nodeCount(service)}\n`;
}

/** A server has the root twice, as "/" and as "" (DataTree.java). */
function nodeCount({ tree }: Service): number {
  return tree.size + 1;
}

function modeOf({ readOnly, settings }: Service): string {
  return readOnly ? "read-only" : settings.reconfig ? "leader" : "standalone";
}

function total({ clients: all }: Service): number {
  let sum = 0;
  for (const { receivedFrames } of all) sum += receivedFrames;
  return sum;
}

function clients({ clients: all }: Service): string {
  return [...all].map(({ wire, session, receivedFrames }) =>
    ` /${wire.address}:0[${session ? 1 : 0}](queued=0,recved=${receivedFrames},` +
    `sent=${receivedFrames}${session ? `,sid=${hex(session.id)},to=${session.timeout}` : ""})\n`
  ).join("");
}

function monitor(service: Service): string {
  const { tree, watches, clients, sessions } = service;
  const values = {
    version: versionOf(service),
    server_state: modeOf(service),
    avg_latency: "0.0",
    max_latency: 0,
    min_latency: 0,
    outstanding_requests: 0,
    num_alive_connections: clients.size,
    packets_received: total(service),
    packets_sent: total(service),
    znode_count: nodeCount(service),
    watch_count: watches.size,
    ephemerals_count: tree.ephemeralCount,
    global_sessions: sessions.size,
    unrecoverable_error_count: 0,
  };
  return Object.entries(values).map(([name, value]) => `zk_${name}\t${value}\n`).join("");
}

function watches({ watches: { data } }: Service): string {
  return `${data.watchers().size} connections watching ${data.paths} paths\n` +
    `Total watches:${data.size}\n`;
}

function watchesByClient({ watches: { data } }: Service): string {
  const lists = [...data.watchers()].map(([{ sessionId }, paths]) =>
    `${hex(sessionId)}\n${[...paths].map((path) => `\t${path}\n`).join("")}`
  );
  return `${lists.join("")}\n`;
}

function watchesByPath({ watches: { data } }: Service): string {
  const byPath = new Map<string, string[]>();
  for (const [{ sessionId }, paths] of data.watchers()) {
    for (const path of paths) byPath.set(path, [...byPath.get(path) ?? [], hex(sessionId)]);
  }
  const lists = [...byPath].map(([path, ids]) =>
    `${path}\n${ids.map((id) => `\t${id}\n`).join("")}`
  );
  return `${lists.join("")}\n`;
}

function configuration({ settings }: Service): string {
  const { tickTime, minSessionTimeout, maxSessionTimeout } = settings;
  return `tickTime=${tickTime}\nminSessionTimeout=${minSessionTimeout}\n` +
    `maxSessionTimeout=${maxSessionTimeout}\nserverId=0\n`;
}

function sessions({ sessions, tree }: Service): string {
  const all = [...sessions.values()].map(({ id }) => id);
  const owners = all.map((id) => [id, [...tree.ephemerals(id)]] as const)
    .filter(([, paths]) => paths.length > 0);
  return `SessionTracker dump:\nSessions (${all.length}):\n${all.map(hex).join("\n")}\n` +
    `Sessions with Ephemerals (${owners.length}):\n` +
    owners.map(([id, paths]) => `${hex(id)}:\n${paths.map((path) => `\t${path}\n`).join("")}`)
      .join("");
}

function hex(id: bigint): string {
  return `0x${BigInt.asUintN(64, id).toString(16)}`;
}
