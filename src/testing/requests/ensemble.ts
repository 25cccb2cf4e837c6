/**
 * The ensemble's configuration. A standalone server refuses to change it; one that is the only
 * voter of an ensemble takes observers in and lets them go, changes its own address, and refuses
 * other voters, because none is there to be in step with.
 */
import { Perms } from "../../proto/acl.ts";
import { MarshallingError, type Reader } from "../../proto/archive.ts";
import { Rc } from "../../proto/constants.ts";
import { allows } from "./access.ts";
import {
  decodeConfig,
  encodeConfig,
  haveCommonAddress,
  parseId,
  parseServer,
  type Servers,
} from "./ensemble_config.ts";
import type { Client } from "../service.ts";
import { configPath } from "../state/tree.ts";
import { writeStatOf } from "../state/znode.ts";

/** Answers a reconfig. */
export function reconfig(client: Client, frame: Reader, xid: number): boolean {
  const { service, out } = client;
  const request = readRequest(frame);
  const zxid = request === null ? service.tree.zxid : service.nextZxid();
  const rc = request === null ? Rc.MARSHALLINGERROR : change(client, request, zxid);
  if (rc !== Rc.OK) {
    client.reply(xid, rc);
    return true;
  }
  const znode = service.tree.get(configPath)!;
  const start = client.startReply(xid);
  out.buffer(znode.data);
  writeStatOf(out, znode);
  out.endFrame(start);
  return true;
}

interface Request {
  readonly joining: string | null;
  readonly leaving: string | null;
  readonly members: string | null;
  readonly version: bigint;
}

function readRequest(frame: Reader): Request | null {
  try {
    return {
      joining: frame.nullableString(),
      leaving: frame.nullableString(),
      members: frame.nullableString(),
      version: frame.long(),
    };
  } catch (error) {
    if (error instanceof MarshallingError) return null;
    throw error;
  }
}

/** The order of the checks is the server's: who asks comes last. */
function change({ service, identities }: Client, request: Request, zxid: number): number {
  const { tree, settings, clock } = service;
  if (!settings.reconfig) return Rc.RECONFIGDISABLED;
  const znode = tree.get(configPath)!;
  const { servers, version } = decodeConfig(znode.data);
  if (request.version !== -1n && request.version !== BigInt(version)) return Rc.BADVERSION;
  const next = nextServers(servers, request);
  if (typeof next === "number") return next;
  const voters = [...next].filter(([, server]) => !server.includes(":observer;"));
  // A whole list without any is found out by other means than one that was left (QuorumPeerConfig).
  if (voters.length === 0) {
    return request.members === null ? Rc.BADARGUMENTS : Rc.MARSHALLINGERROR;
  }
  if (voters.length > 1 || voters[0]![0] !== 1) return Rc.NEWCONFIGNOQUORUM;
  if (!allows(znode.acl, Perms.WRITE, identities)) return Rc.NOAUTH;
  tree.setData(configPath, encodeConfig(next, zxid), -1, zxid, clock.epoch());
  return Rc.OK;
}

function nextServers(now: Servers, { joining, leaving, members }: Request): Servers | number {
  if (members !== null) return listed(members);
  const next: Servers = new Map(now);
  for (const text of entries(leaving)) {
    const id = parseId(text);
    if (id === null) return Rc.MARSHALLINGERROR;
    next.delete(id);
  }
  for (const entry of entries(joining)) {
    const rc = join(next, entry);
    if (rc !== Rc.OK) return rc;
  }
  return next;
}

/** Adds one server, or puts it in the place of the one with its number. */
function join(next: Servers, entry: string): number {
  const [name, spec, ...more] = entry.split("=").map((part) => part.trim());
  if (!name || !spec || more.length > 0) return Rc.BADARGUMENTS;
  const id = parseId(name.slice(name.lastIndexOf(".") + 1));
  if (id === null) return Rc.MARSHALLINGERROR;
  const server = parseServer(spec);
  if (typeof server === "number") return server;
  if (!server.includes(";")) return Rc.BADARGUMENTS;
  for (const [other, there] of next) {
    if (other !== id && haveCommonAddress(server, there)) return Rc.BADARGUMENTS;
  }
  next.set(id, server);
  return Rc.OK;
}

/** All servers of a list that takes the place of the one there is. */
function listed(members: string): Servers | number {
  const next: Servers = new Map();
  for (const line of members.split(/[,\n]/).map((line) => line.trim())) {
    if (line === "" || line.startsWith("version=")) continue;
    const [, name, spec] = /^server\.([^=]*)=(.*)$/.exec(line) ?? [];
    if (name === undefined) return Rc.BADARGUMENTS;
    const id = parseId(name.trim());
    if (id === null) return Rc.MARSHALLINGERROR;
    const server = parseServer(spec!.trim());
    if (typeof server === "number") return server;
    next.set(id, server);
  }
  return next;
}

/** What stands between commas (StringUtils.split). */
function entries(text: string | null): string[] {
  return (text ?? "").split(",").map((entry) => entry.trim()).filter((entry) => entry !== "");
}
