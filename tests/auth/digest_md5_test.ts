import { createHash } from "node:crypto";
import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { digestMd5, type DigestMd5Options } from "../../mod.ts";
import { DigestMd5Exchange } from "../../src/auth/digest_md5.ts";
import { parseDirectives, quote } from "../../src/auth/directives.ts";

const chris: Required<DigestMd5Options> = {
  username: "chris",
  password: "secret",
  realm: "",
  service: "imap",
  host: "elwood.innosoft.com",
};

/** The answer to a challenge. */
function respond(
  challenge: string | Uint8Array,
  options: Partial<DigestMd5Options> = {},
  cnonce = "OA6MHXh6VqTrRk",
): { exchange: DigestMd5Exchange; answer: string } {
  const exchange = new DigestMd5Exchange({ ...chris, ...options }, cnonce);
  assertEquals(exchange.step(new Uint8Array(0)), new Uint8Array(0), "The server begins");
  return { exchange, answer: text(exchange.step(bytes(challenge))!) };
}

const challenge =
  'realm="elwood.innosoft.com",nonce="OA6MG9tEQGm2hh",qop="auth",algorithm=md5-sess,charset=utf-8';

Deno.test("digestMd5() answers the challenge of RFC 2831, section 4", () => {
  const { exchange, answer } = respond(challenge);
  assertEquals(
    answer,
    'charset=utf-8,username="chris",realm="elwood.innosoft.com",nonce="OA6MG9tEQGm2hh",' +
      'nc=00000001,cnonce="OA6MHXh6VqTrRk",digest-uri="imap/elwood.innosoft.com",' +
      "response=d388dad90d4bbd760a152321f2143af7,qop=auth",
  );
  assertEquals(exchange.step(bytes("rspauth=ea40f60335c427b5527b84dbabcdfffd")), null);
});

Deno.test("digestMd5() answers the other challenge of RFC 2831, of ACAP", () => {
  const { exchange, answer } = respond(
    'realm="elwood.innosoft.com",nonce="OA9BSXrbuRhWay",qop="auth",algorithm=md5-sess,charset=utf-8',
    { service: "acap" },
    "OA9BSuZWMSpW8m",
  );
  assertMatch(answer, /,response=6084c6db3fede7352c551284490fd0fc,/);
  assertEquals(exchange.step(bytes("rspauth=2f0b3d7c3c2e486600ef710726aa2eae")), null);
});

Deno.test("digestMd5() trusts no server that cannot prove that it knows the password", () => {
  const proofs = {
    "": "the server did not accept the username and password",
    "rspauth=ea40f60335c427b5527b84dbabcdfffe": "has not proved",
    "rspauth=": "has not proved",
    "error=x": "has not proved",
    "rspauth": "no list of directives",
  };
  for (const [proof, message] of Object.entries(proofs)) {
    const { exchange } = respond(challenge);
    assertThrows(() => exchange.step(bytes(proof)), Error, message);
  }
});

Deno.test("digestMd5() says what is wrong with a challenge", () => {
  const good = { realm: '"r"', nonce: '"n"', algorithm: "md5-sess", charset: "utf-8" };
  const made = (change: Record<string, string>) =>
    Object.entries({ ...good, ...change }).filter(([, value]) => value !== "")
      .map(([name, value]) => `${name}=${value}`).join(",");
  const cases: [string, string][] = [
    ["", "the server has no SASL"],
    ["hello", "no list of directives"],
    ['nonce="n', "no list of directives"],
    ['nonce="n"x,algorithm=md5-sess', "no list of directives"],
    [made({ nonce: "" }), "it has no nonce"],
    [made({ nonce: '""' }), "it has no nonce"],
    [`${made({})},nonce="m"`, "it has more than one nonce"],
    [made({ algorithm: "" }), "its algorithm is not md5-sess"],
    [made({ algorithm: "md5" }), "its algorithm is not md5-sess"],
    [made({ qop: '"auth-int,auth-conf"' }), "it wants a protected connection"],
    [made({ charset: "latin1" }), "its charset is not utf-8"],
    [made({ nonce: `"${"n".repeat(2100)}"` }), "it is over 2048 bytes"],
  ];
  for (const [challenge, message] of cases) {
    assertThrows(() => respond(challenge), Error, message);
  }
  respond(made({ qop: '"auth-conf, auth"', charset: "", realm: "" }));
});

Deno.test("digestMd5() takes the first of several realms, or the one it is told", () => {
  const realms = 'realm="a",realm="b",nonce="n",algorithm=md5-sess,charset=utf-8';
  assertMatch(respond(realms).answer, /,realm="a",/);
  assertMatch(respond(realms, { realm: "b" }).answer, /,realm="b",/);
  const { answer } = respond('nonce="n",algorithm=md5-sess');
  assert(!answer.includes("realm="), answer);
  assert(!answer.includes("charset="), answer);
});

Deno.test("digestMd5() quotes what needs it, and unquotes what the server quotes", () => {
  const quoted = 'realm="a\\"b\\\\c",nonce="n\\"m",algorithm=md5-sess,charset=utf-8';
  const { answer } = respond(quoted, { username: 'al"ic\\e' });
  const directives = parseDirectives(answer);
  assertEquals(directives.get("username"), ['al"ic\\e']);
  assertEquals(directives.get("realm"), ['a"b\\c']);
  assertEquals(directives.get("nonce"), ['n"m']);
  assertMatch(answer, /username="al\\"ic\\\\e",realm="a\\"b\\\\c",nonce="n\\"m"/);
});

Deno.test("digestMd5() writes names in UTF-8, where the server takes it", () => {
  const { answer } = respond(challenge, { username: "jürgen €" });
  assertMatch(answer, /username="jürgen €"/);
  const plain = 'nonce="n",algorithm=md5-sess';
  const exchange = new DigestMd5Exchange({ ...chris, username: "jürgen" }, "c");
  exchange.step(new Uint8Array(0));
  const latin1 = exchange.step(bytes(plain))!;
  assertMatch(String.fromCharCode(...latin1), /^username="j\xfcrgen"/);
  assertThrows(() => respond(plain, { username: "€" }), Error, "the server takes no UTF-8");
});

Deno.test("digestMd5() hashes what ISO 8859-1 can say in it, and the rest in UTF-8", () => {
  const md5 = (...parts: (string | Uint8Array)[]) => {
    const hash = createHash("md5");
    for (const part of parts) hash.update(part);
    return hash.digest();
  };
  const latin1 = (text: string) => Uint8Array.from(text, (char) => char.charCodeAt(0));
  const user = md5(latin1("jürgen"), ":", latin1("rëalm"), ":", bytes("geheim €"));
  const a1 = md5(user, ":n:c").toString("hex");
  const a2 = md5("AUTHENTICATE:imap/elwood.innosoft.com").toString("hex");
  const response = md5(`${a1}:n:00000001:c:auth:${a2}`).toString("hex");
  const challenge = 'realm="rëalm",nonce="n",algorithm=md5-sess,charset=utf-8';
  const { answer } = respond(challenge, { username: "jürgen", password: "geheim €" }, "c");
  assertEquals(parseDirectives(answer).get("response"), [response]);
});

Deno.test("Bytes of a nonce are hashed as they came", () => {
  const strange = Uint8Array.of(...bytes('nonce="'), 0xff, 0xfe, ...bytes('",algorithm=md5-sess'));
  const exchange = new DigestMd5Exchange(chris, "c");
  exchange.step(new Uint8Array(0));
  const answer = exchange.step(strange)!;
  assertMatch(String.fromCharCode(...answer), /nonce="\xff\xfe"/);
});

Deno.test("digestMd5() begins each exchange with another nonce of its own", () => {
  const mechanism = digestMd5({ username: "alice", password: "secret" });
  assertEquals(mechanism.name, "DIGEST-MD5");
  const server = { host: "localhost", address: "127.0.0.1", port: 2181 };
  const answers = Array.from({ length: 3 }, () => {
    const exchange = mechanism.start(server, new AbortController().signal);
    exchange.step(new Uint8Array(0));
    return parseDirectives(text(exchange.step(bytes(challenge)) as Uint8Array));
  });
  assertEquals(new Set(answers.map((answer) => answer.get("cnonce")![0])).size, 3);
  assertEquals(answers[0]!.get("digest-uri"), ["zookeeper/zk-sasl-md5"]);
  assertEquals(answers[0]!.get("cnonce")![0]!.length, 32);
});

Deno.test("digestMd5() refuses what is no user and no password", () => {
  const cases: [unknown, string][] = [
    [undefined, "needs a string as username"],
    [null, "needs a string as username"],
    ["alice", "needs a string as username"],
    [{ username: "a", password: "b", reelm: "c" }, 'no option "reelm"; there are username, passw'],
    [{ username: "alice" }, "needs a string as password, not undefined"],
    [{ username: "alice", password: 7 }, "needs a string as password, not number"],
    [{ username: "", password: "" }, "a username that is not empty"],
    [{ username: "alice", password: "", realm: null }, "needs a string as realm, not null"],
  ];
  for (const [options, message] of cases) {
    assertThrows(() => digestMd5(options as never), TypeError, message);
  }
});

Deno.test("parseDirectives() reads what RFC 2831 allows", () => {
  assertEquals([...parseDirectives(' ,a=1 , B = "x, \\"y\\" = z" ,,a="",\tc=')], [
    ["a", ["1", ""]],
    ["b", ['x, "y" = z']],
    ["c", [""]],
  ]);
  for (const value of ["", "a", '"', "\\", '\\"', "a,b=c"]) {
    assertEquals(parseDirectives(`x=${quote(value)}`).get("x"), [value]);
  }
});

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

function bytes(text: string | Uint8Array): Uint8Array {
  return typeof text === "string" ? new TextEncoder().encode(text) : text;
}
