/*
 * Four-letter words to servers that answer, that do not, and that answer without an end: the server
 * is played in memory or by a socket of our own. Real ones are asked in tests/tls.
 */

import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { fourLetterWord, parseMntr, ZooKeeperError } from "@zkst/zookeeper";
import type { FourLetterWord, FourLetterWordOptions, Transport } from "@zkst/zookeeper";
import { TestServer } from "@zkst/zookeeper/testing";

Deno.test("fourLetterWord() gives the answer, and parseMntr() its values", async () => {
  await using server = new TestServer({ realTime: true });
  const address = await server.listen();
  assertEquals(await fourLetterWord(address, "ruok"), "imok");
  assertEquals(await fourLetterWord(address, "isro"), "rw");
  assertStringIncludes(await fourLetterWord(address, "srvr"), "Mode: standalone\n");
  const values = parseMntr(await fourLetterWord(address, "mntr"));
  assertEquals(values.get("zk_server_state"), "standalone");
  assertEquals(values.get("zk_avg_latency"), 0);
  assertEquals(values.get("zk_ephemerals_count"), 0);
  assert(String(values.get("zk_version")).startsWith("3."));
});

Deno.test("parseMntr() knows numbers as Java writes them", () => {
  const answer =
    "zk_a\t5.0E-4\nzk_b\t-1.2E10\nzk_c\t7\nzk_d\t0.5\nzk_version\t3.9.5-1E5\nzk_e\t1E\n";
  const values = Object.fromEntries(parseMntr(answer));
  const [zk_version, zk_e] = ["3.9.5-1E5", "1E"];
  assertEquals(values, { zk_a: 5e-4, zk_b: -1.2e10, zk_c: 7, zk_d: 0.5, zk_version, zk_e });
});

Deno.test("fourLetterWord() rejects with what the server says, or does not", async () => {
  await rejects("stat", "CONNECTIONLOSS", "hung up without an answer", () => "");
  const sentence = "stat is not executed because it is not in the whitelist.\n";
  await rejects("stat", "UNIMPLEMENTED", `the server says: ${sentence.trim()}`, () => sentence);
  const endless = () => "x".repeat(10_000);
  const options = { maxAnswer: 50_000 };
  await rejects("dump", "CONNECTIONLOSS", "longer than 50000 bytes", endless, options);
  await rejects("ruok", "REQUESTTIMEOUT", "no answer within 50 ms", () => null, { timeout: 50 });
  await assertRejects(
    () => fourLetterWord("127.0.0.1:1", "ruok"),
    ZooKeeperError,
    'Cannot ask 127.0.0.1:1 for "ruok": Connection refused',
  );
});

Deno.test("fourLetterWord() tries all addresses of a name, and obeys its signal", async () => {
  using server = new Playing(() => "imok");
  const dialled: string[] = [];
  const platform: FourLetterWordOptions["platform"] = {
    resolve: () => Promise.resolve(["192.0.2.1", "127.0.0.1"]),
    connect: ({ address }) => {
      dialled.push(address);
      if (address === "192.0.2.1") return Promise.reject(new Error("No route"));
      return Deno.connect({ hostname: "127.0.0.1", port: server.port });
    },
  };
  assertEquals(await fourLetterWord("zk.example.org", "ruok", { platform }), "imok");
  assertEquals(dialled, ["192.0.2.1", "127.0.0.1"]);

  using silent = new Playing(() => null);
  const reason = new Error("Enough");
  const controller = new AbortController();
  const { signal } = controller;
  const asking = fourLetterWord(`127.0.0.1:${silent.port}`, "ruok", { signal });
  await silent.asked;
  controller.abort(reason);
  assertEquals(await asking.catch((error) => error), reason);
  const aborted = () => fourLetterWord("127.0.0.1:1", "ruok", { signal });
  assertEquals(await aborted().catch((error) => error), reason);
});

Deno.test("fourLetterWord() gives up although the lookup, or the dial, goes on", async () => {
  for (const what of ["resolve", "connect"] as const) {
    const late = Promise.withResolvers<never>();
    const platform = { resolve: () => Promise.resolve(["192.0.2.1"]), [what]: () => late.promise };
    await assertRejects(
      () => fourLetterWord("zk.example.org", "ruok", { platform, timeout: 10 }),
      ZooKeeperError,
      "no answer within 10 ms",
    );
    const controller = new AbortController();
    const { signal } = controller;
    const asked = fourLetterWord("zk.example.org", "ruok", { platform, signal });
    const reason = new Error("Enough");
    controller.abort(reason);
    assertEquals(await asked.catch((error) => error), reason);
    late.reject(new Error("Too late"));
  }
});

Deno.test("fourLetterWord() closes a connection that comes when it has given up", async () => {
  const late = Promise.withResolvers<Transport>();
  const closed = Promise.withResolvers<void>();
  const platform = { connect: () => late.promise };
  const options = { platform, timeout: 10 };
  await assertRejects(() => fourLetterWord("192.0.2.1", "ruok", options), ZooKeeperError);
  const isOver = () => Promise.reject(new Error("It is closed"));
  late.resolve({ read: isOver, write: isOver, close: () => closed.resolve() });
  await closed.promise;
});

Deno.test("fourLetterWord() takes one server, a word there is, and options that make sense", () => {
  const rows: [string, string, FourLetterWordOptions, string][] = [
    ["a:1,b:2", "ruok", {}, 'must be one "host:port", not "a:1,b:2"'],
    ["a:1/app", "ruok", {}, 'must be one "host:port"'],
    ["a:0", "ruok", {}, "is not a host, host:port"],
    [
      "a:1",
      "srvs",
      {},
      "must be one of conf, cons, dirs, dump, envi, gtmk, hash, isro, mntr, ruok",
    ],
    ["a:1", "ruok", { timeout: 0 }, "must be over 0 ms, not 0"],
    ["a:1", "ruok", { timeout: "5" as never }, "must be a number of ms, not string"],
    ["a:1", "ruok", 5000 as never, "The options must be an object, not number"],
    ["a:1", "ruok", { timout: 5 } as never, 'has no option "timout"; there are signal, timeout'],
    ["srv:_zookeeper._tcp.example.org", "ruok", {}, 'must be one "host:port", not "srv:_zoo'],
    ["a:1", "ruok", { maxAnswer: NaN }, "must be over 0 bytes, not NaN"],
    ["a:1", "ruok", { tls: { cert: "" } }, 'The option "tls.cert" must be PEM text'],
  ];
  for (const [server, word, options, message] of rows) {
    assertThrows(() => fourLetterWord(server, word as FourLetterWord, options), Error, message);
  }
});

async function rejects(
  word: FourLetterWord,
  code: string,
  message: string,
  answer: () => string | null,
  options?: FourLetterWordOptions,
): Promise<void> {
  using server = new Playing(answer);
  const error = await assertRejects(
    () => fourLetterWord(`127.0.0.1:${server.port}`, word, options),
    ZooKeeperError,
    message,
  );
  assertEquals(error.code, code);
}

/** A server that answers one connection: null is silence, and what is long has no end. */
class Playing implements Disposable {
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly port: number = this.#listener.addr.port;
  readonly asked: Promise<void>;

  constructor(answer: () => string | null) {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.asked = promise;
    this.#listener.accept().then(async (conn) => {
      await conn.read(new Uint8Array(4));
      resolve();
      const text = answer();
      try {
        do {
          if (text !== null) await conn.write(new TextEncoder().encode(text));
        } while (text !== null && text.length > 1000);
        if (text === null) await conn.read(new Uint8Array(1));
      } catch {
        // The client has had enough.
      }
      conn.close();
    }, () => {});
  }

  [Symbol.dispose](): void {
    this.#listener.close();
  }
}
