/** The simulation can fail: each planted bug is found by the seed that is known to find it. */
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { look, planted } from "./planted.ts";

for (const bug of planted) {
  Deno.test(`found by seed ${bug.seed}: ${bug.name}`, async () => {
    assert(bug.seed >= 1 && bug.seed <= 2000);
    const { seed, said } = await look(bug, bug.seed, 1);
    assertEquals(seed, bug.seed);
    assertStringIncludes(said, "!!!");
    assertStringIncludes(said, `deno task simulate --seeds 1 --from ${seed} --trace`);
  });
}

Deno.test("docs/simulation.md names the planted bugs and their seeds", async () => {
  const page = await Deno.readTextFile(new URL("../../docs/simulation.md", import.meta.url));
  const rows = page.matchAll(/^\| (.+?) +\| (\d+) +\| .+ \|$/gm);
  assertEquals(
    [...rows].map(([, name, seed]) => [name, Number(seed)]),
    planted.map(({ name, seed }) => [name, seed]),
  );
});

Deno.test("with batches of two instead of 128, 300 seeds keep all promises", async () => {
  const small = {
    file: "src/session/sending.ts",
    from: "const batch = 128;",
    to: "const batch = 2;",
  };
  const { seed, said } = await look({ name: "", seed: 1, changes: [small] }, 1, 300);
  assertEquals(seed, null, said);
});

Deno.test("a bug that cannot be planted is told, not passed over", async () => {
  const change = { file: "src/process.ts", from: "nothing like this stands there", to: "" };
  const bug = { name: "", seed: 1, changes: [change] };
  await assertRejects(() => look(bug, 1, 1), Error, "src/process.ts has 0 places");
  const often = { ...bug, changes: [{ ...change, from: "import " }] };
  await assertRejects(() => look(often, 1, 1), Error, "places like this where one must be");
});
