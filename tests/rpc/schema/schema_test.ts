/** Services out of .proto text, of roots and of generated modules; what is given for their messages. */
import { assert, assertEquals, assertInstanceOf, assertThrows } from "@std/assert";
import protobuf from "protobufjs";
import { fromRoot } from "../../../src/rpc/schema/from_root.ts";
import { fromStatic } from "../../../src/rpc/schema/from_static.ts";
import { parseServices } from "../../../src/rpc/schema/parse_services.ts";
import type { AnyMethod, Codec } from "../../../src/rpc/service.ts";

const userProto = `
  syntax = "proto3";
  package fixbug;
  message ResultCode { int32 errcode = 1; bytes errmsg = 2; }
  message LoginRequest { bytes name = 1; bytes pwd = 2; }
  message LoginResponse { ResultCode result = 1; bool success = 2; }
  service UserServiceRpc { rpc Login(LoginRequest) returns (LoginResponse); }
`;

const all = `
  syntax = "proto3";
  package zoo;
  import "google/protobuf/empty.proto";
  enum Kind { NONE = 0; CAT = 1; }
  message All {
    string text = 1;
    bytes raw = 2;
    int32 small = 3;
    uint64 big = 4;
    sint64 deep = 5;
    Kind kind = 6;
    repeated bytes list = 7;
    map<string, int64> map = 8;
    oneof choice { string left = 9; bool right = 10; }
    All inner = 11;
    repeated All many = 12;
    double real = 13;
    int32 two_words = 14;
    uint32 unsigned = 15;
    google.protobuf.Empty nothing = 16;
    optional fixed64 maybe = 17;
    optional bytes perhaps = 18;
    map<uint64, string> by_id = 19;
    map<sint64, All> by_deep = 20;
    map<int32, bool> by_small = 21;
  }
  service Zoo {
    rpc Look(All) returns (All) { option idempotency_level = NO_SIDE_EFFECTS; }
    rpc Stream(stream All) returns (All);
    rpc Feed(stream All) returns (stream All);
  }
`;

// deno-lint-ignore no-explicit-any -- As a test has it.
type Any = any;
const { Zoo } = parseServices(all);
const codec: Codec<Any> = Zoo.methods.look.request;

function throughWire(message: unknown): Any {
  return codec.decode(codec.encode(message));
}

Deno.test("A service has its full name, and methods by their names in lower case", () => {
  const { UserServiceRpc } = parseServices(userProto);
  assertEquals(UserServiceRpc.name, "fixbug.UserServiceRpc");
  assertEquals(Object.keys(UserServiceRpc.methods), ["login"]);
  assertEquals(UserServiceRpc.methods.login.name, "Login");
  assertEquals(UserServiceRpc.methods.login.idempotent, false);
});

Deno.test("Arguments are tiny_rpc's golden bytes, and text stands for bytes", () => {
  const { UserServiceRpc } = parseServices(userProto);
  const request: Codec<unknown> = UserServiceRpc.methods.login.request;
  const golden = [0x0a, 3, 0x7a, 0x78, 0x77, 0x12, 2, 0x7a, 0x7a];
  assertEquals([...request.encode({ name: "zxw", pwd: "zz" })], golden);
  const bytes = { name: new TextEncoder().encode("zxw"), pwd: new TextEncoder().encode("zz") };
  assertEquals([...request.encode(bytes)], golden);
});

Deno.test("Methods that stream are left out, and an idempotency level is kept", () => {
  assertEquals(Object.keys(Zoo.methods), ["look"]);
  assert(Zoo.methods.look.idempotent);
});

Deno.test("Every kind of field goes through the wire", () => {
  const read = throughWire({
    text: "täxt",
    raw: "é",
    small: -5,
    big: 2n ** 64n - 1n,
    deep: -(2n ** 63n),
    kind: "CAT",
    list: ["a", new Uint8Array([1])],
    map: { one: 1, "__proto__x": -1n },
    right: true,
    inner: { big: 7, many: [{ deep: -7n }, {}] },
    real: 0.5,
    twoWords: 2,
    unsigned: 0xffff_ffff,
    nothing: {},
    maybe: 0n,
    left: null,
  });
  assertEquals(read.text, "täxt");
  assertEquals([...read.raw], [0xc3, 0xa9]);
  assertEquals(read.small, -5);
  assertEquals(read.big, 2n ** 64n - 1n);
  assertEquals(read.deep, -(2n ** 63n));
  assertEquals(read.kind, 1);
  assertEquals(read.list.map((one: Uint8Array) => [...one]), [[97], [1]]);
  assertEquals(read.map, { one: 1n, "__proto__x": -1n });
  assertEquals([read.left, read.right], ["", true]);
  assertEquals([read.inner.big, read.inner.many[0].deep], [7n, -7n]);
  assertEquals([read.real, read.twoWords, read.unsigned], [0.5, 2, 0xffff_ffff]);
  assertEquals(read.maybe, 0n);
});

Deno.test("Text that was cut within a character can be sent, and read", () => {
  const cut = "ab😀".slice(0, 3);
  assertEquals(throughWire({ text: cut, inner: { left: cut } }).text, "ab\ufffd");
  assertEquals(throughWire({ map: { [cut]: 1n } }).map, { "ab\ufffd": 1n });
});

Deno.test("What was read can be made JSON of, protobuf's own", () => {
  const read = throughWire({
    big: 2n ** 64n - 1n,
    raw: "é",
    kind: "CAT",
    map: { a: -1n },
    byId: { 5: "x" },
    inner: { many: [{ deep: -7n }] },
    maybe: 0n,
  });
  const json = {
    big: "18446744073709551615",
    raw: "w6k=",
    kind: "CAT",
    map: { a: "-1" },
    byId: { 5: "x" },
    inner: { many: [{ deep: "-7" }] },
    maybe: "0",
  };
  assertEquals(JSON.parse(JSON.stringify(read)), json);
  assertEquals(JSON.stringify(read.inner.many[0]), '{"deep":"-7"}');
  assertEquals(codec.encode(read), codec.encode(throughWire(read)));
});

Deno.test("What is absent reads as its default", () => {
  const read = throughWire({});
  assertInstanceOf(read.raw, Uint8Array);
  assertEquals([read.raw.length, read.text, read.small, read.big, read.deep], [0, "", 0, 0n, 0n]);
  assertEquals([read.list, read.map, read.inner], [[], {}, null]);
});

Deno.test("What is optional reads as null where it is absent, and as what it is where not", () => {
  const absent = throughWire({});
  assertEquals([absent.maybe, absent.perhaps], [null, null]);
  const zero = throughWire({ maybe: 0n, perhaps: "" });
  assertEquals([zero.maybe, zero.perhaps.length], [0n, 0]);
});

Deno.test("Keys of maps are text, whatever kind of number they are", () => {
  const given = { byId: { 5: "a", "18446744073709551615": "b", "9007199254740993": "c" } };
  const read = throughWire({
    ...given,
    byDeep: { "-7": { byDeep: { "-9223372036854775808": {} } } },
    bySmall: { "-1": true },
  });
  assertEquals(Object.entries(read.byId), Object.entries(given.byId));
  assertEquals(Object.keys(read.byDeep), ["-7"]);
  assertEquals(Object.keys(read.byDeep["-7"].byDeep), ["-9223372036854775808"]);
  assertEquals(read.bySmall, { "-1": true });
});

Deno.test("An entry of a map without its key, as some leave out a 0, has the key 0", () => {
  const byId = [0x9a, 1, 3, 0x12, 1, 0x78];
  const [byDeep, bySmall] = [[0xa2, 1, 0], [0xaa, 1, 2, 0x10, 1]];
  const read = codec.decode(new Uint8Array([...byId, ...byDeep, ...bySmall]));
  assertEquals([read.byId, Object.keys(read.byDeep)], [{ 0: "x" }, ["0"]]);
  assertEquals(read.bySmall, { 0: true });
});

Deno.test("Encoding leaves the given message as it is", () => {
  const message = Object.freeze({
    raw: "text",
    big: 5n,
    inner: Object.freeze({ kind: "CAT" }),
    list: Object.freeze(["x"]),
  });
  codec.encode(message);
  assertEquals(message, { raw: "text", big: 5n, inner: { kind: "CAT" }, list: ["x"] });
});

const wrong: [message: unknown, said: string][] = [
  [null, "The zoo.All must be an object, not null"],
  ["text", "The zoo.All must be an object, not a string"],
  [new Uint8Array(1), "The zoo.All must be an object, not a Uint8Array"],
  [{ text: 123 }, '"text" of a zoo.All must be a string, not the number 123'],
  [
    { raw: 5 },
    '"raw" of a zoo.All must be a Uint8Array, or a string for its UTF-8, not the number 5',
  ],
  [
    { raw: [1, 2] },
    '"raw" of a zoo.All must be a Uint8Array, or a string for its UTF-8, not an array',
  ],
  [
    { small: 2 ** 31 },
    '"small" of a zoo.All must be a whole number from -2147483648 to 2147483647',
  ],
  [{ small: 0.5 }, '"small" of a zoo.All must be a whole number'],
  [{ small: "5" }, '"small" of a zoo.All must be a whole number'],
  [{ unsigned: -1 }, '"unsigned" of a zoo.All must be a whole number from 0 to 4294967295'],
  [{ big: -1n }, '"big" of a zoo.All must be a bigint from 0 to 18446744073709551615'],
  [{ big: 2 ** 60 }, '"big" of a zoo.All must be a bigint'],
  [{ big: "7" }, '"big" of a zoo.All must be a bigint'],
  [{ kind: "DOG" }, '"kind" of a zoo.All must be one of NONE, CAT'],
  [{ right: 1 }, '"right" of a zoo.All must be a boolean, not the number 1'],
  [{ real: "1" }, '"real" of a zoo.All must be a number, not a string'],
  [{ list: "x" }, '"list" of a zoo.All must be an array, not a string'],
  [{ list: ["x", null] }, '"list[1]" of a zoo.All must be a Uint8Array'],
  [{ map: [] }, '"map" of a zoo.All must be an object, not an array'],
  [{ map: { a: "1" } }, '"map["a"]" of a zoo.All must be a bigint'],
  [{ inner: { many: [{}, { text: 1 }] } }, '"inner.many[1].text" of a zoo.All must be a string'],
  [{ two_words: 1 }, '"two_words" of a zoo.All is no field: there are text, raw'],
  [{ left: "a", right: true }, '"choice" of a zoo.All may have one of left, right only'],
  [new Map(), "The zoo.All must be an object, not a Map"],
  [Promise.resolve({}), "The zoo.All must be an object, not a Promise"],
  [{ inner: new Date() }, '"inner" of a zoo.All must be an object, not a Date'],
  [{ map: new Map([["a", 1n]]) }, '"map" of a zoo.All must be an object, not a Map'],
  [{ byId: { a: "x" } }, '"byId" of a zoo.All has keys of uint64, not a string'],
  [{ byId: { "-1": "x" } }, '"byId" of a zoo.All has keys of uint64, not the number -1'],
  [{ bySmall: { 4294967296: true } }, '"bySmall" of a zoo.All has keys of int32, not the number'],
];

for (const [message, said] of wrong) {
  Deno.test(`A message that is wrong is refused with the field's name: ${said}`, () => {
    const error = assertThrows(() => codec.encode(message), TypeError);
    assert(error.message.startsWith(said), error.message);
  });
}

Deno.test("What is refused is not shown: it may be a secret", () => {
  const error = assertThrows(() => codec.encode({ kind: "hunter2", text: {} }), TypeError);
  assert(!error.message.includes("hunter2"));
});

Deno.test("A required field of proto2 has to be there", () => {
  const { S } = parseServices(`
    syntax = "proto2";
    message M { required string a = 1; optional bytes b = 2 [default = "x"]; }
    service S { rpc Do(M) returns (M); }
  `);
  const of: Codec<Any> = S.methods.do.request;
  assertThrows(() => of.encode({}), TypeError, '"a" of a M is required');
  assertEquals(of.decode(of.encode({ a: "1" })).a, "1");
});

Deno.test("A .proto without its first lines is refused, and the error says what to add", () => {
  const original = userProto.replace('syntax = "proto3";', "").replace("package fixbug;", "");
  const error = assertThrows(() => parseServices(original), TypeError);
  assertEquals(
    error.message,
    "The .proto does not say its syntax: begin it with " +
      'syntax = "proto3"; and a line such as package fixbug;',
  );
});

Deno.test("A .proto that is not valid is refused, with the line", () => {
  assertThrows(() => parseServices(`syntax = "proto3";\nmessage {}`), TypeError, "line 2");
  assertThrows(() => parseServices(`syntax = "proto3";`), TypeError, "no service");
  const unknown = `syntax = "proto3"; service S { rpc A(B) returns (B); }`;
  assertThrows(() => parseServices(unknown), TypeError, "not complete: no such type: B");
  assertThrows(() => parseServices(5 as never), TypeError, "must be text");
  assertThrows(() => parseServices(all, { import: {} } as never), TypeError, 'option "import"');
});

Deno.test("What a .proto imports is given as an option", () => {
  const main = `syntax = "proto3"; import "b.proto"; service S { rpc A(b.B) returns (b.B); }`;
  const imports = { "b.proto": `syntax = "proto3"; package b; message B { string c = 1; }` };
  assertEquals(parseServices(main, { imports }).S.methods.a.name, "A");
  assertThrows(() => parseServices(main), TypeError, 'imports "b.proto": give its text');
  const circle = { "b.proto": `syntax = "proto3"; import "b.proto";` };
  assertThrows(() => parseServices(main, { imports: circle }), TypeError, "imports itself");
});

Deno.test("What two files import is read once", () => {
  const main = `syntax = "proto3"; import "a.proto"; import "b.proto";
    service S { rpc A(a.A) returns (b.B); }`;
  const imports = {
    "a.proto": `syntax = "proto3"; package a; import "c.proto"; message A { c.C c = 1; }`,
    "b.proto": `syntax = "proto3"; package b; import "c.proto"; message B { c.C c = 1; }`,
    "c.proto": `syntax = "proto3"; package c; message C {}`,
  };
  assertEquals(Object.keys(parseServices(main, { imports }).S.methods), ["a"]);
});

Deno.test("Services with one short name are found by their full ones", () => {
  const other =
    `syntax = "proto3"; package other; message M {} service Zoo { rpc A(M) returns (M); }`;
  const { root } = protobuf.parse(other, protobuf.parse(userProto).root);
  protobuf.parse(`syntax = "proto3"; package third; message M {} service Zoo {}`, root);
  const found = fromRoot(root);
  assertEquals(Object.keys(found).sort(), ["UserServiceRpc", "other.Zoo", "third.Zoo"]);
});

Deno.test("Two methods that clients would have by one name are refused", () => {
  const text = `
    syntax = "proto3";
    message M {}
    service S { rpc Login(M) returns (M); rpc login(M) returns (M); }`;
  assertThrows(() => parseServices(text), TypeError, 'S has two methods that are called "login"');
});

Deno.test("A root stays as it was", () => {
  const { root } = protobuf.parse(all, { keepCase: false });
  root.addJSON(protobuf.common.get("google/protobuf/empty.proto")!.nested!);
  const before = JSON.stringify(root.toJSON());
  fromRoot(root).Zoo.methods.look.request.encode({ big: 5n });
  assertEquals(JSON.stringify(root.toJSON()), before);
  const type = root.lookupType("zoo.All");
  assertEquals(typeof (type.decode(new Uint8Array()) as Any).big, "object", "Its own defaults");
});

Deno.test("A generated module serves as a root does", async () => {
  const module = await import("./user_pb.js");
  const { UserServiceRpc } = fromStatic(module.default);
  assertEquals(Object.keys(fromStatic(module).UserServiceRpc.methods), ["login"]);
  assertEquals(UserServiceRpc.name, "fixbug.UserServiceRpc");
  assertEquals(Object.keys(UserServiceRpc.methods), ["login"], "Without the one that streams");
  const method: AnyMethod = UserServiceRpc.methods.login;
  const reflected: AnyMethod = parseServices(userProto).UserServiceRpc.methods.login;
  const message = { result: { errcode: 7, errmsg: "oh" }, success: true };
  assertEquals(method.response.encode(message), reflected.response.encode(message));
  assertEquals(method.response.decode(reflected.response.encode(message)).result.errcode, 7);
  const more = method.request.decode(
    method.request.encode({ tags: ["a"], codes: { k: { errmsg: "x" } } }),
  );
  assertEquals([[...more.tags[0]], [...more.codes.k.errmsg]], [[97], [120]]);
  assertThrows(() => method.request.encode({ name: 5 }), TypeError, '"name" must be a Uint8Array');
  const half = "\ud83d";
  const cutText = method.request.encode({ text: half, scores: { [half]: 1 } });
  assertEquals(method.request.decode(cutText).text, "\ufffd");
  assertThrows(() => method.request.encode({ text: 5 }), TypeError, '"text" must be a string');
  const { response } = method;
  const cut = () => response.encode({ result: { errcode: 2 ** 32 } });
  assertThrows(cut, TypeError, '"errcode" must be a whole number from -2147483648');
  assertEquals(response.decode(response.encode({ result: { errcode: -1 } })).result.errcode, -1);
  const long = 2n ** 63n;
  const longs = { born: -long, seen: long, marks: [1, long], scores: { a: -5n } };
  const { born, seen, marks, scores } = method.request.decode(method.request.encode(longs));
  assertEquals([born, seen, ...marks, scores.a].map(String), [
    ...[`${-long}`, `${long}`, "1", `${long}`, "-5"],
  ]);
  for (const read of [born, 7]) method.request.encode({ born: read });
  assertThrows(() => method.request.encode({ born: long }), TypeError, '"born" must be a bigint');
  assertThrows(
    () => method.request.encode({ seen: -1 }),
    TypeError,
    '"seen" must be a bigint from 0',
  );
  assertThrows(
    () => method.request.encode({ marks: [0.5] }),
    TypeError,
    '"marks" must be a bigint',
  );
  assertThrows(
    () => method.response.encode({ success: 5 }),
    TypeError,
    "success: boolean expected",
  );
  assertThrows(() => method.response.encode({ ok: 5 }), TypeError, '"ok" is no field');
  assertThrows(() => fromStatic({}), TypeError, "no service");
});
