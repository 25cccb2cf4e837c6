/** Paths and the chroot that stands before them. */

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
