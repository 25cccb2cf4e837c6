import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { encodePath, pathProblem } from "../../src/proto/paths.ts";
import { encodeString } from "../../src/proto/strings.ts";
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

Deno.test("pathProblem() refuses what it has refused, and what only resembles a path that is right", () => {
  for (const [good, bad] of [["/ab/c", "/a/./c"], ["/a/bc", "/a//bc"], ["/a-c", "/a\u0001c"]]) {
    assertEquals(pathProblem(good!), null);
    for (let i = 0; i < 2; i++) assertMatch(pathProblem(bad!) ?? "", /^a path must/, bad);
    assertEquals(pathProblem(good!), null);
  }
});

Deno.test("encodePath() writes what encodeString() writes, whatever was checked before", () => {
  const random = new Random(7);
  const paths = ["/", "/€", "/a€b", "/a\u0001b", "a", "/a/", ""];
  for (const length of [1, 2, 61, 62, 63, 64, 200]) {
    for (const end of ["a", "b", "é"]) paths.push(`/${"x".repeat(length)}${end}`);
  }
  // Many of them have their place in common.
  for (let i = 0; i < 600; i++) paths.push(`/n${i}`, `/m${i}`);
  const any = () => paths[random.below(paths.length)]!;
  const bytes = () => new Uint8Array(1000);
  for (let i = 0; i < 50_000; i++) {
    const checked = any();
    const path = random.chance(0.7) ? checked : any();
    pathProblem(checked);
    const [into, expected] = [bytes(), bytes()];
    const length = encodePath(path, into, 5);
    assertEquals(length, encodeString(path, expected, 5), path);
    assertEquals(into.subarray(0, length + 5), expected.subarray(0, length + 5), path);
  }
});
