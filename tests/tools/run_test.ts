// The launcher at work on a small project, in which it takes itself along.

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";

const repository = new URL("../../", import.meta.url);

const files: Record<string, string> = {
  "deno.json": JSON.stringify({
    name: "@zkst/small",
    version: "0.0.1",
    license: "MIT",
    exports: { ".": "./mod.ts" },
    imports: { "@std/assert": "jsr:@std/assert@^1.0.0", "@std/async": "jsr:@std/async@^1.0.0" },
    compilerOptions: { isolatedDeclarations: true, noUnusedParameters: true },
    publish: { include: ["mod.ts", "src/"] },
    test: { include: ["tests/"], permissions: { env: true } },
    fmt: { exclude: ["deno.json", "tools/"] },
    lint: { exclude: ["tools/"] },
    lock: false,
  }),
  "README.md": '# Small\n\n```ts\nimport { one } from "@zkst/small";\n\none();\n```\n',
  "mod.ts":
    '/**\n * A small package.\n *\n * @module\n */\n\nexport { one } from "./src/one.ts";\n',
  "src/one.ts": "/** One. */\nexport function one(): number {\n  return 1;\n}\n",
  "tests/one_test.ts": `import { assertEquals } from "@std/assert";
import { one } from "../mod.ts";

Deno.test("one() is one", () => assertEquals(one(), 1));
Deno.test({
  name: "one() reaches a server",
  ignore: !Deno.env.get("ZKST_SERVERS"),
  fn() {},
});
`,
  "examples/loop.ts": "if (Deno.args.length > 0) await Deno.connect({ port: 1 });\n",
  "examples/watch.ts": 'await import("./loop.ts");\n',
  "examples/kimserver.ts": 'await import("./loop.ts");\n',
  "examples/testing.ts": "",
};

/** The project, with other files in it or without some. */
async function project(changes: Record<string, string | null> = {}) {
  const root = await Deno.makeTempDir({ prefix: "zkst-small-" });
  for (const [path, text] of Object.entries({ ...files, ...changes })) {
    if (text === null) continue;
    await Deno.mkdir(`${root}/${path}`.replace(/\/[^/]*$/, ""), { recursive: true });
    await Deno.writeTextFile(`${root}/${path}`, text);
  }
  await copy(new URL("tools", repository).pathname, `${root}/tools`);
  return { root, [Symbol.asyncDispose]: () => Deno.remove(root, { recursive: true }) };
}

async function copy(from: string, to: string): Promise<void> {
  await Deno.mkdir(to);
  for (const { name, isDirectory } of Deno.readDirSync(from)) {
    if (isDirectory) await copy(`${from}/${name}`, `${to}/${name}`);
    else await Deno.copyFile(`${from}/${name}`, `${to}/${name}`);
  }
}

/** Runs the project's launcher where no ZooKeeper can be found, unless a path leads to one. */
async function launch(root: string, args: string[], path = "") {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", "tools/run.ts", ...args],
    cwd: root,
    env: { PATH: path, ZKST_SERVERS: "", NO_COLOR: "1" },
  }).output();
  const [output, errors] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  return { code, output: output!, errors: errors! };
}

Deno.test("run.ts test runs every step, and skips what needs a ZooKeeper", async () => {
  await using small = await project();
  const { code, output } = await launch(small.root, ["test"]);
  assertMatch(output, /^There is no ZooKeeper, .* add --install/m);
  for (const step of ["fmt --check", "lint", "check", "doc --lint", "publish --dry-run"]) {
    assertMatch(output, new RegExp(`^deno ${step} \\.\\.\\. ok \\(`, "m"), output);
  }
  assertMatch(output, /^deno test \.\.\. 1 passed, 0 failed, 1 skipped \(/m);
  for (const step of ["examples/loop.ts", "examples/watch.ts", "examples/kimserver.ts"]) {
    assertMatch(output, new RegExp(`^${step} \\.\\.\\. skipped \\(`, "m"));
  }
  for (const step of ["loop.ts by itself", "watch.ts by itself", "testing.ts"]) {
    assertMatch(output, new RegExp(`^examples/${step} \\.\\.\\. ok \\(`, "m"));
  }
  // The project has no TestServer that documentation could be run against.
  assertMatch(output, /^deno test --doc \.\.\. skipped \(/m);
  assertMatch(output, /\n10 passed, 0 failed, 5 skipped\n$/);
  assertEquals(code, 0);
});

Deno.test("run.ts test reports all failures, and what is not there", async () => {
  await using small = await project({
    "README.md": null,
    "examples/watch.ts": null,
    "mod.ts": '/**\n * ```ts\n * const no: number = "";\n * ```\n * @module\n */\n' +
      'export { one } from "./src/one.ts";\n',
    "src/one.ts": 'export function one() {\n  const two: number = "2";\n  return  1;\n}\n',
    "docs/more.md": '# More\n\n```ts\nconst none: number = "";\nconsole.log(none);\n```\n',
  });
  const { code, output } = await launch(small.root, ["test"]);
  assertStringIncludes(output, "There is no README.md yet");
  assertStringIncludes(output, "docs/more.md#3-7.ts:");
  assertStringIncludes(output, "    There is no examples/watch.ts yet");
  assertStringIncludes(
    output,
    "\nFailed: deno fmt --check, deno lint, deno check, deno doc --lint, deno test, " +
      "deno test --doc, examples/watch.ts, examples/watch.ts by itself, deno publish --dry-run\n",
  );
  assertMatch(output, /\n3 passed, 10 failed, 2 skipped\n$/);
  assertEquals(code, 1);
});

Deno.test("run.ts test -- runs some tests only", async () => {
  await using small = await project();
  const { code, output } = await launch(small.root, ["test", "--", "is", "one"]);
  assertMatch(output, /\n1 passed, 0 failed\n$/);
  assertStringIncludes(output, "1 filtered out");
  assertEquals(code, 0);
  const none = await launch(small.root, ["test", "--", "tests/no_test.ts"]);
  assertMatch(none.output, /\n0 passed, 1 failed\n$/);
  assertEquals(none.code, 1);
});

Deno.test("run.ts test tries integration tests in each world, and says once that there is no 3.9", async () => {
  await using small = await project({
    "tests/integration/world_test.ts": `
const world = Deno.env.get("ZKST_WORLD");
Deno.test("a world", () => {
  if (world === "tcp") throw new Error("fails in " + world);
});
`,
  });
  const { output } = await launch(small.root, ["test"]);
  for (const world of ["real 3.8", "in memory"]) {
    assertMatch(output, new RegExp(`^integration tests, ${world} \\.\\.\\. ok \\(`, "m"), output);
  }
  assertMatch(output, /^integration tests, over TCP \.\.\. FAILED \(/m);
  assertStringIncludes(output, "fails in tcp");
  assertMatch(output, /^integration tests, real 3.9 \.\.\. skipped \(/m);
  assertEquals(output.match(/^ZooKeeper 3.9 is not tested against: .*/gm)?.length, 1);
  // They are not tried beside these.
  assertMatch(output, /^deno test \.\.\. 1 passed, 0 failed, 1 skipped \(/m);
  const one = await launch(small.root, ["test", "--world", "tcp", "--", "tests/integration"]);
  assertMatch(one.output, /\n0 passed, 1 failed\n$/);
});

Deno.test("run.ts test --install asks Debian for a ZooKeeper, and goes on without", async () => {
  await using small = await project({
    "bin/apt-get":
      '#!/bin/sh\necho "$DEBIAN_FRONTEND $@" >>"$0.log"\nexec /usr/bin/test "$2" = update\n',
    "bin/env": '#!/bin/sh\nexec /usr/bin/env "$@"\n',
    "bin/sudo": '#!/bin/sh\nexec "$@"\n',
  });
  const bin = `${small.root}/bin`;
  for (const name of ["apt-get", "env", "sudo"]) await Deno.chmod(`${bin}/${name}`, 0o755);
  const { code, output } = await launch(small.root, ["test", "--install", "--", "one"], bin);
  assertEquals(
    await Deno.readTextFile(`${bin}/apt-get.log`),
    "noninteractive -q update\n" +
      "noninteractive -q install -y --no-install-recommends zookeeper\n",
  );
  assertMatch(output, /Installing ZooKeeper failed at: .*install/);
  assertMatch(output, /\n1 passed, 1 failed, 1 skipped\n$/);
  assertEquals(code, 1);
});

Deno.test("run.ts fails where ZKST_SERVERS names nobody, but tests what it can", async () => {
  await using small = await project();
  const { code, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", "tools/run.ts", "test", "--", "is one"],
    cwd: small.root,
    env: { ZKST_SERVERS: "127.0.0.1:1,127.0.0.1:2/app", NO_COLOR: "1" },
  }).output();
  const output = new TextDecoder().decode(stdout);
  assertStringIncludes(output, "Nobody listens on 127.0.0.1:1,127.0.0.1:2/app: start it, or unset");
  assertMatch(output, /\n1 passed, 1 failed\n$/);
  assertEquals(code, 1);
});

Deno.test("run.ts explains itself when it is misused", async () => {
  await using small = await project();
  const { root } = small;
  const misuses: [string[], string][] = [
    [[], "There is no command given"],
    [["play"], 'There is no command "play"'],
    [["test", "one"], "deno task test -- one"],
    [["test", "--world", "zk", "--", "one"], "--world takes one of 3.8, 3.9, memory, tcp"],
    [["test", "--world", "memory"], "and some tests after --"],
    [["example", "none"], "The examples are: kimserver, loop, testing, watch"],
  ];
  for (const [args, message] of misuses) {
    const { code, errors } = await launch(root, args);
    assertStringIncludes(errors, message);
    assertStringIncludes(errors, "Usage:");
    assertEquals(code, 2);
  }
});

Deno.test("run.ts says how it is used when it is asked, and that is no failure", async () => {
  await using small = await project();
  const asking = [["--help"], ["-h"], ["test", "--help"], ["test", "--install", "-h", "--", "a"]];
  for (const args of [...asking, ["example", "--help"], ["fuzz", "-h"]]) {
    const { code, output, errors } = await launch(small.root, args);
    assertEquals([code, errors, output.startsWith("Usage:\n")], [0, "", true], args.join(" "));
  }
  const { output } = await launch(small.root, ["test", "--", "--help"]);
  assertStringIncludes(output, "deno test");
});

Deno.test("run.ts example passes arguments on, and no more permission than it needs", async () => {
  const program = `const { state } = await Deno.permissions.query({ name: "read" });
console.log(Deno.args.join(), state);
Deno.exit(7);
`;
  await using small = await project({ "examples/loop.ts": program, "examples/tls.ts": program });
  const { code, output } = await launch(small.root, ["example", "loop", "a", "--b"]);
  assertEquals(output.trim().split("\n").at(-1), "a,--b prompt");
  assertEquals(code, 7);
  // It reads certificates.
  const tls = await launch(small.root, ["example", "tls", "host:2281", "ca.pem"]);
  assertEquals(tls.output.trim().split("\n").at(-1), "host:2281,ca.pem granted");
});

Deno.test("run.ts starts the programs that need packages as it finds these", async () => {
  // As from a shell: what this test's own launcher has set up is not there.
  const env = { PATH: Deno.env.get("PATH") ?? "", HOME: Deno.env.get("HOME") ?? "", NO_COLOR: "1" };
  for (const command of ["chaos", "bench"]) {
    const { stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "tools/run.ts", command, "--nonsense", "1"],
      cwd: repository,
      clearEnv: true,
      env,
    }).output();
    assertStringIncludes(new TextDecoder().decode(stderr), `Usage: deno task ${command}`, command);
  }
});
