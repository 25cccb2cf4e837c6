/**
 * The ensemble's configuration. A standalone server refuses to change it; one that is the only
 * voter of an ensemble takes observers in and lets them go, changes its own address, and refuses
 * other voters, because none is there to be in step with.
 */
import { Perms } from "../../proto/acl.ts";
import { MarshallingError, type Reader } from "../../proto/archive.ts";
import { Rc } from "../../proto/constants.ts";
import { allows } from "./access.ts";
import { decodeConfig, encodeConfig, type Servers } from "./ensemble_config.ts";
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
  if (voters.length === 0) return Rc.BADARGUMENTS;
  if (voters.length > 1 || voters[0]![0] !== 1) return Rc.NEWCONFIGNOQUORUM;
  if (!allows(znode.acl, Perms.WRITE, identities)) return Rc.NOAUTH;
  tree.setData(configPath, encodeConfig(next, zxid), -1, zxid, clock.epoch());
  return Rc.OK;
}

function nextServers(now: Servers, { joining, leaving, members }: Request): Servers | number {
  const next: Servers = new Map(members === null ? now : []);
  const added = (members ?? joining ?? "").split(/[,\n]/).filter((line) => line !== "");
  for (const id of members === null ? leaving?.split(",") ?? [] : []) {
    if (!/^-?\d+$/.test(id)) return Rc.MARSHALLINGERROR;
    next.delete(Number(id));
  }
  for (const line of added) {
    if (members !== null && line.startsWith("version=")) continue;
    const match = /^(?:server\.)?(\d+)=([^;:]+:\d+:\d+)(:participant|:observer)?;(?:(.*):)?(\d+)$/
      .exec(line);
    if (match === null) return Rc.BADARGUMENTS;
    const [, id, peers, role = ":participant", host = "0.0.0.0", port] = match;
    next.set(Number(id), `${peers}${role};${host}:${port}`);
  }
  return next;
}
