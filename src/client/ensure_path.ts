/**
 * A path that is there afterwards. One round trip finds out what is missing, so that the znodes
 * above need be neither written to nor writable; a second one creates that, all at once.
 */
import type { ACL } from "../proto/acl.ts";
import { OPEN_ACL_UNSAFE } from "../proto/acl.ts";
import { acreateAt } from "../session/writes.ts";
import type { CallOptions, CreateOptions } from "../types.ts";
import { type Budget, codeOf } from "./budget.ts";
import type { At, Done } from "./calls.ts";
import type { Operations } from "./operations.ts";
import { call } from "./repeated.ts";

/** How often it begins anew because others delete what is above. */
const attemptsMax = 10;

/** Creates what is missing of a path, and of the chroot it is below. */
export async function ensurePath(
  operations: Operations,
  at: At,
  path: string,
  { mode = "PERSISTENT", acl = OPEN_ACL_UNSAFE, ttl }: CreateOptions,
  budget: Budget,
): Promise<void> {
  // "/" is the chroot's own znode; without one it is always there.
  const levels = ["/", ...levelsOf(path)];
  for (let attempt = 1;; attempt++) {
    const asked = budget.next();
    const found = await Promise.all(levels.map((level) => operations.exists(level, asked)));
    const last = found.findLastIndex((stat) => stat !== null);
    if (last === levels.length - 1) return;
    const options = budget.next();
    const above = last < 0 ? levelsOf(at.scope.chroot) : [];
    const missing = levels.slice(Math.max(1, last + 1));
    const creations = [
      ...above.map((full) => createAt(at, full, acl, options)),
      ...missing.map((level) => {
        const kind = level !== path ? {} : ttl === undefined ? { mode } : { mode, ttl };
        return operations.create(level, null, { ...options, ...kind, acl });
      }),
    ];
    const failure = failureOf(await Promise.allSettled(creations));
    if (failure === null) return;
    if (codeOf(failure) !== "NONODE" || attempt === attemptsMax) throw failure;
  }
}

/** "/a", "/a/b" for "/a/b". */
function levelsOf(path: string): string[] {
  const levels: string[] = [];
  for (let end = path.indexOf("/", 1); end > 0; end = path.indexOf("/", end + 1)) {
    levels.push(path.slice(0, end));
  }
  return path === "/" || path === "" ? levels : [...levels, path];
}

/** Creates a znode of the chroot. */
function createAt(
  at: At,
  full: string,
  acl: readonly ACL[],
  options: CallOptions,
): Promise<void> {
  const submit = (done: Done<unknown, unknown>) => acreateAt(at.zh, full, acl, done, options);
  return call(at, "create", full, options, submit, () => {});
}

/** Why the last one is not there, or null if it is; to come second is as good as to come first. */
function failureOf(outcomes: PromiseSettledResult<unknown>[]): unknown {
  const failures = outcomes.map((outcome) =>
    outcome.status === "rejected" && codeOf(outcome.reason) !== "NODEEXISTS" ? outcome.reason : null
  );
  const last = failures.at(-1) ?? null;
  if (last === null) return null;
  // Without its parent none can be created: what counts is why the parent was not.
  return failures.find((failure) => failure !== null && codeOf(failure) !== "NONODE") ?? last;
}
