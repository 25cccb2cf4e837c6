/**
 * Paths, as strict as the server's PathUtils.validatePath (C's isValidPath lets some through that
 * the server refuses), and the chroot that stands before them.
 */

/** What is wrong with `path`, or null. */
export function pathProblem(path: string): string | null {
  if (typeof path !== "string") return `a path must be a string, not ${typeof path}`;
  if (path.charCodeAt(0) !== slash) return `a path must start with "/"`;
  if (path.length > 1 && path.charCodeAt(path.length - 1) === slash) {
    return `a path must not end with "/"`;
  }
  let segment = 1;
  for (let i = 1; i <= path.length; i++) {
    const char = i === path.length ? slash : path.charCodeAt(i);
    if (char === slash) {
      const problem = path.length === 1 ? null : segmentProblem(path, segment, i);
      if (problem !== null) return problem;
      segment = i + 1;
    } else if (char < 0x20 || char >= 0x7f && forbidden(char)) {
      return `a path must not have the character U+${char.toString(16).padStart(4, "0")}`;
    }
  }
  return null;
}

/** The full path on the server. */
export function addChroot(chroot: string, path: string): string {
  return chroot === "" ? path : path === "/" ? chroot : chroot + path;
}

/** Whether a full path is the chroot or below it; the server matches prefixes without the "/". */
export function isUnder(chroot: string, path: string): boolean {
  return path.startsWith(chroot) &&
    (path.length === chroot.length || path.charCodeAt(chroot.length) === slash);
}

/** The path of a znode's parent; not for "/". */
export function parentOf(path: string): string {
  return path.slice(0, Math.max(1, path.lastIndexOf("/")));
}

/** The path as the application knows it; one outside the chroot stays as it is. */
export function stripChroot(chroot: string, path: string): string {
  if (chroot === "" || !isUnder(chroot, path)) return path;
  return path.length === chroot.length ? "/" : path.slice(chroot.length);
}

const slash = 0x2f;
const dot = 0x2e;

function segmentProblem(path: string, from: number, to: number): string | null {
  if (from === to) return "a path must not have an empty segment";
  if (path.charCodeAt(from) !== dot) return null;
  if (to - from === 1 || to - from === 2 && path.charCodeAt(from + 1) === dot) {
    return `a path must not have a segment "." or ".."`;
  }
  return null;
}

function forbidden(char: number): boolean {
  return char <= 0x9f || char >= 0xd800 && char <= 0xf8ff || char >= 0xfff0;
}
