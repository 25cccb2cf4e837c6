/** Which services there are: read once, or kept up to date with a watch on each list of names. */
import type { Watcher } from "../types.ts";
import type { ZooKeeper } from "../zookeeper.ts";
import { Feed } from "./feed.ts";
import type { Layout } from "./layout.ts";
import { heed } from "./owned_znode.ts";
import { atRest, isEnd, isPassing, Reconciler } from "./reconciler.ts";
import type { SessionListener, Sessions } from "./sessions.ts";

/** The names of the services that there are, sorted. */
export async function readNames(
  zk: ZooKeeper,
  layout: Layout,
  basePath: string,
  watch?: Watcher,
): Promise<readonly string[]> {
  const place = checkListed(layout, basePath);
  const options = watch === undefined ? {} : { watch };
  const base = place.path === "/" ? "" : place.path;
  let below: string[] = [""];
  for (let depth = 0; depth < place.depth; depth++) {
    const lists = await Promise.all(below.map(async (parent) => {
      const path = `${base}${parent}` || "/";
      const names = await heed(zk.getChildren(path, options), "NONODE");
      // It is told of when it comes.
      if (names === null && watch !== undefined) await zk.exists(path, options);
      return (names ?? []).map((name) => `${parent}/${name}`);
    }));
    below = lists.flat();
  }
  const known = below.map((path) => layout.nameOf(path.slice(1)));
  return [...new Set(known.filter((name) => name !== null))].sort();
}

/**
 * Where a layout's names are.
 *
 * @throws {TypeError} for a layout that cannot tell.
 */
export function checkListed(layout: Layout, basePath: string): { path: string; depth: number } {
  const place = layout.names(basePath);
  if (place !== null) return place;
  throw new TypeError(`The layout "${layout.name}" cannot tell which services there are`);
}

/** What one who watches names lives on. */
export interface NamesSetting {
  readonly zk: ZooKeeper;
  readonly sessions: Sessions;
  readonly layout: Layout;
  readonly basePath: string;
  /** How long changes are gathered before they are read, ms. */
  readonly window: number;
  /** Called when it is at its end. */
  readonly ended: () => void;
}

/** Names that are read again whenever they may have changed. */
export class NamesWatch implements SessionListener {
  readonly feed: Feed<readonly string[]> = new Feed();
  readonly #zk: ZooKeeper;
  readonly #loop: Reconciler;
  readonly #read: () => Promise<readonly string[]>;
  readonly #sessions: Sessions;
  readonly #window: number;
  readonly #ended: () => void;
  #last: string | null = null;
  #error: Error | null = null;

  constructor({ zk, sessions, layout, basePath, window, ended }: NamesSetting) {
    this.#zk = zk.chroot("/");
    this.#sessions = sessions;
    this.#window = window;
    this.#ended = ended;
    this.#read = () => readNames(this.#zk, layout, basePath, this.#watcher);
    this.#loop = new Reconciler(zk.platform, () => this.#step());
    sessions.add(this);
    this.#loop.ask();
  }

  /** Why it is at its end: refused before it had read any names; null for any other reason. */
  get error(): Error | null {
    return this.#error;
  }

  connected(): void {
    this.#loop.ask(this.#window * this.#zk.platform.random());
  }

  disconnected(): void {}

  expired(): void {}

  over(): void {
    this.end();
  }

  /** Watches no more. */
  end(): void {
    if (this.#loop.stopped) return;
    this.#loop.stop();
    this.#sessions.delete(this);
    this.feed.end();
    void this.#zk.close();
    this.#ended();
  }

  readonly #watcher: Watcher = ({ type }) => {
    if (type !== "Session") this.#loop.ask(this.#window);
  };

  async #step(): Promise<number> {
    if (this.#zk.closed) return atRest;
    try {
      const names = await this.#read();
      const text = names.join("\n");
      if (text !== this.#last) this.feed.emit(names);
      this.#last = text;
      return atRest;
    } catch (error) {
      if (this.#zk.closed || isEnd(error)) return atRest;
      if (this.#last !== null || isPassing(error)) return this.#loop.pause();
      this.#error = error as Error;
      this.end();
      return atRest;
    }
  }
}
