import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { checkCreatePath } from "../../src/session/checks.ts";
import { addChroot, pathProblem, stripChroot } from "../../src/session/paths.ts";
import { Random } from "../fuzz/random.ts";

// C: TestClient.cc testPathValidation, whose znodes are not needed here.
Deno.test("pathProblem() refuses and accepts what testPathValidation does", () => {
  const bad = ["", "//", "///", "////", "/.", "/..", "/./", "/../", "/foo/./", "/foo/../", "/foo/."]
    .concat(["/foo/..", "/./.", "/../..", "/foo/bar/", "/foo//bar", "/foo/bar//", "foo", "a"]);
  const good = ["/", "/createseq", "/.foo", "/.f.", "/..f", "/..f..", "/f.c", "/f", "/f/.f"]
    .concat(["/f/f.", "/f/..f", "/f/f..", "/f/.f/f", "/f/f./f"]);
  for (const path of bad) assertMatch(pathProblem(path) ?? "", /^a path must/, path);
  for (const path of good) assertEquals(pathProblem(path), null, path);
});

Deno.test("checkCreatePath() lets a sequential path end in a slash, as testPathValidation does", () => {
  for (const mode of ["PERSISTENT_SEQUENTIAL", "EPHEMERAL_SEQUENTIAL"]) {
    for (const path of ["/", "/createseq/", "/createseq/.", "/createseq/..", "/createseq/n-"]) {
      assertEquals(checkCreatePath(path, mode), null, path);
    }
    for (const path of ["/createseq//", "/createseq/./", "/createseq/../", "", "createseq"]) {
      assertStringIncludes(checkCreatePath(path, mode)?.message ?? "", "is not valid", path);
    }
  }
  for (const mode of ["PERSISTENT", "EPHEMERAL", "CONTAINER", "PERSISTENT_WITH_TTL"]) {
    assertStringIncludes(checkCreatePath("/createseq/", mode)?.message ?? "", `end with "/"`);
  }
});

Deno.test("pathProblem() says what is wrong", () => {
  const problems = [
    ["", `a path must start with "/"`],
    ["a/b", `a path must start with "/"`],
    ["/a/", `a path must not end with "/"`],
    ["//a", "a path must not have an empty segment"],
    ["/a//b", "a path must not have an empty segment"],
    ["/a/./b", `a path must not have a segment "." or ".."`],
    ["/..", `a path must not have a segment "." or ".."`],
    ["/a\u0000", "a path must not have the character U+0000"],
    ["/\ufff0b", "a path must not have the character U+fff0"],
  ] as const;
  for (const [path, problem] of problems) assertEquals(pathProblem(path), problem);
  for (const path of [null, undefined, 7, ["/a"]]) {
    assertEquals(pathProblem(path as never), `a path must be a string, not ${typeof path}`);
  }
});

// C's isValidPath lets 0x1f, 0x7f and much of Unicode through, which the server then refuses.
Deno.test("pathProblem() refuses the characters that the server refuses, and no others", () => {
  const ranges = [[0x00, 0x1f], [0x7f, 0x9f], [0xd800, 0xf8ff], [0xfff0, 0xffff]] as const;
  const refused = (char: number) => ranges.some(([from, to]) => char >= from && char <= to);
  for (let char = 0; char <= 0xffff; char++) {
    if (char === 0x2f) continue;
    for (const path of [`/a${String.fromCharCode(char)}b`, `/a/b${String.fromCharCode(char)}`]) {
      const problem = pathProblem(path);
      const number = char.toString(16).padStart(4, "0");
      const expected = refused(char) ? `a path must not have the character U+${number}` : null;
      assertEquals(problem, expected);
    }
  }
});

Deno.test("pathProblem() refuses characters beyond the BMP, as the server does", () => {
  assertStringIncludes(pathProblem("/😀") ?? "", "U+d83d");
});

/** The rules of PathUtils.validatePath, said in another way. */
function validByRule(path: string): boolean {
  if (path === "/") return true;
  const [first, ...segments] = path.split("/");
  return first === "" && segments.length > 0 &&
    segments.every((segment) => !["", ".", ".."].includes(segment)) &&
    // deno-lint-ignore no-control-regex
    !/[\u0000-\u001f\u007f-\u009f\ud800-\uf8ff\ufff0-\uffff]/.test(path);
}

Deno.test("pathProblem() agrees with the rules on random paths", () => {
  const random = new Random(20_260_801);
  const alphabet = [..."////....ab", "é", "€", "\u001f", "\u009f", "\uf8ff"];
  let good = 0;
  for (let i = 0; i < 50_000; i++) {
    const length = random.below(9);
    // Most of the odd characters are left out most of the time, or no path would be valid.
    const chars = random.chance(0.8) ? 12 : alphabet.length;
    let path = random.chance(0.9) ? "/" : "";
    for (let j = 0; j < length; j++) path += alphabet[random.below(chars)]!;
    const valid = validByRule(path);
    good += valid ? 1 : 0;
    assertEquals(pathProblem(path) === null, valid, JSON.stringify(path));
  }
  assertEquals(good > 5000, true, `Only ${good} of the paths were valid`);
});

Deno.test("addChroot() puts the chroot before a path", () => {
  assertEquals(addChroot("", "/"), "/");
  assertEquals(addChroot("", "/a"), "/a");
  assertEquals(addChroot("/app", "/"), "/app");
  assertEquals(addChroot("/app", "/a"), "/app/a");
  assertEquals(addChroot("/app/b", "/a/c"), "/app/b/a/c");
  assertEquals(addChroot("/app", "/app"), "/app/app");
});

// C compares the beginning alone: of "/app" it makes "le" of "/apple".
Deno.test("stripChroot() takes the chroot off, at a slash only", () => {
  assertEquals(stripChroot("", "/a"), "/a");
  assertEquals(stripChroot("/app", "/app"), "/");
  assertEquals(stripChroot("/app", "/app/a"), "/a");
  assertEquals(stripChroot("/app", "/app/app"), "/app");
  assertEquals(stripChroot("/app/b", "/app/b/a/c"), "/a/c");
  // C takes "/app" off "/apple" too.
  assertEquals(stripChroot("/app", "/apple"), "/apple");
  assertEquals(stripChroot("/app", "/apple/app"), "/apple/app");
  assertEquals(stripChroot("/app", "/ap"), "/ap");
  assertEquals(stripChroot("/app", "/"), "/");
  assertEquals(stripChroot("/app", "/zookeeper/config"), "/zookeeper/config");
  assertEquals(stripChroot("/app", ""), "");
});

Deno.test("stripChroot() undoes addChroot()", () => {
  const random = new Random(4242);
  const path = () =>
    Array.from({ length: 1 + random.below(3) }, () => `/${random.below(30)}`).join("");
  for (let i = 0; i < 5000; i++) {
    const [chroot, below] = [random.chance(0.2) ? "" : path(), random.chance(0.2) ? "/" : path()];
    assertEquals(stripChroot(chroot, addChroot(chroot, below)), below);
  }
});
