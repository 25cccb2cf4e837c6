/**
 * Quotas, as far as the server keeps account. Whoever limits a znode writes the limits below
 * /zookeeper/quota, and beside them a znode where the server keeps what there is. Nobody is refused:
 * enforceQuota is off unless set.
 */
import { parentOf } from "./paths.ts";
import type { Znode } from "./znode.ts";

const quotaPath = "/zookeeper/quota";
const limits = "/zookeeper_limits";
const stats = "/zookeeper_stats";

/** The account of all limited znodes. */
export class Quotas {
  readonly #get: (path: string) => Znode | undefined;
  /** Paths of the limited znodes. */
  readonly #limited = new Set<string>();

  constructor(get: (path: string) => Znode | undefined) {
    this.#get = get;
  }

  clear(): void {
    this.#limited.clear();
  }

  /** A znode was entered. */
  entered(path: string): void {
    if (isQuota(path, limits)) this.#limited.add(subject(path, limits));
  }

  /** A znode was created; it is in the tree. */
  created(path: string, bytes: number): void {
    if (isQuota(path, stats)) this.#recount(subject(path, stats));
    this.changed(path, bytes, 1);
  }

  /** A znode was deleted. */
  deleted(path: string, bytes: number): void {
    if (isQuota(path, limits)) this.#limited.delete(subject(path, limits));
    this.changed(path, -bytes, -1);
  }

  /** So many bytes and znodes more are there. Counts for the nearest limited znode alone. */
  changed(path: string, bytes: number, count: number): void {
    if (this.#limited.size === 0) return;
    let limited = path;
    while (limited.length > 1 && !this.#limited.has(limited)) limited = parentOf(limited);
    // A limit of the root is not looked at.
    if (limited.length <= 1) return;
    const znode = this.#get(quotaPath + limited + stats);
    if (znode === undefined) return;
    const before = numbers(znode.data);
    znode.data = encode({ count: before.count + count, bytes: before.bytes + bytes });
  }

  #recount(path: string): void {
    this.#get(quotaPath + path + stats)!.data = encode(this.#count(path));
  }

  /** Of a znode and all below it; they may be nested deeper than calls can be. */
  #count(path: string): Account {
    const account = { count: 0, bytes: 0 };
    const left = [path];
    for (let at = left.pop(); at !== undefined; at = left.pop()) {
      const znode = this.#get(at);
      if (znode === undefined) continue;
      account.count++;
      account.bytes += znode.data?.length ?? 0;
      for (const name of znode.children ?? []) left.push(`${at}/${name}`);
    }
    return account;
  }
}

interface Account {
  count: number;
  bytes: number;
}

function isQuota(path: string, kind: string): boolean {
  return path.endsWith(kind) && path.startsWith(`${quotaPath}/`);
}

/** The znode that a quota's znode is about. */
function subject(path: string, kind: string): string {
  return path.slice(quotaPath.length, -kind.length);
}

/** What is not there counts as -1 (StatsTrack.java). */
function numbers(data: Uint8Array | null): Account {
  const text = new TextDecoder().decode(data ?? new Uint8Array(0));
  const number = (name: string) => Number(new RegExp(`\\b${name}=(-?\\d+)`).exec(text)?.[1] ?? -1);
  return { count: number("count"), bytes: number("bytes") };
}

function encode({ count, bytes }: Account): Uint8Array {
  return new TextEncoder().encode(`count=${count},bytes=${bytes}`);
}
