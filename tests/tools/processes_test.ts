import { assertEquals, assertLess, assertMatch, assertNotEquals, assertRejects } from "@std/assert";
import { run } from "../../tools/processes.ts";

Deno.test("run() returns the exit code and both outputs", async () => {
  const script =
    'echo "$WORD"; echo there >&2; pwd; read -r line || echo "nothing to read"; exit 3';
  const ended = await run("sh", ["-c", script], { cwd: "/", env: { WORD: "here" } });
  assertEquals(ended.code, 3);
  assertEquals(ended.output.trim().split("\n").sort(), ["/", "here", "nothing to read", "there"]);
});

Deno.test("run() ends what takes too long", async () => {
  const ended = await run("sh", ["-c", "echo begun; exec sleep 60"], { cwd: "/", timeout: 200 });
  assertNotEquals(ended.code, 0);
  assertMatch(ended.output, /^begun\nEnded by force: it took more than 0.2 seconds\n$/);
});

Deno.test("run() does not wait for what an overdue program leaves behind", async () => {
  const script = "sleep 3 & echo begun; wait";
  const start = performance.now();
  await run("sh", ["-c", script], { cwd: "/", timeout: 200 });
  assertLess(performance.now() - start, 2000);
});

Deno.test("run() rejects when there is no such program", async () => {
  await assertRejects(() => run("/no/such/program", [], { cwd: "/" }), Deno.errors.NotFound);
});
