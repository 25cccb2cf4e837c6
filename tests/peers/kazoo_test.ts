import { beside, install, runs, testPeer } from "./peer.ts";

/** Debian's, whichever other Python is first on the path. */
const python = "/usr/bin/python3";

const missing = runs(python, "-c", "import kazoo") ? null : install("python3-kazoo");

/*
 * A Stat is here: version, cversion, aversion, length, children, then whether the znode was never
 * changed (czxid = mzxid), never had a child (czxid = pzxid), has sane times, and is ephemeral.
 */

testPeer({
  name: "kazoo",
  missing,
  // It is not to leave compiled files behind.
  command: () => [python, "-B", beside("kazoo")],
  expected: {
    "server": { "ruok": "imok", "version": [3, 8], "isro": "rw", "timeout": 10000, "password": 16 },
    "create": {
      "stat": ["/create/a", [0, 0, 0, 4, 0, true, true, true, false]],
      "exists": "NodeExistsError",
      "no parent": "NoNodeError",
      "makepath": "/create/b/c",
      "ensure": "/create/b/c/d",
      "not empty": "NotEmptyError",
      "recursive": null,
      "gone": null,
      "absent": "NoNodeError",
      "parent": [0, 3, 0, 0, 1, true, false, true, false],
      "the root": "BadArgumentsError",
    },
    "sequence": [
      "/sequence/n-0000000000",
      "/sequence/n-0000000001",
      "/sequence/n-0000000003",
      "/sequence/0000000004",
    ],
    "data": {
      "set": [1, 0, 0, 6, 0, false, true, true, false],
      "later": [true, true],
      "got": ["second", [1, 0, 0, 6, 0, false, true, true, false]],
      "bad version": "BadVersionError",
      "right version": 2,
      "bad delete": "BadVersionError",
      "empty": "",
      "absent": ["NoNodeError", "NoNodeError"],
      "sync": "/data/a",
      "no sync": "/data/b",
    },
    "children": {
      "names": [["a", "b", "é"], [0, 3, 0, 0, 3, true, false, true, false]],
      "after": [["b", "é"], [0, 4, 0, 0, 2, true, false, true, false]],
      "none": [],
      "absent": "NoNodeError",
      "system": ["config", "quota"],
    },
    "ephemeral": ["/ephemeral/e", "/ephemeral/s-0000000001", true, "NoChildrenForEphemeralsError", [
      ["CHILD", "CONNECTED", "/ephemeral"],
      ["DELETED", "CONNECTED", "/ephemeral/e"],
    ], []],
    "watches": [
      ["CREATED", "CONNECTED", "/watches/a"],
      ["CHILD", "CONNECTED", "/watches"],
      ["CHANGED", "CONNECTED", "/watches/a"],
      ["DELETED", "CONNECTED", "/watches/a"],
      ["DELETED", "CONNECTED", "/watches/a"],
      ["CHILD", "CONNECTED", "/watches"],
    ],
    "watchers": [
      ["data", null, null],
      ["data", "1", "CREATED"],
      ["data", "2", "CHANGED"],
      ["data", null, "DELETED"],
      ["children", []],
      ["children", ["b"]],
    ],
    "transaction": {
      "done": [
        true,
        "/transaction/b",
        "/transaction/b/s-0000000000",
        [1, 0, 0, 2, 0, false, true, true, false],
        "/transaction/c",
        true,
      ],
      "one zxid": true,
      "failed": ["RolledBackError", "BadVersionError", "RuntimeInconsistency"],
      "undone": [null, "aa"],
      "none": [],
      "children": ["a", "b"],
    },
    "acl": {
      "acls": [[31, "digest", "me:016djjlksVQS5RgX3M7biBGyYwY="]],
      "stat": [0, 1, 0, 4, 1, true, false, true, false],
      "refused": [
        "NoAuthError",
        "NoAuthError",
        "NoAuthError",
        "NoAuthError",
        "NoAuthError",
        "NoAuthError",
      ],
      "allowed": "mine",
      "changed": [0, 1, 1, 4, 1, true, false, true, false],
      "stranger": ["mine", "NoAuthError"],
      "bad version": "BadVersionError",
      "invalid": ["InvalidACLError", "InvalidACLError", "InvalidACLError", "InvalidACLError"],
      "no scheme": "AuthFailedError",
      "failed": "AuthFailedError",
    },
    "lock": [[true, false], [["first", ["first", "second"]], ["second", ["second"]]], true, [
      "first",
    ], true],
    "lock_modes": [true, true, false, true, true, true, false, true, [true, false], [true, true]],
    "election": [["first", "second", "third"], ["first", "third"]],
    "queue": [[4, 0], ["urgent", "first", "second", "late"], null],
    "locking_queue": [["one", true, "two"], [true, true, "two", true], "three", true, 0, null],
    "counter": 40,
    "party": [["me", "you"], ["me"]],
    "chroot": ["NoNodeError", ["/a", "/s-0000000001"], ["/t"], [["CHILD", "CONNECTED", "/"]], [
      "a",
      "s-0000000001",
      "t",
    ]],
    "too_large": ["ConnectionLoss", ["SUSPENDED", "CONNECTED"], true, null, 1000000],
    "cut": {
      "states": ["SUSPENDED", "CONNECTED"],
      "kept": true,
      "ephemeral": true,
      "events": [["NONE", "CONNECTING", null]],
      "data": ["1", "2"],
      "auth": "mine",
      "lock": [false, ["held"]],
      "released": [true, true],
    },
    "expiry": {
      "states": ["SUSPENDED", "LOST", "CONNECTED"],
      "new": true,
      "gone": [["DELETED", "CONNECTED", "/expiry/e"]],
      "events": [["NONE", "CONNECTING", null]],
      "works": "/expiry/e",
    },
  },
});

testPeer({
  name: "kazoo",
  missing,
  oursAlone: true,
  command: () => [python, "-B", beside("kazoo/faults.py")],
  expected: {
    "lost_create": [true, 1, [["SUSPENDED", "CONNECTED"], true], true, []],
    "lost_set": ["ConnectionLoss", "done", 1, [["SUSPENDED", "CONNECTED"], true]],
    "cut_reply": ["ConnectionLoss", [["SUSPENDED", "CONNECTED"], true], 1000],
    "single_bytes": [100, "/single_bytes/a", ["a"], []],
    "latency": [true, []],
    "half_open": [[["SUSPENDED", "CONNECTED"], true], true],
    "stalled": [false, ["/stalled/a", "/stalled/b"], []],
    "restart": [["SUSPENDED"], [["SUSPENDED", "CONNECTED"], true], true],
    "moved": ["ConnectionLoss", [["SUSPENDED", "CONNECTED"], true], ""],
    "changed_id": [[["SUSPENDED", "CONNECTED"], false], "mine"],
    "read_only": ["CONNECTED_RO", "there", "NotReadOnlyCallError", [
      "SUSPENDED",
      "LOST",
      "CONNECTED",
    ], 2],
    "wiped": [["SUSPENDED"], false, ["zookeeper"], "/again"],
  },
});
