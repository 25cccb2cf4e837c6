/** What a reply must say, read off the server's tree in the moment the request was served. */
import type { Connection } from "../../src/testing/requests/connection.ts";
import { allows, hideDigests, userOf } from "../../src/testing/requests/access.ts";
import type { Service } from "../../src/testing/service.ts";
import type { Znode } from "../../src/testing/state/znode.ts";
import { Perms, type ReadOp } from "../../src/st.ts";
import type { Change } from "./history.ts";
import { dataInWords, inWords, listInWords, type Operation, statInWords } from "./operations.ts";

/** A multi that failed, though its reply has the code 0. */
export const failedMulti = "failed";
/** The tree does not tell. */
export const anything = "anything";

/** In words, for a request that was answered with OK. */
export function answerInWords(
  op: Operation,
  connection: Connection,
  changes: readonly Change[],
): string {
  const { tree } = connection.service;
  switch (op.name) {
    case "create":
    case "create2": {
      const { path } = changes[0]!;
      const stat = { type: "create", stat: statOf(tree.get(path)!) };
      return op.name === "create" ? path : `${path} ${statInWords(stat.stat)}`;
    }
    case "exists":
    case "setData":
    case "setACL":
      return statInWords(statOf(tree.get(op.path)!));
    case "getData":
      return dataAndStat(tree.get(op.path)!);
    case "getConfig":
      return dataAndStat(tree.get("/zookeeper/config")!);
    case "getChildren":
      return children(tree.get(op.path)!);
    case "getChildren2":
      return `${children(tree.get(op.path)!)} ${statInWords(statOf(tree.get(op.path)!))}`;
    case "getACL":
      return aclAndStat(connection, tree.get(op.path)!);
    case "sync":
      return op.path;
    case "getAllChildrenNumber":
      return String(tree.countBelow(op.path));
    case "getEphemerals":
      return listInWords([...tree.ephemerals(connection.sessionId)]);
    case "whoAmI":
      return listInWords(connection.identities.map((id) => `${id.scheme}:${userOf(id)}`));
    case "multi":
      return multi(op, changes);
    case "multiRead":
      return op.ops.map((one) => readInWords(connection, one)).join("; ");
    default:
      return "";
  }
}

function multi(
  op: Extract<Operation, { name: "multi" }>,
  changes: readonly Change[],
): string {
  // One that checks alone changes nothing, whether it fails or not.
  if (op.ops.every(({ type }) => type === "check")) return anything;
  // A failed one is known by its having changed nothing; which code it has, the reply alone says.
  if (changes.length === 0) return failedMulti;
  const created = changes.filter(({ type }) => type === "create").values();
  return op.ops.map(({ type }) =>
    type === "create" || type === "create2" ? `create ${created.next().value!.path}` : type
  ).join("; ");
}

function readInWords({ service, identities }: Connection, { type, path }: ReadOp): string {
  const znode = service.tree.get(path);
  if (znode === undefined) return inWords({ name: "multiRead", ops: [] }, [error(-101)], null);
  if (!allows(znode.acl, Perms.READ, identities)) return "error -102";
  return type === "getData" ? dataAndStat(znode) : children(znode);
}

function error(rc: number): { type: "error"; rc: number } {
  return { type: "error", rc };
}

function dataAndStat(znode: Znode): string {
  return `${dataInWords(znode.data)} ${statInWords(statOf(znode))}`;
}

function children(znode: Znode): string {
  return listInWords([...znode.children ?? []]);
}

function aclAndStat({ identities }: Connection, znode: Znode): string {
  const acl = allows(znode.acl, Perms.ADMIN, identities) ? znode.acl : hideDigests(znode.acl);
  const plain = acl.map(({ perms, id }) => ({ perms, id: { scheme: id.scheme, id: id.id } }));
  return `${JSON.stringify(plain)} ${statInWords(statOf(znode))}`;
}

function statOf(znode: Znode): Parameters<typeof statInWords>[0] {
  const { version, cversion, aversion, ctime, mtime } = znode;
  return {
    czxid: BigInt(znode.czxid),
    mzxid: BigInt(znode.mzxid),
    pzxid: BigInt(znode.pzxid),
    ctime,
    mtime,
    version,
    cversion,
    aversion,
    ephemeralOwner: znode.owner,
    dataLength: znode.data?.length ?? 0,
    numChildren: znode.childCount,
  };
}

/** Whether a znode's owner is a session that lives. */
export function orphans({ tree, sessions }: Service): string[] {
  return [...tree.entries()]
    .filter(([, { lifetime, owner }]) => lifetime === "ephemeral" && !sessions.get(owner))
    .map(([path]) => path);
}
