/** A slice of `deno task chaos`, and whether what looks at a run would see what is wrong. */
import { assert, assertEquals } from "@std/assert";
import { howToInstall, installed } from "../../tools/servers.ts";
import { chaos } from "./chaos.ts";
import { anomalyIn, type Write } from "./registers.ts";
import { isWell, tell } from "./report.ts";

const absent = !installed();
// deno-lint-ignore no-console
if (absent) console.log(`Chaos needs real servers: ${howToInstall()}`);

Deno.test({
  name: "Nothing is lost, done twice or left hanging while servers and networks fail",
  ignore: absent,
  async fn() {
    const report = await chaos({ seed: 7, time: 35_000, clients: 20, progress: () => {} });
    assert(isWell(report), tell(report));
    // Faults that do nothing find nothing.
    assert(report.faults.size > 3 && report.lostConnections > 10, tell(report));
  },
});

/** Writes of a register, in short: called, ended, expected version, result. */
function writes(...all: [number, number, number, number | "BADVERSION" | null][]): Write[] {
  return all.map(([called, ended, expected, result], i) => {
    return { called, ended, expected, result, value: `v${i}` };
  });
}

Deno.test("Writes in order are linearizable, whatever became of those that are not known", () => {
  assertEquals(anomalyIn(writes([0, 1, 0, 1], [2, 3, 1, 2], [4, 5, 1, "BADVERSION"])), null);
  assertEquals(anomalyIn(writes([0, 9, 0, 1], [1, 2, 0, "BADVERSION"])), null);
  // Nobody else made the second version: it was done. The third may have been done or not.
  assertEquals(
    anomalyIn(writes([0, 1, 0, 1], [2, Infinity, 1, null], [3, Infinity, 1, null], [5, 6, 2, 3])),
    null,
  );
});

Deno.test("A register that breaks its promise is found", () => {
  const refused = anomalyIn(writes([0, 1, 0, 1], [2, 3, 1, "BADVERSION"]));
  assert(refused !== null, "Refused with the version that it had");
  const swapped = anomalyIn(writes([5, 6, 0, 1], [1, 2, 1, 2]));
  assert(swapped !== null, "The second version before the first was asked for");
  const twice = anomalyIn(writes([0, 1, 0, 1], [2, 3, 0, 1]));
  assert(twice !== null, "One version, made twice");
  const late = anomalyIn(writes([0, 1, 0, 1], [9, Infinity, 1, null], [5, 6, 2, 3]));
  assert(late !== null, "On top of what was asked for later");
});
