import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import {
  asStep,
  asTests,
  failure,
  parseSummary,
  Report,
  type Result,
  skip,
  sum,
} from "../../tools/report.ts";

const held = (): Promise<Result> => Promise.resolve(asStep({ code: 0, output: "All well\n" }));

Deno.test("parseSummary() reads the last line of deno test", () => {
  const lines: [string, ReturnType<typeof parseSummary>][] = [
    ["ok | 3 passed | 0 failed (14ms)", { passed: 3, failed: 0, skipped: 0 }],
    ["FAILED | 3 passed | 2 failed (1s)", { passed: 3, failed: 2, skipped: 0 }],
    ["ok | 1 passed | 0 failed | 4 ignored (1s)", { passed: 1, failed: 0, skipped: 4 }],
    [
      "FAILED | 10 passed (3 steps) | 1 failed (1 step) | 2 ignored | 7 filtered out (2m3s)",
      { passed: 10, failed: 1, skipped: 2 },
    ],
    ["ok | 0 passed | 0 failed | 9 filtered out (2ms)", { passed: 0, failed: 0, skipped: 0 }],
    [
      "\x1b[0m\x1b[32mok\x1b[0m | 3 passed | 0 failed \x1b[0m\x1b[38;5;245m(1s)\x1b[0m",
      { passed: 3, failed: 0, skipped: 0 },
    ],
    ["error: Type checking failed.", null],
    ["it says ok | 3 passed | 0 failed", null],
  ];
  for (const [line, counts] of lines) {
    assertEquals(parseSummary(`running 1 test from ./a.ts\n\n${line}\n\n`), counts);
  }
});

Deno.test("parseSummary() reads the last one of several", () => {
  const output = "ok | 1 passed | 0 failed (1ms)\n\nFAILED | 2 passed | 3 failed (1ms)\n";
  assertEquals(parseSummary(output), { passed: 2, failed: 3, skipped: 0 });
});

Deno.test("asTests() believes the exit code where it is worse than the numbers", () => {
  const output = "ok | 3 passed | 0 failed | 1 ignored (1s)\n";
  assertEquals(asTests({ code: 0, output }), { passed: 3, failed: 0, skipped: 1, output });
  assertEquals(asTests({ code: 1, output }), { passed: 3, failed: 1, skipped: 1, output });
  const broken = "error: Type checking failed.\n";
  assertEquals(asTests({ code: 1, output: broken }), failure(broken));
  assertEquals(asTests({ code: 0, output: "" }), failure(""));
});

Deno.test("asStep() goes by the exit code", () => {
  assertEquals(asStep({ code: 0, output: "" }), { passed: 1, failed: 0, skipped: 0, output: "" });
  assertEquals(asStep({ code: 3, output: "Oh" }), failure("Oh"));
});

Deno.test("sum() mentions what was skipped only if something was", () => {
  assertEquals(sum({ passed: 3, failed: 0, skipped: 0 }), "3 passed, 0 failed");
  assertEquals(sum({ passed: 3, failed: 2, skipped: 1 }), "3 passed, 2 failed, 1 skipped");
});

Deno.test("Report counts all steps, and ends with the sum", async () => {
  let shown = "";
  const report = new Report((text) => shown += text);
  await report.step("one", held);
  await report.step("two", () => Promise.resolve(skip("No server")));
  await report.step("three", () => {
    return Promise.resolve({ passed: 5, failed: 0, skipped: 2, output: "Five\n" });
  });
  assertEquals(report.end(), 0);
  assertMatch(shown, /^one \.\.\. ok \(\d+\.\d s\)\ntwo \.\.\. skipped \(\d+\.\d s\)\n/);
  assertMatch(shown, /^three \.\.\. 5 passed, 0 failed, 2 skipped \(/m);
  assertStringIncludes(shown, "\n    No server\n");
  assertMatch(shown, /\n6 passed, 0 failed, 3 skipped\n$/);
});

Deno.test("Report goes on after a failure, shows its output and names it at the end", async () => {
  let shown = "";
  const report = new Report((text) => shown += text);
  await report.step("one", () => Promise.resolve(failure("First line\nsecond line\n")));
  await report.step("two", () => Promise.reject(new Error("No such program")));
  await report.step("three", held);
  assertEquals(report.end(), 1);
  assertMatch(shown, /^one \.\.\. FAILED \(.*\)\n {4}First line\n {4}second line\n/);
  assertMatch(shown, /^two \.\.\. FAILED \(.*\)\n {4}No such program\n/m);
  assertMatch(shown, /\nFailed: one, two\n1 passed, 2 failed\n$/);
});

Deno.test("Report leaves the output of a live step to the step", async () => {
  let shown = "";
  const report = new Report((text) => shown += text);
  await report.step("one", () => Promise.resolve(failure("Shown before")), true);
  assertMatch(shown, /^one \.\.\.\none \.\.\. FAILED \(.*\)\n$/);
});
