/*
 * Random requests, as they are on the wire: what kind, and each field of the body.
 */

import { type ACL, writeACL } from "../../src/proto/acl.ts";
import type { Writer } from "../../src/proto/archive.ts";
import { OpCode } from "../../src/proto/constants.ts";
import type { Side } from "./side.ts";
import { proofs, type Values } from "./values.ts";

/** A request that both servers get. */
export interface Request {
  /** In words. */
  readonly text: string;
  readonly type: number;
  /** Its special xid, if it has one. */
  readonly xid?: number;
  /**
   * Whether nothing else may be under way: because it may cost the connection, or overtakes, or
   * because servers judge what comes behind a setACL sometimes by the old list, sometimes by the new.
   */
  readonly alone?: boolean;
  /** The path that is gone if it succeeds. */
  readonly deletes?: string;
  write(to: Writer, side: Side): void;
}

/** A kind of request: how often, and how one is made. */
type Kind = [weight: number, make: (values: Values) => Request];

const { create, create2, createContainer, createTTL } = OpCode;

const kinds: Kind[] = [
  [60, createOf(create)],
  [40, createOf(create2)],
  [8, createOf(createContainer)],
  [8, createOf(createTTL)],
  [30, deletion],
  [50, setData],
  [20, watched(OpCode.exists)],
  [20, watched(OpCode.getData)],
  [20, watched(OpCode.getChildren)],
  [15, watched(OpCode.getChildren2)],
  [8, pathOnly(OpCode.getACL)],
  [8, (values) => ({ ...setACL(values), alone: true })],
  [4, pathOnly(OpCode.sync)],
  [5, pathOnly(OpCode.getEphemerals)],
  [5, pathOnly(OpCode.getAllChildrenNumber)],
  [4, () => request(OpCode.whoAmI, "", () => {})],
  [25, multi],
  [10, multiRead],
  [10, addWatch],
  [6, (values) => pathNumber(OpCode.checkWatches, 1 + values.random.below(5), values)],
  [8, (values) => pathNumber(OpCode.removeWatches, 1 + values.random.below(5), values)],
  [4, setWatches],
  [2, (values) => ({ ...reconfig(values), alone: true })],
  [2, authentication],
  [3, odd],
];

const total = kinds.reduce((sum, [weight]) => sum + weight, 0);

/** A request, drawn at random. */
export function randomRequest(values: Values): Request {
  let at = values.random.next() * total;
  for (const [weight, make] of kinds) {
    at -= weight;
    if (at < 0) return make(values);
  }
  return deletion(values);
}

/** A delete of a znode that may be there, in whatever version. */
export function deletionOf(path: string): Request {
  return { ...request(OpCode.delete, `${show(path)} any`, pathInt(path, -1)), deletes: path };
}

/** A request that makes a znode's list open again. */
export function opening(path: string): Request {
  const open = [{ perms: 31, id: { scheme: "world", id: "anyone" } }];
  return {
    text: `setACL ${path} open`,
    type: OpCode.setACL,
    write: (to) => (string(to, path), acl(to, open), to.int(-1)),
  };
}

function request(
  type: number,
  text: string,
  write: (to: Writer, side: Side) => void,
): Request {
  return { type, text: `${nameOf(type)} ${text}`, write };
}

function createOf(type: number): (values: Values) => Request {
  return (values) => {
    const path = values.newPath();
    const [content, list] = [values.data(), values.acl()];
    const flags = type === createContainer
      ? values.random.chance(0.95) ? 4 : values.flags()
      : type === createTTL
      ? values.random.chance(0.9) ? 5 + values.random.below(2) : values.flags()
      : values.flags();
    const ttl = type === createTTL ? safeTTL(flags, values.ttl()) : null;
    const text = `${show(path)} data ${content?.length} ${showACL(list)} flags ${flags} ttl ${ttl}`;
    return request(type, text, (to) => {
      string(to, path);
      to.buffer(content);
      acl(to, list);
      to.int(flags);
      if (ttl !== null) to.long(ttl);
    });
  };
}

/** A TTL below 0 for a kind that has none passes a real server's checks, and then ends the server. */
function safeTTL(flags: number, ttl: bigint): bigint {
  return ttl < 0n && (flags < 5 || flags > 6) ? 0n : ttl;
}

function deletion(values: Values): Request {
  const [path, version] = [values.path(), values.version()];
  const made = request(OpCode.delete, `${show(path)} ${version}`, pathInt(path, version));
  return path === null ? made : { ...made, deletes: path };
}

function setData(values: Values): Request {
  const [path, content, version] = [values.path(), values.data(), values.version()];
  const text = `${show(path)} data ${content?.length} version ${version}`;
  return request(OpCode.setData, text, (to) => {
    string(to, path);
    to.buffer(content);
    to.int(version);
  });
}

function setACL(values: Values): Request {
  const drawn = values.path();
  // Otherwise nobody could do anything any more.
  const path = drawn === "/" ? "/a" : drawn;
  const [list, version] = [values.acl(), values.version()];
  const text = `${show(path)} ${showACL(list)} version ${version}`;
  return request(OpCode.setACL, text, (to) => {
    string(to, path);
    acl(to, list);
    to.int(version);
  });
}

function watched(type: number): (values: Values) => Request {
  return (values) => {
    const [path, watch] = [values.path(), values.random.chance(0.4)];
    return request(type, `${show(path)}${watch ? " watch" : ""}`, (to) => {
      string(to, path);
      to.bool(watch);
    });
  };
}

function pathOnly(type: number): (values: Values) => Request {
  return (values) => {
    const path = values.path();
    return request(type, show(path), (to) => string(to, path));
  };
}

function pathNumber(type: number, number: number, values: Values): Request {
  const path = values.path();
  return request(type, `${show(path)} ${number}`, pathInt(path, number));
}

/** A path that is null would keep 3.8 from forgetting its connection's watches. */
function addWatch(values: Values): Request {
  const [mode, path] = [values.random.below(2), values.path() ?? ""];
  return request(OpCode.addWatch, `${show(path)} ${mode}`, pathInt(path, mode));
}

function check(values: Values): Request {
  const [path, version] = [values.path(), values.version()];
  return request(OpCode.check, `${show(path)} ${version}`, pathInt(path, version));
}

function multi(values: Values): Request {
  const { random } = values;
  const makers = [createOf(create), createOf(create2), deletion, setData, check];
  makers.push(createOf(random.chance(0.5) ? createContainer : createTTL));
  const ops = Array.from({ length: random.below(6) }, () => random.pick(makers)(values));
  if (random.chance(0.03)) ops.push(watched(OpCode.getData)(values));
  return several(OpCode.multi, ops);
}

function multiRead(values: Values): Request {
  const { random } = values;
  const makers = [watched(OpCode.getData), watched(OpCode.getChildren)];
  const ops = Array.from({ length: random.below(5) }, () => random.pick(makers)(values));
  if (random.chance(0.03)) ops.push(deletion(values));
  return several(OpCode.multiRead, ops);
}

function several(type: number, ops: Request[]): Request {
  const text = ops.map((op) => op.text).join("; ");
  return request(type, `(${text})`, (to, side) => {
    for (const op of ops) {
      to.int(op.type);
      to.bool(false);
      to.int(-1);
      op.write(to, side);
    }
    to.int(-1);
    to.bool(true);
    to.int(-1);
  });
}

function setWatches(values: Values): Request {
  const { random } = values;
  const type = random.chance(0.5) ? OpCode.setWatches : OpCode.setWatches2;
  return setWatchesOf(type, values, random.below(3000));
}

/** A setWatches or setWatches2 with random paths, relative to a zxid. */
export function setWatchesOf(type: number, values: Values, since: number): Request {
  const lists = Array.from(
    { length: type === OpCode.setWatches ? 3 : 5 },
    () => values.paths(4).filter((path) => path !== null),
  );
  const text = `since z${since} ${JSON.stringify(lists)}`;
  const made = request(type, text, (to, side) => {
    to.long(side.zxidAt(since));
    for (const list of lists) to.vector(list, string);
  });
  return { ...made, xid: -8 };
}

function reconfig(values: Values): Request {
  const { random } = values;
  const joining = random.pick([null, "", "server.2=127.0.0.1:2888:3888;2181", "nonsense"]);
  const leaving = random.pick([null, null, "1", "x"]);
  const config = random.pick([-1n, 0n, 5n]);
  return request(OpCode.reconfig, `${joining} ${leaving} ${config}`, (to) => {
    to.buffer(joining);
    to.buffer(leaving);
    to.buffer(null);
    to.long(config);
  });
}

function authentication(values: Values): Request {
  const [scheme, proof] = values.random.pick(
    values.random.chance(0.6) ? proofs.sound : proofs.odd,
  );
  return auth(scheme, proof);
}

/** An authentication. */
export function auth(scheme: string, proof: string): Request {
  return {
    text: `auth ${scheme} ${proof}`,
    type: OpCode.auth,
    xid: -4,
    alone: true,
    write: (to) => (to.int(0), to.string(scheme), to.string(proof)),
  };
}

/** What no client should send. */
function odd(values: Values): Request {
  const { random } = values;
  const makers: ((values: Values) => Request)[] = [
    () => request(random.pick([10, 23, 50, 99, 108, 1000, -2, -100]), "unknown", () => {}),
    () => request(OpCode.notification, "", () => {}),
    check,
    () => pathNumber(OpCode.addWatch, random.pick([2, -1, 77]), values),
    () => pathNumber(OpCode.checkWatches, random.pick([0, 6, -1]), values),
    () => pathNumber(OpCode.removeWatches, random.pick([0, 6, -1]), values),
    () => cutShort(randomRequest(values), random.below(12), values),
    () => multiOf([request(random.pick([3, 8, 9, 14, 50, -1]), "odd", pathInt("/a", 0))]),
    () => request(OpCode.sasl, "", (to) => to.buffer(random.bytes(5))),
  ];
  const multiOf = (ops: Request[]) => several(OpCode.multi, ops);
  return { ...random.pick(makers)(values), alone: true };
}

/** A request whose body ends too early, or has something behind it. */
function cutShort(whole: Request, length: number, values: Values): Request {
  if (whole.type === OpCode.auth || whole.type === OpCode.sasl) return check(values);
  const text = `${whole.text} cut to ${length} bytes`;
  return {
    ...whole,
    text,
    write(to, side) {
      const start = to.length;
      whole.write(to, side);
      to.length = Math.min(to.length, start + length);
    },
  };
}

function pathInt(path: string | null, number: number): (to: Writer) => void {
  return (to) => (string(to, path), to.int(number));
}

function string(to: Writer, text: string | null): void {
  if (text === null) to.int(-1);
  else to.string(text);
}

function acl(to: Writer, list: ACL[] | null): void {
  if (list === null) to.int(-1);
  else writeACL(to, list);
}

function show(path: string | null): string {
  return JSON.stringify(path);
}

function showACL(list: ACL[] | null): string {
  return JSON.stringify(list?.map(({ perms, id }) => `${perms} ${id.scheme}:${id.id}`) ?? null);
}

function nameOf(type: number): string {
  return Object.entries(OpCode).find(([, code]) => code === type)?.[0] ?? `operation ${type}`;
}
