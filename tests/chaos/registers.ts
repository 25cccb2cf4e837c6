/**
 * Registers: znodes that are read, and compared and set by version. The writes of each are
 * linearizable, by the checker of the simulation. A read may be old, as ZooKeeper has it, but never
 * older than what the same session has seen, and it says what the write of that version wrote.
 */
import { findAnomaly, type RegisterOperation } from "../simulation/linearizable.ts";
import { type Broken, type Client, nothingBroken, type Workload } from "./client.ts";
import { Failed } from "./ledger.ts";

const count = 5;

/** A write whose outcome may not be known. */
export interface Write {
  readonly called: number;
  ended: number;
  readonly value: string;
  readonly expected: number;
  result: number | "BADVERSION" | null;
}

/** One znode. */
class Register {
  readonly writes: Write[] = [];
  /** What was read, by version. */
  readonly values: Map<number, string> = new Map();

  constructor(readonly path: string) {
    this.values.set(0, "0");
  }
}

export class Registers implements Workload {
  readonly name = "registers";
  readonly broken: Broken = nothingBroken();
  readonly registers: readonly Register[] = Array.from(
    { length: count },
    (_, i) => new Register(`/chaos/r${i}`),
  );
  /** By session and register, the version seen last. */
  readonly #seen = new Map<string, number>();
  #made = 0;

  async prepare(client: Client): Promise<void> {
    for (const { path } of this.registers) await client.zk.create(path, "0");
  }

  async step(client: Client): Promise<void> {
    const register = client.random.pick(this.registers);
    const read = await this.#read(client, register);
    if (read !== null && client.random.chance(0.6)) await this.#write(client, register, read);
  }

  async settle([client]: readonly Client[]): Promise<void> {
    for (const register of this.registers) {
      const { path, writes } = register;
      await client!.insist("sync", () => client!.zk.sync(path));
      const { stat } = await client!.insist("getData", () => client!.zk.getData(path));
      await this.#read(client!, register);
      this.#judge(register, stat.version);
      const anomaly = anomalyIn(writes);
      if (anomaly !== null) this.broken.other.push(`${path} is not linearizable: ${anomaly}`);
    }
  }

  /** The version, or null if it could not be read. */
  async #read(client: Client, { path, values }: Register): Promise<number | null> {
    const session = client.session;
    const answer = await client.ask("getData", () => client.zk.getData(path));
    if (answer instanceof Failed) return null;
    const { version } = answer.stat;
    const value = new TextDecoder().decode(answer.data!);
    const known = values.get(version);
    if (known === undefined) values.set(version, value);
    else if (known !== value) {
      this.broken.other.push(`${path} had "${known}" and "${value}" in version ${version}`);
    }
    this.#sawVersion(client, session, path, version);
    return version;
  }

  #sawVersion(client: Client, session: bigint, path: string, version: number): void {
    // Asked in one session and answered in another: it belongs to neither.
    if (session === 0n || session !== client.session) return;
    const key = `${session} ${path}`;
    const seen = this.#seen.get(key) ?? 0;
    if (version < seen) {
      this.broken.other.push(`${path} went from version ${seen} back to ${version} in a session`);
    }
    this.#seen.set(key, Math.max(seen, version));
  }

  async #write(client: Client, { path, writes }: Register, expected: number): Promise<void> {
    const value = `${client.id}-${++this.#made}`;
    const called = performance.now();
    const write: Write = { called, ended: Infinity, value, expected, result: null };
    writes.push(write);
    const answer = await client.ask("setData", () => client.zk.setData(path, value, expected));
    if (!(answer instanceof Failed)) write.result = answer.version;
    else if (answer.error.code === "BADVERSION") write.result = "BADVERSION";
    else if (!answer.isUnknown) writes.splice(writes.indexOf(write), 1);
    if (write.result !== null) write.ended = performance.now();
  }

  #judge({ path, writes, values }: Register, version: number): void {
    const done = writes.filter(({ result }) => typeof result === "number");
    const byVersion = Map.groupBy(done, ({ result }) => result as number);
    for (const [made, same] of byVersion) {
      if (same.length > 1) this.broken.doubled.push(`version ${made} of ${path}`);
      if (made > version) this.broken.lost.push(`version ${made} of ${path}`);
      const value = values.get(made);
      if (value !== undefined && value !== same[0]!.value) {
        this.broken.lost.push(`"${same[0]!.value}", version ${made} of ${path}`);
      }
    }
    const read = new Map([...values].map(([version, value]) => [value, version]));
    for (const { value, result, expected } of writes) {
      const found = read.get(value);
      if (found !== undefined && found !== expected + 1) {
        this.broken.doubled.push(`"${value}" of ${path} in version ${found}`);
      }
      if (found !== undefined && result === "BADVERSION") {
        this.broken.other.push(`"${value}" of ${path} was refused and written`);
      }
    }
  }
}

/**
 * Looks at the writes piece by piece: between two pieces no operation was under way. One whose outcome
 * is not known has made the version that nobody else made, or has not happened.
 */
export function anomalyIn(writes: readonly Write[]): string | null {
  const history = settled(writes).sort((a, b) => a.called - b.called);
  let state = { value: "0", version: 0 };
  let piece: Write[] = [];
  let end = -Infinity;
  for (const write of [...history, null]) {
    if (write !== null && (piece.length === 0 || write.called <= end)) {
      piece.push(write);
      end = Math.max(end, write.ended);
      continue;
    }
    const anomaly = findAnomaly(piece.map(asOperation), state);
    if (anomaly !== null) return anomaly;
    for (const { result, value } of piece) {
      if (typeof result === "number" && result > state.version) state = { value, version: result };
    }
    piece = write === null ? [] : [write];
    end = write?.ended ?? Infinity;
  }
  return null;
}

function settled(writes: readonly Write[]): Write[] {
  const makers = new Map<number, Write>();
  for (const write of writes) {
    if (typeof write.result === "number") makers.set(write.result, write);
  }
  const versions = [...makers.keys()];
  const last = Math.max(0, ...versions);
  const unknown = Map.groupBy(
    writes.filter(({ result }) => result === null),
    ({ expected }) => expected + 1,
  );
  const gaps: Write[] = [];
  for (let version = 1; version < last; version++) {
    if (makers.has(version)) continue;
    // The next one to write knew of it.
    const [write] = unknown.get(version) ?? [];
    const next = makers.get(version + 1);
    if (write === undefined) continue;
    gaps.push({ ...write, result: version, ended: next?.ended ?? Infinity });
  }
  return [...writes.filter(({ result }) => result !== null), ...gaps];
}

function asOperation({ called, ended, value, expected, result }: Write): RegisterOperation {
  return { called, ended, did: { type: "write", value, expected, result } };
}
