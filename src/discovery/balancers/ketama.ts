/**
 * The points of a ketama ring, as kimserver has them: 200 for each worker process of an instance,
 * four from each MD5 of "200@host:port.worker#0", "199@host:port.worker#1" and so on, fifty of them.
 * Where two nodes have the same point, the one that was there first keeps it, which here is the one
 * created first; unlike there the other gets it when that one goes.
 */
import { hostPort, type ServiceInstance } from "../instance.ts";
import { Md5 } from "./md5.ts";

/** A worker process of an instance: what a ring's points belong to. */
export interface RingNode {
  /** "host:port.worker". */
  readonly id: string;
  /** Whose it is. */
  readonly instance: ServiceInstance;
  /** Its number, from 1. */
  readonly worker: number;
}

/** A ring: points, and whose they are. */
export interface Ring {
  /** Ascending. */
  readonly points: Uint32Array;
  /** Of each point its node's place in `nodes`. */
  readonly owners: Uint32Array;
  /**
   * By a hash's first bits the first point that is not below all hashes with them: as many as points,
   * so the one wanted is there or next to it, where a binary search would miss the cache at each step.
   */
  readonly starts: Uint32Array;
  /** How many of a hash's bits are not among the first. */
  readonly shift: number;
  /** All nodes. */
  readonly nodes: readonly RingNode[];
}

/** Makes rings; each node's points are worked out once as long as it is in the last ring. */
export class Ketama {
  #pointsOf = new Map<string, Uint32Array>();
  readonly #md5 = new Md5();
  readonly #bytes = new Uint8Array(1024);

  /** The ring of nodes, of which those before have the precedence. */
  ring(nodes: readonly RingNode[]): Ring {
    const known = this.#pointsOf;
    this.#pointsOf = new Map();
    // Point and owner as one number, exact, sort much faster than pairs do.
    const all = new Float64Array(nodes.length * pointsPerNode);
    nodes.forEach(({ id }, owner) => {
      const points = known.get(id) ?? this.#points(id);
      this.#pointsOf.set(id, points);
      for (let i = 0; i < pointsPerNode; i++) {
        all[owner * pointsPerNode + i] = points[i]! * ownersMax + owner;
      }
    });
    return { ...split(all.sort()), nodes };
  }

  #points(id: string): Uint32Array {
    const points = new Uint32Array(pointsPerNode);
    for (let i = 0; i < pointsPerNode / 4; i++) {
      const { written } = utf8.encodeInto(`${pointsPerNode - i}@${id}#${i}`, this.#bytes);
      this.#md5.digest(this.#bytes, written);
      points.set(this.#md5.words, i * 4);
    }
    return points;
  }
}

const utf8 = new TextEncoder();
const pointsPerNode = 200;
/** A point's 32 bits and an owner's 20 make a number that is exact. */
const ownersMax = 2 ** 20;

/** Points that several nodes have become the first one's. */
function split(all: Float64Array): Omit<Ring, "nodes"> {
  const points = new Uint32Array(all.length);
  const owners = new Uint32Array(all.length);
  let length = 0;
  for (let i = 0; i < all.length; i++) {
    const point = Math.floor(all[i]! / ownersMax);
    if (length > 0 && points[length - 1] === point) continue;
    points[length] = point;
    owners[length++] = all[i]! % ownersMax;
  }
  return index(points.subarray(0, length), owners.subarray(0, length));
}

function index(points: Uint32Array, owners: Uint32Array): Omit<Ring, "nodes"> {
  const bits = Math.max(1, Math.ceil(Math.log2(points.length)));
  const shift = 32 - bits;
  const starts = new Uint32Array(2 ** bits);
  for (let i = 0, at = 0; i < starts.length; i++) {
    while (at < points.length && points[at]! < i * 2 ** shift) at++;
    starts[i] = at;
  }
  return { points, owners, starts, shift };
}

/** A ring without nodes. */
export const emptyRing: Ring = { ...index(new Uint32Array(0), new Uint32Array(0)), nodes: [] };

/**
 * The nodes of instances, those created first before others. Of two with the same id the later one
 * is what is there now.
 */
export function nodesOf(
  instances: readonly ServiceInstance[],
  workersOf: (instance: ServiceInstance) => number,
): RingNode[] {
  const nodes = new Map<string, RingNode>();
  const order = [...instances].sort((a, b) =>
    a.czxid < b.czxid ? -1 : a.czxid > b.czxid ? 1 : a.id < b.id ? -1 : 1
  );
  // Others say how many workers they have: memory has an end all the same.
  const share = Math.max(1, Math.floor(nodesMax / Math.max(1, order.length)));
  for (const instance of order.slice(0, nodesMax)) {
    const workers = Math.min(share, Math.max(1, Math.round(workersOf(instance)) || 1));
    for (let worker = 1; worker <= workers; worker++) {
      const id = `${hostPort(instance)}.${worker}`;
      nodes.set(id, Object.freeze({ id, instance, worker }));
    }
  }
  return [...nodes.values()];
}

/** Six and a half million points. */
const nodesMax = 2 ** 15;
