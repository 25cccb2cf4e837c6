/** What a channel is told to call: "zk:/services?lb=p2c", "static:10.0.0.5:8000,10.0.0.6:8000". */
import type { Address } from "../../discovery/mod.ts";
import { splitAddress } from "../../discovery/layouts/reading.ts";
import { pathProblem } from "../../proto/paths.ts";

/** What carries calls. */
export type WireName = "native" | "tiny_rpc";

/** A target, taken apart. */
export interface Target {
  readonly text: string;
  readonly wire: WireName;
  /** The znode that services stand below; null for addresses that are given. */
  readonly basePath: string | null;
  /** The addresses; none for those that are found. */
  readonly addresses: readonly Address[];
  /** The balancer's name; null where it is not said. */
  readonly lb: string | null;
}

const kinds: Readonly<Record<string, { wire: WireName; found: boolean }>> = {
  "zk": { wire: "native", found: true },
  "static": { wire: "native", found: false },
  "tinyrpc-zk": { wire: "tiny_rpc", found: true },
  "tinyrpc": { wire: "tiny_rpc", found: false },
};

const forms = '"zk:/services", "static:host:port,…", "tinyrpc-zk:/" or "tinyrpc:host:port,…"';

/**
 * Takes a target apart.
 *
 * @throws {TypeError} for one that is none, and says what is allowed.
 */
export function parseTarget(text: string): Target {
  if (typeof text !== "string") throw new TypeError(`A channel's target must be ${forms}`);
  const [, kind = "", rest = "", query = null] = /^([\w-]+):([^?]*)(?:\?(.*))?$/.exec(text) ?? [];
  const known = Object.hasOwn(kinds, kind) ? kinds[kind]! : null;
  const shown = JSON.stringify(text);
  if (known === null) throw new TypeError(`A channel's target must be ${forms}, not ${shown}`);
  const { wire, found } = known;
  const lb = query === null ? null : readQuery(query, shown);
  if (!found) return { text, wire, basePath: null, addresses: readAddresses(rest, shown), lb };
  const problem = pathProblem(rest);
  if (problem !== null) throw new TypeError(`The target ${shown} has no valid path: ${problem}`);
  return { text, wire, basePath: rest, addresses: [], lb };
}

function readQuery(query: string, shown: string): string | null {
  const given = new URLSearchParams(query);
  for (const name of given.keys()) {
    if (name !== "lb") throw new TypeError(`The target ${shown} has "${name}"; it may have "lb"`);
  }
  return given.get("lb");
}

function readAddresses(text: string, shown: string): Address[] {
  return text.split(",").map((part) => {
    const address = splitAddress(part.trim());
    if (address !== null) return address;
    throw new TypeError(
      `The target ${shown} has ${JSON.stringify(part)}, which is no "host:port" or "[::1]:port"`,
    );
  });
}
