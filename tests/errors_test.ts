import { assert, assertEquals, assertInstanceOf, assertMatch } from "@std/assert";
import { errorName, ZooKeeperError } from "../src/errors.ts";
import { Rc } from "../src/proto/constants.ts";
import type { OpResult } from "../src/proto/multi.ts";

Deno.test("errorName() names each code, and leaves unknown ones as numbers", () => {
  assertEquals(errorName(0), "OK");
  assertEquals(errorName(-4), "CONNECTIONLOSS");
  assertEquals(errorName(-101), "NONODE");
  assertEquals(errorName(-127), "THROTTLEDOP");
  for (const [name, rc] of Object.entries(Rc)) assertEquals(errorName(rc), name);
  assertEquals([errorName(-126), errorName(-999), errorName(1)], ["-126", "-999", "1"]);
});

Deno.test("ZooKeeperError has code, rc and what it is made with", () => {
  const cause = new TypeError("the cause");
  const error = new ZooKeeperError(-101, { path: "/app", sent: true, cause });
  assertInstanceOf(error, Error);
  assertEquals(error.name, "ZooKeeperError");
  const { code, rc, path, sent, results, index } = error;
  assertEquals([code, rc, path, sent, results, index], ["NONODE", -101, "/app", true, null, null]);
  assertEquals(error.cause, cause);
  assertMatch(error.stack ?? "", /^ZooKeeperError: /);
});

Deno.test("ZooKeeperError without options concerns no znode and was not sent", () => {
  const { path, sent, results, index } = new ZooKeeperError(-4);
  assertEquals([path, sent, results, index], [null, false, null, null]);
  assert(!("cause" in new ZooKeeperError(-4)));
});

// C's zerror() knows neither -122 nor -125.
Deno.test("ZooKeeperError keeps a code that it does not know", () => {
  const error = new ZooKeeperError(-999, { path: "/app", operation: "delete" });
  assertEquals([error.code, error.rc], ["-999", -999]);
  assertEquals(error.message, `Cannot delete "/app": the server answered with an error (-999)`);
});

Deno.test("ZooKeeperError says what was tried, on what, and why it failed", () => {
  const message = (rc: number, options?: ConstructorParameters<typeof ZooKeeperError>[1]) =>
    new ZooKeeperError(rc, options).message;
  assertEquals(
    message(-110, { operation: "create", path: "/app" }),
    `Cannot create "/app": the znode exists already (NODEEXISTS -110)`,
  );
  assertEquals(
    message(-4, { operation: "commit the multi" }),
    "Cannot commit the multi: the connection was lost (CONNECTIONLOSS -4)",
  );
  assertEquals(message(-4), "The connection was lost (CONNECTIONLOSS -4)");
  assertEquals(message(-4, { path: "/app" }), "The connection was lost (CONNECTIONLOSS -4)");
  assertEquals(message(-4, { path: "/app", message: "Something else" }), "Something else");
});

Deno.test("ZooKeeperError's messages follow the rules: upper case first, no period, the code", () => {
  for (const rc of [...Object.values(Rc), -999]) {
    const plain = new ZooKeeperError(rc).message;
    assertMatch(plain, /^[A-Z][^\n]*[^.] \(([A-Z]+ )?-?\d+\)$/);
    const full = new ZooKeeperError(rc, { operation: "create", path: "/a" }).message;
    assertMatch(full, /^Cannot create "\/a": [a-z]/);
  }
});

Deno.test("ZooKeeperError of a multi has what became of each operation, and which one failed", () => {
  const results: OpResult[] = [{ type: "error", rc: 0 }, { type: "error", rc: -103 }];
  const error = new ZooKeeperError(-103, { results, index: 1 });
  assertEquals([error.results, error.index], [results, 1]);
});
