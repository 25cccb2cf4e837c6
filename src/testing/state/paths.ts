/**
 * Path rules, as PathUtils.validatePath has them, written down apart from the client's own so that
 * each can catch the other's mistakes.
 */

/** Everything before the last slash; "/" for a child of the root. */
export function parentOf(path: string): string {
  return path.slice(0, Math.max(1, path.lastIndexOf("/")));
}

/** Everything after the last slash. */
export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** Whether the server takes a path for writing. */
export function isValidPath(path: string): boolean {
  if (path === "/") return true;
  if (!path.startsWith("/") || forbidden.test(path)) return false;
  return path.slice(1).split("/").every((name) => name !== "" && name !== "." && name !== "..");
}

// deno-lint-ignore no-control-regex
const forbidden = /[\u0000-\u001f\u007f-\u009f\ud800-\uf8ff\ufff0-\uffff]/;
