/** Requests with faults of which one decides: what they are answered, and whether they take a zxid. */
import { assertEquals } from "@std/assert";
import type { Writer } from "../../src/proto/archive.ts";
import { OpCode, Rc } from "../../src/proto/constants.ts";
import { TestServer } from "@zkst/zookeeper/testing";
import { Raw } from "./raw.ts";

/** One create of a multi, with its faults. */
interface Create {
  readonly path?: null;
  readonly acl?: null;
  readonly flags?: number;
}

function writeMulti(to: Writer, creates: readonly Create[]): void {
  for (const { path = "/a", acl, flags = 0 } of creates) {
    to.int(OpCode.create);
    to.bool(false);
    to.int(-1);
    if (path === null) to.int(-1);
    else to.string(path);
    to.buffer(null);
    if (acl === null) {
      to.int(-1);
    } else {
      to.int(1);
      to.int(31);
      to.string("world");
      to.string("anyone");
    }
    to.int(flags);
  }
  to.int(-1);
  to.bool(true);
  to.int(-1);
}

Deno.test("As 3.9: a multi that cannot be read takes a zxid, unless a list of ACL is missing first", async () => {
  await using server = new TestServer();
  const raw = await Raw.connect(server);
  const [noPath, noACL, strange]: Create[] = [{ path: null }, { acl: null }, { flags: 100 }];
  const cases: [creates: Create[], zxids: number][] = [
    [[noPath!], 1],
    [[noACL!], 0],
    [[strange!], 1],
    [[{ acl: null, flags: 100 }], 1],
    [[{ acl: null, flags: 5 }], 0],
    [[{ path: null, acl: null }], 0],
    [[noPath!, noACL!], 0],
    [[noACL!, strange!], 0],
    [[strange!, noACL!], 1],
  ];
  for (const [creates, zxids] of cases) {
    const before = server.zxid;
    const answer = await raw.ask(OpCode.multi, (to) => writeMulti(to, creates));
    const taken = Number(server.zxid - before);
    assertEquals([answer!.rc, taken], [Rc.MARSHALLINGERROR, zxids], JSON.stringify(creates));
  }
});

Deno.test("As 3.8: checkWatches stumbles over a path above which there is none", async () => {
  await using server = new TestServer({ version: "3.8" });
  const raw = await Raw.connect(server);
  const ask = async (type: number, path: string, number: number) => {
    const answer = await raw.ask(type, (to) => {
      to.string(path);
      to.int(number);
    });
    return answer!.rc;
  };
  const any = 3;
  assertEquals(await ask(OpCode.checkWatches, "a", any), Rc.MARSHALLINGERROR);
  assertEquals(await ask(OpCode.checkWatches, "a/b", any), Rc.NOWATCHER);
  assertEquals(await ask(OpCode.checkWatches, "", any), Rc.NOWATCHER);
  const recursive = 1;
  assertEquals(await ask(OpCode.addWatch, "/r", recursive), Rc.OK);
  assertEquals(await ask(OpCode.checkWatches, "a/b", any), Rc.MARSHALLINGERROR);
  assertEquals(await ask(OpCode.checkWatches, "/r", any), Rc.OK);
});
