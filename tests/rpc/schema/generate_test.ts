/** The typed module made of a .proto: the one beside is checked, used, and made again. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { Animal_Kind, type Dish, Zoo } from "./zoo.ts";

const folder = new URL(".", import.meta.url).pathname;

async function generate(...args: string[]): Promise<Deno.CommandOutput> {
  const script = new URL("../../../src/rpc/generate.ts", import.meta.url).pathname;
  const command = ["run", "--no-lock", "--quiet", "--allow-read", script, ...args];
  return await new Deno.Command(Deno.execPath(), { args: command }).output();
}

Deno.test("The module made of a .proto is the one that is kept here", async () => {
  const { success, stdout, stderr } = await generate(`${folder}zoo.proto`);
  assertEquals([success, new TextDecoder().decode(stderr)], [true, ""]);
  assertEquals(new TextDecoder().decode(stdout), await Deno.readTextFile(`${folder}zoo.ts`));
});

Deno.test("Its messages have types", () => {
  const { feed, close } = Zoo.methods;
  const bytes = feed.request.encode({
    name: "Tom",
    born: 1940,
    kind: Animal_Kind.CAT,
    tags: [{ raw: "a" }],
    weights: { now: 5n },
    mother: { isHungry: true },
    dish: null,
  });
  const { name, born, kind, tags, weights, mother } = feed.request.decode(bytes);
  assertEquals([name, born, kind, tags[0]!.raw.length, weights["now"], mother!.isHungry], [
    "Tom",
    1940n,
    1,
    1,
    5n,
    true,
  ]);
  const dish: Dish = feed.response.decode(feed.response.encode({ weight: 0.5 }));
  assertEquals([dish.name, dish.weight], ["", 0.5]);
  assertEquals(close.request.encode({}).length, 0);
  // @ts-expect-error A number is no name.
  const wrong = () => feed.request.encode({ name: 5 });
  assertEquals(typeof wrong, "function");
});

Deno.test("What is wrong with a .proto is said in one line", async () => {
  const missing = await generate(`${folder}none.proto`);
  assertEquals(missing.code, 1);
  assertStringIncludes(new TextDecoder().decode(missing.stderr), "none.proto");
  const none = await generate();
  assertStringIncludes(new TextDecoder().decode(none.stderr), "Usage: deno run --allow-read");
  const empty = await generate(`${folder}food.proto`);
  assertEquals(new TextDecoder().decode(empty.stderr), "There is no service in it\n");
});

Deno.test("An import is found wherever it stands in a line", async () => {
  const place = await Deno.makeTempDir();
  await Deno.writeTextFile(`${place}/a.proto`, 'syntax = "proto3"; message A {}');
  const text = 'syntax = "proto3"; import "a.proto"; service S { rpc M(A) returns (A); }';
  await Deno.writeTextFile(`${place}/s.proto`, text);
  const { code, stderr } = await generate(`${place}/s.proto`);
  assertEquals([code, new TextDecoder().decode(stderr)], [0, ""]);
  await Deno.remove(place, { recursive: true });
});
