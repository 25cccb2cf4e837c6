/**
 * The znodes above instances. They are containers, so that the server takes away those that stay
 * empty (CURATOR-163), and PERSISTENT where it has none.
 */
import { type ACL, OPEN_ACL_UNSAFE } from "../values.ts";
import type { ZooKeeper } from "../zookeeper.ts";

/** Creates what is missing above instances. */
export class Parents {
  #containers: boolean;

  constructor(
    readonly zk: ZooKeeper,
    readonly acl: readonly ACL[] = OPEN_ACL_UNSAFE,
    persistent: boolean = false,
  ) {
    this.#containers = !persistent;
  }

  /** Creates a znode and those above it that are missing. Others may do the same at once. */
  async ensure(path: string): Promise<void> {
    const mode = this.#containers ? "CONTAINER" : "PERSISTENT";
    // "/" is the chroot's own znode; without one it is there.
    if (await this.zk.exists("/") === null) await this.zk.ensurePath("/");
    const levels = levelsOf(path);
    const { acl } = this;
    const created = levels.map((level) => this.zk.create(level, null, { mode, acl }));
    const outcomes = await Promise.allSettled(created);
    const failures = outcomes.flatMap((one) => one.status === "rejected" ? [one.reason] : []);
    if (mode === "CONTAINER" && failures.some(({ code }) => code === "UNIMPLEMENTED")) {
      // A server that had to be asked has closed the connection on the rest.
      this.#containers = false;
      return await this.ensure(path);
    }
    const last = outcomes.at(-1);
    if (last?.status !== "rejected" || last.reason.code === "NODEEXISTS") return;
    // Without its parent none can be created: what counts is why the parent was not.
    throw failures.find(({ code }) => code !== "NODEEXISTS" && code !== "NONODE") ?? last.reason;
  }
}

/** "/a", "/a/b" for "/a/b". */
function levelsOf(path: string): string[] {
  const names = path.split("/").filter((name) => name !== "");
  return names.map((_, i) => `/${names.slice(0, i + 1).join("/")}`);
}
