/** The wires that a target may name. */
import type { Logger, Platform } from "../../values.ts";
import type { ClientWire } from "./client_wire.ts";
import type { Numbers } from "./options.ts";
import type { WireName } from "./target.ts";

/** A wire by its name. */
export function wireOf(
  name: WireName,
  _platform: Platform,
  _logger: Logger,
  _numbers: Numbers,
): ClientWire {
  throw new TypeError(`There is no wire "${name}" yet`);
}
