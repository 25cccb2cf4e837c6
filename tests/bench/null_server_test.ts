/** The null servers: what they answer, and that the two of them answer the same. */
import { assertEquals } from "@std/assert";
import { Op, ZooKeeper } from "../../mod.ts";
import { type NullServer, startNullServer } from "../../bench/server.ts";

Deno.test("A null server answers as much as a request's path says", async () => {
  await using server = await started("no-such-compiler");
  assertEquals(server.language, "TypeScript");
  assertEquals(await answers(server.address), expected);
});

Deno.test("The null server in C answers the same", async (t) => {
  await using server = await started(null);
  if (server.language === "C") assertEquals(await answers(server.address), expected);
  else await t.step({ name: "There is no C compiler", ignore: true, fn() {} });
});

const stat = { dataLength: 100, numChildren: 0, version: 7, pzxid: 0x100000002n };
const expected = {
  get: [100, stat],
  getMuch: 500_000,
  getNothing: 0,
  set: { ...stat, dataLength: 0 },
  create: "/bench/w7",
  exists: stat,
  multi: ["setData", "setData", "setData"],
  children: [1000, "child-0000", "child-0999"],
  children2: [12, 12],
};

async function answers(address: string) {
  await using zk = await ZooKeeper.connect(address);
  const { data, stat } = await zk.getData("/bench/d100");
  const children = await zk.getChildren("/bench/c1000");
  const children2 = await zk.getChildren2("/bench/c12");
  const set = (data: string) => Op.setData("/bench/d0", data);
  const results = await zk.multi([set(""), set("b"), set("cc")]);
  const created = await zk.create("/bench/w7", "data");
  await zk.delete("/bench/w7");
  return {
    get: [data!.length, partOf(stat)],
    getMuch: (await zk.getData("/bench/d500000")).data!.length,
    getNothing: (await zk.getData("/bench/d0")).data!.length,
    set: partOf(await zk.setData("/bench/d0", "data")),
    create: created,
    exists: partOf((await zk.exists("/bench/d100"))!),
    multi: results.map(({ type }): string => type),
    children: [children.length, children[0], children.at(-1)],
    children2: [children2.children.length, children2.stat.numChildren],
  };
}

function partOf({ dataLength, numChildren, version, pzxid }: typeof stat) {
  return { dataLength, numChildren, version, pzxid };
}

/** Starts one with the C compiler of that name, or with whichever there is. */
async function started(compiler: string | null): Promise<NullServer> {
  const temporary = await Deno.makeTempDir();
  const before = Deno.env.get("CC");
  set(compiler);
  try {
    return await startNullServer(temporary);
  } finally {
    set(before ?? null);
    await Deno.remove(temporary, { recursive: true });
  }
}

function set(compiler: string | null): void {
  if (compiler === null) Deno.env.delete("CC");
  else Deno.env.set("CC", compiler);
}
