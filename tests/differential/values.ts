/* The values that random requests are made of: mostly sound ones of a small world, some absurd. */

import type { ACL } from "../../src/proto/acl.ts";
import type { Random } from "../fuzz/random.ts";

const names = ["a", "b", "c", "d"];

const badPaths = [
  ...[
    "",
    "a",
    "/a/",
    "//a",
    "/a//b",
    "/a/./b",
    "/a/../b",
    "/.",
    "/..",
    "/a/.",
    "/a/..",
    "//",
    "/a.",
  ],
  ...["/\u0000", "/a\u0001b", "/a\u001f", "/\u007f", "/\u009f", "/a\ue000", "/\uf8ff", "/\ufff0"],
  ...["/\uffff", "/é", "/a b", "/😀", "/\u00a0", "/...", "/a/...", "/zookeeper/", "a/b/"],
  null,
];

const grandPaths = [
  ...["/", "/zookeeper", "/zookeeper/config", "/zookeeper/quota", "/zookeeper/x"],
];

/** Identities that digests may be of, with their passwords: alice:secret and bob:secret. */
const digests = ["alice:aYXlLOpEooaV1cRAvUL1fp9Qt7E=", "bob:fyVmFCwVbTJYrznoSu1koqYEYF0="];

const world: ACL = { perms: 31, id: { scheme: "world", id: "anyone" } };

const oddIds: [string, string][] = [
  ["world", "somebody"],
  ["world", ""],
  ["auth", "whoever"],
  ["digest", "alice"],
  ["digest", "alice:a:b"],
  ["digest", ""],
  ["ip", "300.1.1.1"],
  ["ip", "127.0.0.1/33"],
  ["ip", "127.0.0.1/-1"],
  ["ip", "127.0.0.1/8"],
  ["ip", "127.0.0.1/x"],
  ["ip", "localhost"],
  ["ip", ""],
  ["ip", "10.0.0"],
  ["ip", "::1"],
  ["none", "x"],
  ["", ""],
  ["x509", "CN=x"],
  ["sasl", "bob"],
  ["super", "super"],
  ["super", ""],
];

const usualIds: [string, string][] = [
  ["world", "anyone"],
  ["auth", ""],
  ["digest", digests[0]!],
  ["digest", digests[1]!],
  ["ip", "127.0.0.1"],
  ["ip", "127.0.0.0/8"],
  ["ip", "10.0.0.1"],
];

/** Identities as clients prove them: sound ones, then those that servers refuse. */
export const proofs: { sound: [string, string][]; odd: [string, string][] } = {
  sound: [["digest", "alice:secret"], ["digest", "bob:secret"], ["digest", "carol:x"]],
  odd: [
    ["digest", "alice"],
    ["digest", ""],
    ["digest", "super:wrong"],
    ["digest", "a:b:c"],
    ["ip", "127.0.0.1"],
    ["ip", ""],
    ["world", "anyone"],
    ["auth", "x"],
    ["none", "x"],
    ["", ""],
    ["sasl", "x"],
  ],
};

/** Values drawn at random, with a memory for the znodes that may be there. */
export class Values {
  readonly random: Random;
  readonly #paths = new Set<string>();

  constructor(random: Random) {
    this.random = random;
  }

  /** How many znodes may be there. */
  get size(): number {
    return this.#paths.size;
  }

  /** Keeps in mind that a znode was created. */
  remember(path: string): void {
    this.#paths.add(path);
  }

  /** Forgets one. */
  forget(path: string): void {
    this.#paths.delete(path);
  }

  /** A znode that may be there, or none. */
  known(): string | null {
    return this.#paths.size > 0 ? this.random.pick([...this.#paths]) : null;
  }

  /** A path, mostly of a znode that may be there. */
  path(): string | null {
    const { random } = this;
    const at = random.next();
    if (at < 0.02) return random.pick(badPaths);
    if (at < 0.04) return random.pick(grandPaths);
    return (at < 0.75 ? this.known() : null) ?? this.#anyPath();
  }

  /** A path for a new znode. */
  newPath(): string | null {
    const { random } = this;
    const at = random.next();
    if (at < 0.02) return random.pick(badPaths);
    if (at < 0.03) return random.pick(grandPaths);
    if (at < 0.5) return `${this.known() ?? ""}/${random.pick(names)}`;
    return this.#anyPath();
  }

  /** Some paths. */
  paths(most: number): (string | null)[] {
    return Array.from({ length: this.random.below(most + 1) }, () => this.path());
  }

  #anyPath(): string {
    const depth = 1 + this.random.below(3);
    return Array.from({ length: depth }, () => `/${this.random.pick(names)}`).join("");
  }

  /** A version, mostly any. */
  version(): number {
    const at = this.random.next();
    if (at < 0.6) return -1;
    return at < 0.98 ? this.random.below(4) : this.random.pick([-2, 1000, 0x7fffffff, -0x80000000]);
  }

  data(): Uint8Array | null {
    const at = this.random.next();
    if (at < 0.1) return null;
    const length = at < 0.2 ? 0 : at < 0.98 ? this.random.below(20) : this.random.below(5000);
    return this.random.bytes(length);
  }

  /** An access control list, mostly open; null is one that is left out. */
  acl(): ACL[] | null {
    const { random } = this;
    const at = random.next();
    if (at < 0.7) return [world];
    if (at < 0.72) return null;
    if (at < 0.74) return [];
    return Array.from({ length: 1 + random.below(3) }, () => this.#entry());
  }

  #entry(): ACL {
    const { random } = this;
    const [scheme, id] = random.pick(random.chance(0.06) ? oddIds : usualIds);
    const perms = random.chance(0.5)
      ? 31
      : random.chance(0.95)
      ? random.below(32)
      : random.bits() | 0;
    return { perms, id: { scheme, id } };
  }

  /** The flags of a create. */
  flags(): number {
    const at = this.random.next();
    if (at < 0.45) return 0;
    if (at < 0.98) return this.random.below(4);
    return this.random.pick([4, 5, 6, 7, -1, 100]);
  }

  ttl(): bigint {
    if (this.random.chance(0.85)) return 1_000_000n;
    return this.random.pick([0n, -1n, 1n << 40n, (1n << 40n) - 1n, 1n << 62n]);
  }
}
