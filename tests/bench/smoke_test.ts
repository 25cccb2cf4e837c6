/**
 * The whole bench at its smallest, so that it does not rot: every operation, all our programs, one
 * round of a moment. Peers are not there for it, nor a C compiler: the null server is ours.
 */
import { assert, assertEquals, assertGreater } from "@std/assert";

const main = decodeURI(new URL("../../bench/main.ts", import.meta.url).pathname);
const programs = ["bare_promises", "promises", "bare_callbacks", "callbacks"];

Deno.test("The bench measures every operation with every API", async () => {
  const { code, stdout, stderr } = await bench(
    "--depth=2",
    "--size=10",
    `--only=${programs}`,
    "--rounds=1",
    "--seconds=0.02",
    "--json=-",
  );
  assertEquals(code, 0, stderr);
  const { scenes, leftOut } = JSON.parse(stdout);
  assertEquals(leftOut, ["the null server in C; ours in TypeScript stands in for it"]);
  assertEquals(
    scenes.map(({ operation }: { operation: string }) => operation),
    ["get", "set", "create", "exists", "multi", "children"],
  );
  for (const { operation, medians } of scenes) {
    assertEquals(medians.map(({ name }: { name: string }) => name), programs);
    for (const { name, rate, cpu, rss, ofBare } of medians) {
      const what = `${operation}, ${name}`;
      assertGreater(rate, 0, what);
      assert(cpu >= 0 && rss > 10, what);
      assertEquals(ofBare !== null, !name.startsWith("bare"), what);
    }
  }
});

Deno.test("The bench of service discovery runs", async () => {
  const { code, stdout, stderr } = await bench("discovery", "--quick");
  assertEquals(code, 0, stderr);
  for (const what of ["read cold", "data watches", "all restart", "registered at once"]) {
    assert(stdout.includes(what), stdout);
  }
  assertEquals((await bench("discovery", "--outage", "none")).code, 2);
});

Deno.test("The bench of RPC measures ours and the bare loops", async () => {
  const only = ["bare", "wire", "rpc", "bare_tiny", "tiny"];
  const { code, stdout, stderr } = await bench(
    "rpc",
    "--rounds=1",
    "--seconds=0.02",
    `--only=${only}`,
    "--json=-",
  );
  assertEquals(code, 0, stderr);
  const names: string[] = [];
  for (const { rows } of JSON.parse(stdout).results) {
    for (const { name, rate } of rows) {
      names.push(name);
      assertGreater(rate, 0, name);
    }
  }
  const [native, tiny] = [only.slice(0, 3), only.slice(3)];
  assertEquals(names, [...native, ...native, ...tiny, ...tiny]);
  const memory = await bench("rpc", "--calls=1000");
  assertEquals(memory.code, 0, memory.stderr);
  assertEquals(memory.stdout.trim().split("\n").length, 12, memory.stdout);
  assertEquals((await bench("rpc", "--only=other")).code, 2);
});

Deno.test("The bench scales", async () => {
  const { code, stdout, stderr } = await bench(
    "scaling",
    "--quick",
    "--only=outstanding,event",
    "--json=-",
  );
  assertEquals(code, 0, stderr);
  const { outstanding, event } = JSON.parse(stdout).experiments;
  assertEquals(outstanding.map(({ requests }: { requests: number }) => requests), [1000, 10_000]);
  for (const row of outstanding) assertGreater(row["bytes each"], 50);
  assertEquals(event.map(({ watchers }: { watchers: number }) => watchers), [1, 1000]);
});

Deno.test("The bench says what is wrong with its arguments, and how they are given", async () => {
  const { code, stderr } = await bench("--ops=put");
  assertEquals(code, 2);
  assert(/--ops takes get.*not "put"\n\nUsage: deno task bench/s.test(stderr), stderr);
});

async function bench(...args: string[]) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", "--no-check", "--no-lock", main, ...args],
    env: { CC: "no-such-compiler", NO_COLOR: "1" },
  }).output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}
