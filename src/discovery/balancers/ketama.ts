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

/**
 * Makes rings, each out of the last one: the points of nodes that stay are neither worked out nor
 * sorted again. To that end a node has a number for as long as it is there, and a point and that
 * number are one number, which is exact, and sorts much faster than a pair does.
 */
export class Ketama {
  #numbers = new Map<string, number>();
  readonly #free: number[] = [];
  #sorted: Float64Array = new Float64Array(0);
  readonly #md5 = new Md5();
  readonly #bytes = new Uint8Array(1024);

  /** The ring of nodes, each with an id of its own, of which those before have the precedence. */
  ring(nodes: readonly RingNode[]): Ring {
    const before = this.#numbers;
    this.#numbers = new Map();
    const places = new Int32Array(before.size + this.#free.length + nodes.length).fill(-1);
    const added: [id: string, number: number][] = [];
    let last = before.size + this.#free.length;
    nodes.forEach(({ id }, place) => {
      let number = before.get(id);
      if (number === undefined) added.push([id, number = this.#free.pop() ?? last++]);
      this.#numbers.set(id, number);
      places[number] = place;
    });
    this.#sorted = merge(this.#sorted, this.#fresh(added), places);
    // Not before: under the number of one that is gone its points are recognized.
    for (const [id, number] of before) if (!this.#numbers.has(id)) this.#free.push(number);
    return { ...split(this.#sorted, places), nodes };
  }

  /** The points of new nodes. */
  #fresh(added: readonly [id: string, number: number][]): Float64Array {
    const fresh = new Float64Array(added.length * pointsPerNode);
    let at = 0;
    for (const [id, number] of added) {
      for (const point of this.#points(id)) fresh[at++] = point * numbersMax + number;
    }
    return fresh.sort();
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
/** A point's 32 bits and these 20 make a number that is exact. */
const numbersMax = 2 ** 20;

/** The number of the node that a point belongs to; `%` takes ten times as long. */
function numberOf(point: number): number {
  return point - Math.floor(point / numbersMax) * numbersMax;
}

/** Both in one order, without the points of nodes that have no place any more. */
function merge(sorted: Float64Array, fresh: Float64Array, places: Int32Array): Float64Array {
  const merged = new Float64Array(sorted.length + fresh.length);
  let length = 0;
  let next = 0;
  for (let i = 0; i < sorted.length; i++) {
    const point = sorted[i]!;
    if (places[numberOf(point)]! < 0) continue;
    while (next < fresh.length && fresh[next]! < point) merged[length++] = fresh[next++]!;
    merged[length++] = point;
  }
  while (next < fresh.length) merged[length++] = fresh[next++]!;
  return merged.slice(0, length);
}

/** A point that several nodes have becomes that of the one before the others. */
function split(sorted: Float64Array, places: Int32Array): Omit<Ring, "nodes"> {
  const points = new Uint32Array(sorted.length);
  const owners = new Uint32Array(sorted.length);
  let length = 0;
  for (let i = 0; i < sorted.length; i++) {
    const point = Math.floor(sorted[i]! / numbersMax);
    const owner = places[numberOf(sorted[i]!)]!;
    if (length > 0 && points[length - 1] === point) {
      owners[length - 1] = Math.min(owners[length - 1]!, owner);
      continue;
    }
    points[length] = point;
    owners[length++] = owner;
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
