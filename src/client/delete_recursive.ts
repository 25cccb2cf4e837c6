/**
 * A znode that is gone afterwards with all below it. Level by level, what has no children goes at
 * once, many znodes a multi, for to ask each leaf for its children would cost far more; the others
 * are listed, and go when what is below them has gone. Others may delete and create meanwhile: what
 * is gone is gone, and what has come is met by the next attempt.
 */
import { Op } from "../session/ops.ts";
import type { CallOptions } from "../types.ts";
import { type Budget, codeOf } from "./budget.ts";
import type { Operations } from "./operations.ts";

/** How often it begins anew because others create what is below. */
const attemptsMax = 10;
/** Lists of children asked for at once. */
const listsMax = 256;
/** Znodes in one multi, and multis at once. */
const batchMax = 500;
const batchesMax = 4;

/** How long a multi may get, bytes, and how long the chroot is that stands before each path. */
export interface Limits {
  readonly bytes: number;
  readonly chroot: number;
}

/** Deletes a znode and all below it. */
export async function deleteRecursive(
  operations: Operations,
  path: string,
  limits: Limits,
  budget: Budget,
): Promise<void> {
  const deletion = new Deletion(operations, limits, budget);
  for (let attempt = 1;; attempt++) {
    const left = await deletion.run(path);
    if (left === null) return;
    if (attempt === attemptsMax) throw left;
  }
}

class Deletion {
  constructor(
    readonly operations: Operations,
    readonly limits: Limits,
    readonly budget: Budget,
  ) {}

  /** One attempt; the error of one that has got children meanwhile, or null. */
  async run(path: string): Promise<unknown> {
    const parents: string[] = [];
    for (let level = [path]; level.length > 0;) {
      const left = await this.#inBatches(level, (batch) => this.#deleteLeaves(batch));
      const there = await this.#list(left.flat());
      level = [];
      for (const [parent, names] of there) {
        parents.push(parent);
        for (const name of names) level.push(`${parent}/${name}`);
      }
    }
    const errors = await this.#inBatches(parents.reverse(), (batch) => this.#deleteEach(batch));
    return errors.find((error) => error !== null) ?? null;
  }

  /** Deletes all of them if none has children; else returns them. */
  async #deleteLeaves(batch: readonly string[]): Promise<readonly string[]> {
    return await this.#deleteTogether(batch) ? [] : batch;
  }

  /** Deletes them in order, those that have got children left out; the error of one, or null. */
  async #deleteEach(batch: readonly string[]): Promise<unknown> {
    if (await this.#deleteTogether(batch)) return null;
    const options = this.budget.next();
    const deletions = batch.map((path) => this.operations.delete(path, -1, options));
    const errors = (await Promise.allSettled(deletions))
      .flatMap((outcome) => outcome.status === "rejected" ? [outcome.reason] : [])
      .filter((reason) => codeOf(reason) !== "NONODE");
    const fatal = errors.find((reason) => codeOf(reason) !== "NOTEMPTY");
    if (fatal !== undefined) throw fatal;
    return errors[0] ?? null;
  }

  /** False, and none is deleted, if one of them has children or is gone. */
  async #deleteTogether(batch: readonly string[]): Promise<boolean> {
    try {
      await this.operations.multi(batch.map((path) => Op.delete(path)), this.budget.next());
      return true;
    } catch (error) {
      if (codeOf(error) === "NONODE" || codeOf(error) === "NOTEMPTY") return false;
      throw error;
    }
  }

  /** The children of each that is there. */
  async #list(paths: readonly string[]): Promise<Map<string, string[]>> {
    const found = new Map<string, string[]>();
    for (let i = 0; i < paths.length; i += listsMax) {
      const some = paths.slice(i, i + listsMax);
      const options = this.budget.next();
      const lists = await Promise.all(some.map((path) => this.#childrenOf(path, options)));
      for (const [j, names] of lists.entries()) if (names !== null) found.set(some[j]!, names);
    }
    return found;
  }

  #childrenOf(path: string, options: CallOptions): Promise<string[] | null> {
    return this.operations.getChildren(path, options).catch((error) => {
      if (codeOf(error) === "NONODE") return null;
      throw error;
    });
  }

  async #inBatches<T>(
    paths: readonly string[],
    work: (batch: readonly string[]) => Promise<T>,
  ): Promise<T[]> {
    const batches = batchesOf(paths, this.limits);
    const results: T[] = [];
    for (let i = 0; i < batches.length; i += batchesMax) {
      results.push(...await Promise.all(batches.slice(i, i + batchesMax).map(work)));
    }
    return results;
  }
}

function batchesOf(paths: readonly string[], limits: Limits): string[][] {
  const batches: string[][] = [];
  let bytes = Infinity;
  for (const path of paths) {
    // A header, two numbers, and at most three bytes a character.
    const size = 17 + 3 * (limits.chroot + path.length);
    if (bytes + size > limits.bytes || batches.at(-1)!.length === batchMax) {
      batches.push([]);
      bytes = 0;
    }
    batches.at(-1)!.push(path);
    bytes += size;
  }
  return batches;
}
