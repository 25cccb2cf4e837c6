/** The typed module made of a .proto: the one beside is checked, used, and made again. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { Animal_Kind, type Dish, type Herd, type Record, Zoo } from "./zoo.ts";

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
  const { nickname, chip } = feed.request.decode(feed.request.encode({ chip: 0n }));
  assertEquals([nickname, chip], [null, 0n]);
  // @ts-expect-error It may be null.
  const length = () => nickname.length;
  assertEquals(typeof length, "function");
  // @ts-expect-error A number is no name.
  const wrong = () => feed.request.encode({ name: 5 });
  assertEquals(typeof wrong, "function");
});

Deno.test("Names that are types of others, or no names of TypeScript, stay usable", () => {
  const { count, label } = Zoo.methods;
  const record: Record = count.request.decode(count.request.encode({ animals: { 7: {} } }));
  assertEquals(Object.keys(record.animals), ["7"]);
  const herd: Herd = count.response.decode(count.response.encode({ ".herd.shepherd": "Ann" }));
  assertEquals([herd[".herd.shepherd"], herd.size], ["Ann", 0]);
  const text: string = label.request.decode(label.request.encode({ text: "a" })).text;
  const raw: Uint8Array = label.response.decode(label.response.encode({ raw: "a" })).raw;
  assertEquals([text, raw.length], ["a", 1]);
});

Deno.test("Google's own types that come with nothing are looked for beside it, too", async () => {
  const place = await Deno.makeTempDir();
  await Deno.mkdir(`${place}/google/protobuf`, { recursive: true });
  const text =
    'syntax = "proto2"; package google.protobuf; message MethodOptions { extensions 9; }';
  await Deno.writeTextFile(`${place}/google/protobuf/descriptor.proto`, text);
  await Deno.writeTextFile(
    `${place}/s.proto`,
    `syntax = "proto3"; import "google/protobuf/descriptor.proto"; message M {}
     extend google.protobuf.MethodOptions { string note = 9; }
     service S { rpc M(M) returns (M) { option (note) = "seen"; } }`,
  );
  const { code, stderr } = await generate(`${place}/s.proto`);
  assertEquals([code, new TextDecoder().decode(stderr)], [0, ""]);
  await Deno.remove(place, { recursive: true });
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

Deno.test("An import is found wherever it stands in a line, and what is a comment is none", async () => {
  const place = await Deno.makeTempDir();
  await Deno.writeTextFile(`${place}/a.proto`, 'syntax = "proto3"; message A {}');
  const text = `/*
    import "old.proto";
    */ syntax = "proto3"; import "a.proto"; service S { rpc M(A) returns (A); }`;
  await Deno.writeTextFile(`${place}/s.proto`, text);
  const { code, stderr } = await generate(`${place}/s.proto`);
  assertEquals([code, new TextDecoder().decode(stderr)], [0, ""]);
  await Deno.remove(place, { recursive: true });
});
