/** A snapshot's file: whole whatever happens to the writer, and no end of the service. */
import { assert, assertEquals, assertGreater, assertMatch } from "@std/assert";
import { TestServer } from "@zkst/zookeeper/testing";
import { SnapshotFile } from "../../../src/testing/program/snapshot_file.ts";
import { Random } from "../../fuzz/random.ts";
import { Program } from "./program.ts";

async function inDirectory(test: (path: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir();
  try {
    await test(`${directory}/zookeeper.bin`);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

Deno.test("SnapshotFile: whenever its writer is killed, the file has all of one snapshot", async () => {
  const random = new Random(Date.now());
  await inDirectory(async (path) => {
    let drafts = 0;
    await Promise.all(Array.from({ length: 6 }, async (_, i) => {
      const mine = `${path}${i}`;
      await using program = new Program("tests/testing/program/saving.ts", [mine], ["-A"]);
      await program.said(/Saving/);
      await new Promise((resolve) => setTimeout(resolve, random.below(100)));
      program.kill("SIGKILL");
      await program.end();
      if (await exists(`${mine}.tmp`)) drafts++;
      await using server = new TestServer({ snapshot: (await SnapshotFile.load(mine))! });
      assertGreater(server.znodeCount, 4);
      // Whoever comes next writes over the draft that was left.
      assert(await new SnapshotFile(server, mine, fail).save());
      assertEquals(await exists(`${mine}.tmp`), false);
    }));
    assertGreater(drafts, 0, "Somebody was killed while writing");
  });
});

Deno.test("SnapshotFile: a disk that is not there is complained of once, and tried again", async () => {
  await inDirectory(async (path) => {
    await using server = new TestServer();
    const complaints: string[] = [];
    const complain = (message: string) => void complaints.push(message);
    const file = new SnapshotFile(server, `${path}/f`, complain);
    assertEquals([await file.save(), await file.save(), complaints.length], [false, false, 1]);
    assertMatch(complaints[0]!, /^Cannot write \/.+\/zookeeper\.bin\/f: No such file/);
    await Deno.mkdir(path);
    assertEquals([await file.save(), complaints.length], [true, 1]);
    await using later = new TestServer({ snapshot: (await SnapshotFile.load(`${path}/f`))! });
    assertEquals(later.snapshot(), server.snapshot());
  });
});

Deno.test("SnapshotFile: nothing new is not written again; there may be none yet", async () => {
  await inDirectory(async (path) => {
    assertEquals(await SnapshotFile.load(path), null);
    await using server = new TestServer();
    const file = new SnapshotFile(server, path, fail);
    await file.keep();
    await Deno.remove(path);
    assert(await file.end());
    assertEquals(await exists(path), false);
  });
});

function fail(message: string): void {
  throw new Error(message);
}

async function exists(path: string): Promise<boolean> {
  return await Deno.lstat(path).then(() => true, () => false);
}
