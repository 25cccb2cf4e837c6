import { classPath, java, missingJar } from "./java.ts";
import { beside, build, runs, testPeer } from "./peer.ts";

const jars = [
  "curator-recipes",
  "curator-x-discovery",
  "curator-framework",
  "curator-client",
  "zookeeper",
  "zookeeper-jute",
  "jackson-databind",
  "jackson-core",
  "jackson-annotations",
  "guava",
  "slf4j-simple",
];

/* Of a Stat there is: version, cversion, aversion, whether it is ephemeral, length, children. */

testPeer({
  name: "Curator",
  missing: missing(),
  async command(folder) {
    const sources = ["Main", "Framework", "Watches", "Recipes", "Discovery", "Sessions"]
      .map((name) => beside(`curator/${name}.java`));
    await build(
      "javac",
      "-J-XX:TieredStopAtLevel=1",
      "-J-XX:+UseSerialGC",
      "-nowarn",
      "-d",
      folder,
      "-cp",
      classPath(jars),
      ...sources,
    );
    return java(classPath(jars, folder), "Main");
  },
  expected: {
    "create": [
      "/create/a",
      [0, 0, 0, 0, 4, 0],
      "NODEEXISTS",
      "NONODE",
      "/create/b/c",
      "/create/a",
      [1, 0, 0, 0, 5, 0],
      "/create/_c_...p-0000000002",
      "NOCHILDRENFOREPHEMERALS",
      "/create/s-0000000003",
      "NOTEMPTY",
      "BADVERSION",
      "NONODE",
      null,
      "/inside",
      [0, 0, 0, 0, 9, 0],
    ],
    "data": [
      1000,
      [1, 0, 0, 0, 3, 0],
      "BADVERSION",
      "NONODE",
      "NONODE",
      "new",
      [2, 0, 0, 0, 0, 0],
      null,
    ],
    "children": [["a", "b", "é"], [0, 3, 0, 0, 0, 3], [], "NONODE"],
    "background": [
      ["CREATE", 0, "/background/s-", "/background/s-0000000000"],
      ["SET_DATA", -101, "/background/none", null],
      ["GET_DATA", 0, "/background", null],
      ["CHILDREN", 0, "/background", null],
      ["EXISTS", -101, "/background/none", null],
      ["GET_ACL", 0, "/background", null],
      ["SYNC", 0, "/background", "/background"],
      ["DELETE", 0, "/background/s-0000000000", null],
    ],
    "containers": [["c", "t", "t-0000000002"], ["t-0000000002"]],
    "transaction": [
      ["CHECK", null, 0, null],
      ["CREATE", "/transaction/s-0000000001", 0, null],
      ["CREATE", null, 0, null],
      ["CREATE", null, 0, null],
      ["SET_DATA", null, 0, [1, 0, 0, 0, 2, 0]],
      ["DELETE", null, 0, null],
      ["BADVERSION", [0, -103, -2]],
      ["a", "c", "s-0000000001"],
    ],
    "reads at once": [["a", [0, 0, 0, 0, 1, 0]], -101, ["a"], -101],
    "acl": [
      "31 digest me:016djjlksVQS5RgX3M7biBGyYwY=",
      "NOAUTH",
      "NOAUTH",
      "NOAUTH",
      "NOAUTH",
      "NOAUTH",
      "NOAUTH",
      "NOAUTH",
      "BADVERSION",
      "INVALIDACL",
      [0, 1, 1, 0, 4, 1],
      "mine",
      "NOAUTH",
    ],
    "java client": [
      ["/java-client/e", "/java-client/f"],
      ["/java-client/f"],
      3,
      "NONODE",
      ["digest me", "ip 127.0.0.1"],
      "",
      true,
      10000,
    ],
    "one-shot watches": [
      "NodeCreated /one-shot-watches/a",
      "NodeChildrenChanged /one-shot-watches",
      "NodeDataChanged /one-shot-watches/a",
      "NodeDeleted /one-shot-watches/a",
    ],
    "persistent watches": [
      "NodeCreated /persistent-watches/a",
      "NodeDataChanged /persistent-watches/a",
      "NodeChildrenChanged /persistent-watches/a",
      "NodeChildrenChanged /persistent-watches/a",
      "NodeDeleted /persistent-watches/a",
      "NodeCreated /persistent-watches/a",
    ],
    "recursive watches": [
      "NodeCreated /recursive-watches/a",
      "NodeDataChanged /recursive-watches/a",
      "NodeCreated /recursive-watches/a/b",
      "NodeDataChanged /recursive-watches/a/b",
      "NodeDeleted /recursive-watches/a/b",
      "NodeDeleted /recursive-watches/a",
      "NodeCreated /recursive-watches/a",
    ],
    "removed watches": [[
      "DataWatchRemoved /removed-watches",
      "ChildWatchRemoved /removed-watches",
      "PersistentWatchRemoved /removed-watches",
    ], "NOWATCHER"],
    "cache": [3, ["initialized", ["NODE_CREATED", "/cache/c", "new"], [
      "NODE_CHANGED",
      "/cache/a/b",
      "changed",
    ], ["NODE_DELETED", "/cache/c", ""]], 3],
    "mutex": [false, true, "second has it", 1],
    "read write lock": [true, false, true, false],
    "semaphore": [true, true],
    "leader": ["first", false, "second"],
    "barrier": [true, true, true, true],
    "counts": [40, 7, false],
    "group": ["me"],
    "queue": ["a", "a", "b", "c", true],
    "discovery": [
      ["service"],
      ["one 1 about one", "two 2 about two"],
      null,
      0,
      ["one", "two"],
      "changed",
      0,
    ],
    "expiry": [["SUSPENDED", "LOST", "RECONNECTED"], true, ["NodeDeleted /expiry/e"], null],
    "cut": [
      ["SUSPENDED", "RECONNECTED"],
      true,
      true,
      ["NodeDataChanged /cut/data", "NodeDataChanged /cut/e", "None null"],
      false,
      true,
    ],
  },
});

function missing(): string | null {
  if (!runs("javac", "-version")) return "there is no javac: install Debian's default-jdk-headless";
  return missingJar("curator-recipes", "libcurator-recipes-java") ??
    missingJar("curator-x-discovery", "libcurator-discovery-java");
}
