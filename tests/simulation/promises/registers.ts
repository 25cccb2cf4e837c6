/** What is promised of data that several clients read and set. */
import { findAnomaly, type RegisterOperation } from "../linearizable.ts";
import type { Call } from "../history.ts";
import { registers } from "../workload.ts";
import { claimsAnswer, firstOf, type Promised } from "./run.ts";

/** One server alone answers here, so that reads are linearizable too. */
export const linearizable: Promised = {
  name: "registers are linearizable",
  broken: ({ history }) =>
    firstOf(registers, (path) => {
      const ops = history.calls.flatMap((call) =>
        "path" in call.op && call.op.path === path ? asOperation(call) ?? [] : []
      );
      const anomaly = findAnomaly(ops, { value: "0", version: 0 });
      return anomaly === null ? null : `${path}: ${anomaly}`;
    }),
};

/** What a call did to a register; null for one that says nothing and did nothing. */
function asOperation(call: Call): RegisterOperation | null {
  const { op, outcomes: [outcome], submitted } = call;
  const called = submitted.seq;
  const told = outcome !== undefined && claimsAnswer(call) ? outcome : null;
  if (op.name === "getData") {
    if (told?.rc !== 0) return null;
    const [, value, stat] = /^"(.*)" \{(.*)\}$/.exec(told.value)!;
    const version = versionIn(stat!);
    return { called, ended: told.seq, did: { type: "read", value: value!, version } };
  }
  if (op.name !== "setData") return null;
  if (call.refused !== 0 || outcome?.sent === false && told === null) return null;
  const { data: value, version: expected } = op;
  const result = told === null
    ? null
    : told.rc === 0
    ? versionIn(told.value.slice(1))
    : "BADVERSION" as const;
  const did = { type: "write", value, expected, result } as const;
  return { called, ended: told?.seq ?? Infinity, did };
}

/** The sixth field of a Stat in words. */
function versionIn(stat: string): number {
  return Number(stat.split(" ")[5]);
}
