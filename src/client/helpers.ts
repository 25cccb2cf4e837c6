/** What applications do with several operations at a time, done once and for all. */
import { OPEN_ACL_UNSAFE } from "../proto/acl.ts";
import { checkACL } from "../session/acls.ts";
import * as checks from "../session/checks.ts";
import type { Refusal } from "../session/handle.ts";
import { addChroot, isUnder } from "../session/paths.ts";
import type { CallOptions, CreateOptions } from "../types.ts";
import { Budget, checkCall } from "./budget.ts";
import { deleteRecursive } from "./delete_recursive.ts";
import type { At } from "./calls.ts";
import { ensurePath } from "./ensure_path.ts";
import { Operations } from "./operations.ts";
import { repeatAll } from "./repeated.ts";
import { waitFor, type WaitForOptions } from "./wait_for.ts";

/**
 * Operations made of several requests. Their `timeout` and `signal` are for the whole. If one fails,
 * what was done until then stays done; all of them may be called again, and are with `retry`.
 */
export class Helpers extends Operations {
  readonly #at: At;

  /**
   * Operations of the given session, or of a view of it.
   *
   * @internal
   */
  constructor(at: At) {
    super(at);
    this.#at = at;
  }

  /**
   * Creates a znode and what is missing above it, the znodes of the chroot among them; one that is
   * there is left as it is. The options are those of `create`: `mode` and `ttl` are for the last
   * znode, those above are PERSISTENT; `acl` is for all that are created. Others may do the same at
   * the same time. NOAUTH, NOCHILDRENFOREPHEMERALS, INVALIDACL.
   *
   * @throws {TypeError} for a SEQUENTIAL mode: such a znode is another one each time.
   *
   * @example
   * ```ts
   * import { ZooKeeper } from "@zkst/zookeeper";
   *
   * await using zk = await ZooKeeper.connect("127.0.0.1:2181");
   * await zk.ensurePath("/workers/idle");
   * await zk.deleteRecursive("/workers");
   * ```
   */
  ensurePath(path: string, options: Omit<CreateOptions, "protect"> = {}): Promise<void> {
    const { mode = "PERSISTENT", acl = OPEN_ACL_UNSAFE, ttl = null } = options ?? {};
    const { checkMode, checkPath, checkTTL } = checks;
    const kind = checkMode(mode) ?? checkTTL(mode, ttl) ?? checkACL(acl) ?? notSequential(mode);
    const names = ["signal", "timeout", "retry", "mode", "acl", "ttl"];
    checkCall(checkPath(path) ?? kind, options, names);
    const budget = new Budget(this.#at.zh.platform.clock, options, "ensure the path");
    return repeatAll(
      this.#at,
      options,
      () => ensurePath(this, this.#at, path, options, budget),
    );
  }

  /**
   * Deletes a znode and all below it, whatever their versions; one that is not there is fine. Not
   * all at once: others see the tree shrink, from its leaves up. NOAUTH; NOTEMPTY, when others
   * create faster than it deletes.
   *
   * @throws {TypeError} for "/", and for "/zookeeper", which is the ensemble's own.
   */
  deleteRecursive(path: string, options: CallOptions = {}): Promise<void> {
    const { zh: { platform, settings }, scope: { chroot } } = this.#at;
    const problem = checks.checkPath(path) ?? notOurs(chroot, path);
    checkCall(problem, options, ["signal", "timeout", "retry"]);
    const budget = new Budget(platform.clock, options, "delete");
    const limits = { bytes: settings.maxBuffer >> 1, chroot: chroot.length };
    return repeatAll(this.#at, options, () => deleteRecursive(this, path, limits, budget));
  }

  /**
   * Resolves when the znode is there, or with `gone` when it is not. It outlives lost connections,
   * and leaves no watch behind when its `timeout` or `signal` ends it. Rejects with REQUESTTIMEOUT,
   * with the signal's reason, and at the session's end. On servers before 3.5, which cannot remove a
   * watch, the option `serverVersion` must say so.
   *
   * @example
   * ```ts
   * import { ZooKeeper } from "@zkst/zookeeper";
   *
   * await using zk = await ZooKeeper.connect("127.0.0.1:2181");
   * const coming = zk.waitFor("/leader");
   * await zk.create("/leader", "me", { mode: "EPHEMERAL" });
   * await coming;
   * ```
   */
  waitFor(path: string, options: WaitForOptions = {}): Promise<void> {
    checkCall(checks.checkPath(path), options, ["signal", "timeout", "gone"]);
    return waitFor(this, this.#at, path, options);
  }
}

function notSequential(mode: string): Refusal | null {
  if (!mode.includes("SEQUENTIAL")) return null;
  return { message: `The mode "${mode}" makes another znode each time`, range: false };
}

function notOurs(chroot: string, path: string): Refusal | null {
  if (path === "/") {
    return { message: `"/" is not deleted with all below it; delete its children`, range: false };
  }
  if (!isUnder("/zookeeper", addChroot(chroot, path))) return null;
  return { message: `"${path}" is ZooKeeper's own`, range: false };
}
