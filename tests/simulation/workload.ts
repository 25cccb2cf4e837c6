/**
 * What the applications do: all operations and all kinds of watches on a tree so small that they get
 * in each other's way. Two znodes are registers, which are read, set, and compared and set, and never
 * go; their histories are checked for linearizability.
 */
import { Op } from "../../src/st.ts";
import type { CreateMode } from "../../src/st.ts";
import type { Random } from "../fuzz/random.ts";
import { type Client, watchers } from "./client.ts";
import type { Operation } from "./operations.ts";
import type { Source, Step } from "./scheduler.ts";
import type { World } from "./world.ts";

/** How much they do. */
export interface Load {
  /** How many requests each client makes. */
  readonly calls: number;
  /** How many may be open at once for each. */
  readonly open: number;
  /** Probabilities: of a timeout, of being taken back, of a watch, of closing early. */
  readonly timeouts: number;
  readonly revoked: number;
  readonly watched: number;
  readonly closes: number;
  /** Probability that a completion asks the next thing itself, in bursts. */
  readonly bursts: number;
}

/** Znodes that are always there. */
export const registers: readonly string[] = ["/r0", "/r1"];
const parents = ["/t", "/t/a", "/t/b"];
const leaves = ["/t/a/x", "/t/b/y", "/t/c", "/e0", "/e1"];
const all = [...parents, ...leaves];
/** Nobody watches it: who may not read a znode is not told of it. */
const owned = "/own";
const users = ["ann", "bob", "cid"];

/** Makes the znodes that are always there. */
export function plant(world: World): void {
  const { tree, clock } = world.service;
  const acl = [{ perms: 31, id: { scheme: "world", id: "anyone" } }];
  for (const path of [...registers, "/t", "/t/a", "/t/b", "/s"]) {
    const is = {
      data: new TextEncoder().encode("0"),
      acl,
      lifetime: "persistent",
      owner: 0n,
      ttl: 0,
    };
    tree.create(path, { ...is, lifetime: "persistent" }, world.service.nextZxid(), clock.epoch());
  }
}

/** The applications of all clients, as a source of steps. */
export class Applications implements Source {
  /** Nobody asks anything new. */
  resting = false;
  readonly #left = new Map<Client, number>();
  #data = 0;

  constructor(readonly world: World, readonly random: Random, readonly load: Load) {}

  /** Whether all have asked what they were to ask. */
  get done(): boolean {
    return this.world.clients.every((client) => this.#leftOf(client) === 0);
  }

  nextAt(): number {
    return Infinity;
  }

  collect(steps: Step[]): void {
    for (const client of this.world.clients) {
      if (client.owner.paused) continue;
      if (!this.resting && this.#leftOf(client) > 0 && client.open.length < this.load.open) {
        steps.push({ label: "", run: () => this.#act(client) });
      }
      const [revocable] = client.revocable;
      if (revocable !== undefined && !client.zh.closing) {
        steps.push({
          label: `${client.name}: takes ${revocable[0].id} back`,
          run: () => {
            client.revocable.delete(revocable[0]);
            revocable[1]();
          },
        });
      }
    }
  }

  #leftOf(client: Client): number {
    return client.over ? 0 : this.#left.get(client) ?? this.load.calls;
  }

  #act(client: Client): void {
    const { random, load } = this;
    this.#left.set(client, this.#leftOf(client) - 1);
    if (random.chance(load.closes / load.calls)) {
      if (client.closing === null) return this.#close(client);
    }
    if (client.view !== null && random.chance(load.closes / load.calls)) return client.closeView();
    const burst = random.chance(load.bursts) ? 1 + random.below(5) : 1;
    for (let i = 0; i < burst; i++) {
      const timeout = random.chance(load.timeouts)
        ? 1 + random.below(Math.trunc(client.style.timeout / 2))
        : null;
      client.ask(this.#operation(client), timeout, random.chance(load.revoked));
    }
  }

  #close(client: Client): void {
    // Nobody drives it any more: close() does, of the promise API alone.
    if (client.style.loop === "own" && client.zk !== null) {
      client.abandoned = this.random.chance(0.3);
    }
    if (this.random.chance(0.3)) client.detach();
    else client.close();
  }

  #operation(client: Client): Operation {
    const { random } = this;
    const kind = random.pick(kinds);
    const watch = random.chance(this.load.watched);
    switch (kind) {
      case "register":
        return this.#onRegister();
      case "create":
        return this.#create();
      case "delete":
        return { name: "delete", path: this.#path(), version: this.#version(this.#path()) };
      case "setData": {
        const path = random.pick([...all, ...parents]);
        return { name: "setData", path, data: this.#newData(), version: this.#version(path) };
      }
      case "read": {
        const name = random.pick(["exists", "getData", "getChildren", "getChildren2"] as const);
        return { name, path: random.pick([...all, ...parents, "/s"]), watch };
      }
      case "multi":
        return { name: "multi", ops: this.#ops() };
      case "watch":
        return this.#lasting();
      case "unwatch":
        return this.#removal(client);
      case "auth":
        return { name: "addAuth", user: random.pick(users) };
      case "other":
        return this.#other();
    }
  }

  #onRegister(): Operation {
    const { random } = this;
    const path = random.pick(registers);
    if (random.chance(0.4)) return { name: "getData", path, watch: random.chance(0.3) };
    return { name: "setData", path, data: this.#newData(), version: this.#version(path) };
  }

  #create(): Operation {
    const { random } = this;
    const name = random.pick(["create", "create2"] as const);
    const data = this.#newData();
    if (random.chance(0.3)) {
      const mode = random.pick(["PERSISTENT_SEQUENTIAL", "EPHEMERAL_SEQUENTIAL"] as const);
      return { name, path: "/s/n-", data, mode, own: false };
    }
    if (random.chance(0.1)) return { name, path: owned, data, mode: "EPHEMERAL", own: true };
    const path = this.#path();
    const mode: CreateMode = path.startsWith("/e") ? "EPHEMERAL" : this.#mode();
    return { name, path, data, mode, own: false };
  }

  #mode(): CreateMode {
    return this.random.chance(0.1) ? "CONTAINER" : "PERSISTENT";
  }

  #ops(): Op[] {
    const { random } = this;
    // Both at once, with one zxid: whoever watches both must hear of both.
    if (random.chance(0.4)) {
      return random.pick([["/t", "/t/a"], ["/t/a", "/t"]]).map((path) =>
        Op.setData(path, this.#newData())
      );
    }
    return Array.from({ length: 1 + random.below(3) }, () => {
      const path = this.#path();
      switch (random.below(4)) {
        case 0:
          return Op.create(path, this.#newData(), { mode: "EPHEMERAL" });
        case 1:
          return Op.delete(path, this.#version(path));
        case 2:
          return Op.setData(path, this.#newData(), this.#version(path));
        default:
          return Op.check(random.pick(all), this.#version(random.pick(all)));
      }
    });
  }

  #lasting(): Operation {
    const mode = this.random.pick(["PERSISTENT", "PERSISTENT_RECURSIVE"] as const);
    return { name: "addWatch", path: this.random.pick(["/t", "/t/a", "/t/b", "/e0"]), mode };
  }

  #removal(client: Client): Operation {
    const { random } = this;
    const type = random.pick(["CHILDREN", "DATA", "ANY"] as const);
    const watches = client.calls.slice(-12).flatMap(({ watch }) => watch ?? []);
    if (watches.length === 0 || random.chance(0.2)) {
      return { name: "removeWatches", path: random.pick(all), type, watcher: null };
    }
    const watch = random.pick(watches);
    return { name: "removeWatches", path: watch.path, type, watcher: watchers.get(watch)! };
  }

  #other(): Operation {
    const { random } = this;
    const name = random.pick(
      [
        "getACL",
        "sync",
        "getAllChildrenNumber",
        "setACL",
        "multiRead",
        "getEphemerals",
        "whoAmI",
        "whoAmI",
        "getConfig",
        "owned",
      ] as const,
    );
    const path = random.pick(all);
    if (name === "owned") return { name: "getData", path: owned, watch: false };
    if (name === "setACL") return { name, path, version: -1 };
    if (name === "getEphemerals" || name === "whoAmI" || name === "getConfig") return { name };
    if (name !== "multiRead") return { name, path };
    return {
      name,
      ops: [Op.getData(path), Op.getChildren(random.pick(all)), Op.getData(random.pick(registers))],
    };
  }

  #path(): string {
    return this.random.pick(leaves.concat("/t/b", "/t/b"));
  }

  /** Any, the present one, or one that is not. */
  #version(path: string): number {
    const version = this.world.service.tree.get(path)?.version ?? 0;
    return this.random.pick([-1, -1, version, version, version + 1]);
  }

  #newData(): string {
    return `v${++this.#data}`;
  }
}

const kinds = [
  ...Array(5).fill("register"),
  ...Array(4).fill("create"),
  ...Array(2).fill("delete"),
  ...Array(4).fill("setData"),
  ...Array(7).fill("read"),
  ...Array(3).fill("multi"),
  ...Array(3).fill("watch"),
  ...Array(2).fill("unwatch"),
  ...Array(1).fill("auth"),
  ...Array(3).fill("other"),
] as (
  | "register"
  | "create"
  | "delete"
  | "setData"
  | "read"
  | "multi"
  | "watch"
  | "unwatch"
  | "auth"
  | "other"
)[];
