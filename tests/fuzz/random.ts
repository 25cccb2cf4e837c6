/** Random numbers that a seed repeats (mulberry32), so that what a fuzzer finds can be found again. */
export class Random {
  #state: number;

  constructor(readonly seed: number) {
    this.#state = seed >>> 0;
  }

  /** In [0, 1). */
  next(): number {
    return this.bits() / 0x1_0000_0000;
  }

  /** 32 bits, unsigned. */
  bits(): number {
    this.#state = this.#state + 0x6d2b79f5 | 0;
    let mixed = Math.imul(this.#state ^ this.#state >>> 15, this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ mixed >>> 7, mixed | 61);
    return (mixed ^ mixed >>> 14) >>> 0;
  }

  /** 64 bits, signed. */
  long(): bigint {
    return BigInt.asIntN(64, BigInt(this.bits()) << 32n | BigInt(this.bits()));
  }

  /** A whole number from 0 up to, not including, `end`. */
  below(end: number): number {
    return Math.trunc(this.next() * end);
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!;
  }

  bytes(length: number): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(length);
    for (let i = 0; i < length; i++) bytes[i] = this.bits();
    return bytes;
  }
}

/**
 * Runs `round` so many times, each with a seed of its own, and tells the seed of one that fails:
 * FUZZ_SEED=… begins with it, FUZZ_FACTOR=… runs so many times as many rounds.
 */
export async function fuzz(
  rounds: number,
  round: (random: Random) => void | Promise<void>,
): Promise<void> {
  const first = Number(Deno.env.get("FUZZ_SEED") ?? 1);
  const factor = Number(Deno.env.get("FUZZ_FACTOR") ?? 1);
  for (let seed = first; seed < first + rounds * factor; seed++) {
    try {
      await round(new Random(seed));
    } catch (cause) {
      throw new Error(`Failed; to repeat it set FUZZ_SEED=${seed}`, { cause });
    }
  }
}
