/**
 * Which ZooKeeper a request needs. A server answers an operation that it does not know with
 * UNIMPLEMENTED and closes the connection, at the cost of every other request; so where its version
 * is known, such a request is answered here.
 */
import { OpCode } from "../proto/constants.ts";
import { createOpCode, type Op } from "../proto/multi.ts";

/** The version from which on servers know each operation; those not listed are known to all. */
const introduced: Partial<Record<number, number>> = {
  [OpCode.check]: version(3, 4, 0),
  [OpCode.multi]: version(3, 4, 0),
  [OpCode.sasl]: version(3, 4, 0),
  [OpCode.create2]: version(3, 5, 0),
  [OpCode.reconfig]: version(3, 5, 0),
  [OpCode.checkWatches]: version(3, 5, 0),
  [OpCode.removeWatches]: version(3, 5, 0),
  [OpCode.createContainer]: version(3, 5, 1),
  [OpCode.createTTL]: version(3, 5, 3),
  [OpCode.multiRead]: version(3, 6, 0),
  [OpCode.getEphemerals]: version(3, 6, 0),
  [OpCode.getAllChildrenNumber]: version(3, 6, 0),
  [OpCode.setWatches2]: version(3, 6, 0),
  [OpCode.addWatch]: version(3, 6, 0),
  [OpCode.whoAmI]: version(3, 7, 0),
};

/** The version that is greater than all: it is not known, and nothing is held back. */
export const versionUnknown: number = Infinity;

/** The version that an operation needs, 0 for one that all servers know. */
export function versionNeeded(type: number): number {
  return type < OpCode.check ? 0 : introduced[type] ?? 0;
}

/** The version that a multi needs: that of its newest operation. */
export function versionNeededByAll(ops: readonly Op[]): number {
  let needed = versionNeeded(OpCode.multi);
  for (const op of ops) needed = Math.max(needed, versionNeeded(codeOf(op)));
  return needed;
}

/**
 * Reads "3.4.14", "3.5.3-beta" or "3.8"; null if it is none. Without a third number it stands for
 * the last release of that line.
 */
export function parseVersion(text: string): number | null {
  const match = /^(\d{1,3})\.(\d{1,3})(?:\.(\d{1,3}))?(?:-[\w.-]+)?$/.exec(text);
  if (match === null) return null;
  return version(Number(match[1]), Number(match[2]), Number(match[3] ?? 999));
}

function version(major: number, minor: number, patch: number): number {
  return (major * 1000 + minor) * 1000 + patch;
}

function codeOf(op: Op): number {
  switch (op.type) {
    case "create":
    case "create2":
      return createOpCode(op.mode, op.type);
    default:
      return OpCode[op.type];
  }
}
