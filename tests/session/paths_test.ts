import { assertEquals, assertStringIncludes } from "@std/assert";
import { checkCreatePath } from "../../src/session/checks.ts";
import { addChroot, stripChroot } from "../../src/session/paths.ts";
import { Random } from "../fuzz/random.ts";

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
