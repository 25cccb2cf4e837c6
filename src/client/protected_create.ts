/**
 * A create that is repeated until it is known what has become of it. Its name bears a UUID, so that
 * the znode is found whose answer was lost: after a sync, since a server that lags behind may not
 * know it yet. What came through the older connection is behind us then; for nothing more is done
 * for that once the session has moved (ZOOKEEPER-710).
 *
 * Whoever gives up does not leave a znode behind that nobody knows: it is looked for, and taken
 * away, while the session lasts.
 */
import { ZooKeeperError } from "../errors.ts";
import { Rc } from "../proto/constants.ts";
import type { Data } from "../proto/requests.ts";
import type { Stat } from "../proto/stat.ts";
import { checkCreatePath, checkMode } from "../session/checks.ts";
import { parentOf } from "../session/paths.ts";
import type { CallOptions, CreateOptions } from "../types.ts";
import { Budget, checkCall, codeOf } from "./budget.ts";
import type { At } from "./calls.ts";
import { protectionOf, uuidOf } from "./protection.ts";
import { retryOf } from "./repeated.ts";
import { isLost, readRetry, type Retry } from "./retry.ts";

/** A znode that is there. */
export interface Created {
  path: string;
  stat: Stat;
}

/** What it asks for. */
export interface Asked {
  sync(path: string, options?: CallOptions): Promise<void>;
  exists(path: string, options?: CallOptions): Promise<Stat | null>;
  getChildren(path: string, options?: CallOptions): Promise<string[]>;
  delete(path: string, version?: number, options?: CallOptions): Promise<void>;
}

/** create or create2, and what each makes of a znode that was found. */
export interface Way<T> {
  create(path: string, data: Data, options: CreateOptions): Promise<T>;
  found(created: Created): T;
}

/** Creates a znode under a name of its own. Throws for what is not valid. */
export function createProtected<T>(
  asked: Asked,
  at: At,
  path: string,
  data: Data,
  options: CreateOptions,
  way: Way<T>,
): Promise<T> {
  const { mode = "PERSISTENT", protect } = options;
  const names = ["signal", "timeout", "retry", "mode", "acl", "ttl", "protect"];
  checkCall(checkMode(mode) ?? checkCreatePath(path, mode), options, names);
  if (protect !== true) {
    throw new TypeError(`The option "protect" must be a boolean, not ${typeof protect}`);
  }
  if (options.signal?.aborted) return Promise.reject(options.signal.reason);
  return new ProtectedCreate(asked, at, path, options, way).start(data);
}

/** How often it is tried to take away what was left behind. */
const takingBackMax = 5;

class ProtectedCreate<T> {
  readonly #path: string;
  readonly #parent: string;
  readonly #mode: string;
  readonly #retry: Retry;
  readonly #budget: Budget;
  /** The session that its answer was lost in. */
  #session = 0n;
  /** Whether the znode may be there. */
  #inDoubt = false;

  constructor(
    readonly asked: Asked,
    readonly at: At,
    path: string,
    readonly options: CreateOptions,
    readonly way: Way<T>,
  ) {
    const { platform } = at.zh;
    const name = path.lastIndexOf("/") + 1;
    const protection = protectionOf(uuidOf(() => platform.random()));
    this.#path = path.slice(0, name) + protection + path.slice(name);
    this.#parent = parentOf(this.#path);
    this.#mode = options.mode ?? "PERSISTENT";
    const unsaid = at.retry === null && options.retry === undefined;
    this.#retry = unsaid ? readRetry(true) : retryOf(at, options);
    const { signal, timeout } = options;
    const rest = { ...signal && { signal }, ...timeout !== undefined && { timeout } };
    this.#budget = new Budget(platform.clock, rest, "create");
  }

  start(data: Data): Promise<T> {
    const { acl } = this.options;
    const creating = this.#create(data, this.options);
    // Accepted. What it is made of is the caller's, and may have changed when it is made again.
    const kept = data instanceof Uint8Array ? data.slice() : data;
    const keptOptions = acl === undefined ? this.options : { ...this.options, acl: acl.slice() };
    return this.#follow(creating, () => this.#create(kept, keptOptions));
  }

  #create(data: Data, { mode, acl, ttl }: CreateOptions): Promise<T> {
    const kind = { ...mode && { mode }, ...acl && { acl }, ...ttl !== undefined && { ttl } };
    return this.way.create(this.#path, data, { ...kind, ...this.#next() });
  }

  async #follow(first: Promise<T>, again: () => Promise<T>): Promise<T> {
    const attempts = this.#retry?.attempts ?? 1;
    try {
      for (let attempt = 1, creating = first;; attempt++, creating = again()) {
        try {
          return await creating;
        } catch (error) {
          // Our name is nobody else's.
          const isThere = this.#session !== 0n && codeOf(error) === "NODEEXISTS";
          if (!isThere && !isLost(error)) throw error;
          this.#lost();
          if (attempt >= attempts) throw error;
          this.at.zh.metrics?.retry("create", codeOf(error));
        }
        const created = await this.#find(() => this.#next());
        if (created !== null) return this.way.found(created);
        this.#inDoubt = false;
      }
    } catch (error) {
      throw this.#giveUp(error);
    }
  }

  /** Options of the next request. */
  #next(): CallOptions {
    return { ...this.#budget.next(), retry: this.#retry ?? false };
  }

  #lost(): void {
    this.#inDoubt = true;
    if (this.#session === 0n) this.#session = this.at.zh.sessionId;
  }

  /** The znode, if it is there. */
  async #find(next: () => CallOptions): Promise<Created | null> {
    const options = next();
    const sync = this.asked.sync(this.#parent, options);
    const [paths] = await Promise.all([this.#candidates(options), sync]);
    for (const path of paths) {
      const stat = await this.asked.exists(path, next());
      if (stat !== null && this.#isOurs(stat)) return { path, stat };
    }
    return null;
  }

  /** What may be it; one with a number is found by what stands before that. */
  async #candidates(options: CallOptions): Promise<string[]> {
    if (!this.#mode.includes("SEQUENTIAL")) return [this.#path];
    const above = this.#parent === "/" ? "" : this.#parent;
    try {
      const names = await this.asked.getChildren(this.#parent, options);
      return names.map((name) => `${above}/${name}`).filter((path) => path.startsWith(this.#path));
    } catch (error) {
      if (codeOf(error) === "NONODE") return [];
      throw error;
    }
  }

  get #isEphemeral(): boolean {
    return this.#mode.startsWith("EPHEMERAL");
  }

  #isOurs({ ephemeralOwner }: Stat): boolean {
    return !this.#isEphemeral || ephemeralOwner === this.at.zh.sessionId;
  }

  #giveUp(error: unknown): unknown {
    const isCode = error instanceof ZooKeeperError;
    const mayBeThere = this.#inDoubt || !isCode || error.sent && unanswered.includes(error.rc);
    if (!mayBeThere) return error;
    this.#inDoubt = true;
    this.#takeBack();
    return isCode ? this.#error(error.rc) : error;
  }

  #error(rc: number): ZooKeeperError {
    const operation = "create";
    return new ZooKeeperError(rc, { operation, path: this.#path, sent: this.#inDoubt });
  }

  async #takeBack(): Promise<void> {
    const { zh } = this.at;
    if (this.#session === 0n) this.#session = zh.sessionId;
    // It has gone, or goes, with its session.
    if (this.#isEphemeral && (zh.closing || zh.sessionId !== this.#session)) return;
    const options = { retry: true };
    for (let attempt = 1; attempt <= takingBackMax; attempt++) {
      try {
        const created = await this.#find(() => options);
        if (created !== null) await this.asked.delete(created.path, -1, options);
        return;
      } catch (error) {
        if (codeOf(error) === "NONODE") return;
        if (isLost(error)) continue;
        const reason = codeOf(error);
        zh.logger.warn?.(`A znode may be left behind: ${this.#path}`, { reason });
        return;
      }
    }
  }
}

/** What a request may have been carried out with. */
const unanswered: readonly number[] = [
  Rc.CONNECTIONLOSS,
  Rc.OPERATIONTIMEOUT,
  Rc.RUNTIMEINCONSISTENCY,
  Rc.REQUESTTIMEOUT,
  Rc.SESSIONEXPIRED,
  Rc.CLOSING,
];
