/**
 * Four-letter words: what an operator asks a server on a connection of its own, without a session.
 * The word is all that is sent; the answer is text, and the server closes the connection behind it.
 */
import { ZooKeeperError } from "../errors.ts";
import { Rc } from "../proto/constants.ts";
import { messageOf } from "../session/dial.ts";
import { type Host, hostPort, isAddress, parseConnectString } from "../session/hosts.ts";
import { checkOptions, completePlatform } from "../settings.ts";
import { abortable, checkTls, type TlsSource } from "../tls/options.ts";
import type { Platform, Transport } from "../types.ts";

/**
 * A word that servers know: `ruok` (are you ok: "imok"), `srvr` (version, mode, counters; the only
 * one on the whitelist by default), `stat` (and clients), `mntr` (for monitoring), `conf`, `envi`,
 * `cons` (connections), `dump` (sessions and ephemerals), `isro` ("ro" or "rw"), `wchs`, `wchc`,
 * `wchp` (watches), `dirs`, `hash`, `gtmk`; `crst` and `srst` reset counters.
 */
export type FourLetterWord =
  | "conf"
  | "cons"
  | "dirs"
  | "dump"
  | "envi"
  | "gtmk"
  | "hash"
  | "isro"
  | "mntr"
  | "ruok"
  | "srvr"
  | "stat"
  | "wchc"
  | "wchp"
  | "wchs"
  | "crst"
  | "srst";

const words = "conf cons dirs dump envi gtmk hash isro mntr ruok srvr stat wchc wchp wchs crst srst"
  .split(" ");

/** Options of {@link fourLetterWord}. */
export interface FourLetterWordOptions {
  /** Gives it up: it rejects with the signal's reason. */
  signal?: AbortSignal;
  /** Gives it up after so many ms. 5000. */
  timeout?: number;
  /** The longest answer, bytes; a longer one rejects. 16,777,216. */
  maxAnswer?: number;
  /** Asks under TLS; as the option of the same name of a session. */
  tls?: TlsSource;
  /** What to run on in place of Deno's sockets, DNS and clock, or parts of it. */
  platform?: Partial<Platform>;
}

/**
 * Asks a server, "host:port", one of ZooKeeper's four-letter words, and resolves with its answer. A
 * server without a quorum answers some of them with a sentence that says so.
 *
 * @throws {TypeError} for a server, a word or an option that is not valid.
 * @throws {ZooKeeperError} that it rejects with: UNIMPLEMENTED when the word is not on the server's
 * whitelist (4lw.commands.whitelist), REQUESTTIMEOUT, CONNECTIONLOSS when it cannot be reached, hangs
 * up without an answer, or does not come to its end.
 *
 * @example
 * ```ts
 * import { fourLetterWord, parseMntr } from "@zkst/zookeeper";
 *
 * console.log(await fourLetterWord("127.0.0.1:2181", "srvr"));
 * const values = parseMntr(await fourLetterWord("127.0.0.1:2181", "mntr"));
 * console.log(values.get("zk_znode_count"));
 * ```
 */
export function fourLetterWord(
  server: string,
  word: FourLetterWord,
  options: FourLetterWordOptions = {},
): Promise<string> {
  const host = parseServer(server);
  if (!words.includes(word)) {
    throw new TypeError(`The word must be one of ${words.join(", ")}, not ${show(word)}`);
  }
  checkOptions(options);
  checkNames(options);
  const { timeout = 5000, maxAnswer = 1 << 24, tls = false, signal } = options;
  checkOver("timeout", timeout, "ms");
  checkOver("maxAnswer", maxAnswer, "bytes");
  checkTls(tls);
  if (signal?.aborted) return Promise.reject(signal.reason);
  const platform = completePlatform(options.platform ?? {}, tls);
  return new Question(platform, host, word, maxAnswer).ask(timeout, signal);
}

/**
 * The values in an answer to `mntr`, by their names ("zk_znode_count"): numbers where they are
 * numbers, else text.
 */
export function parseMntr(answer: string): Map<string, number | string> {
  const values = new Map<string, number | string>();
  for (const line of answer.split("\n")) {
    const tab = line.indexOf("\t");
    if (tab < 0) continue;
    const value = line.slice(tab + 1).trim();
    values.set(line.slice(0, tab), javaNumber.test(value) ? Number(value) : value);
  }
  return values;
}

/** Java writes what is small or large as 5.0E-4. */
const javaNumber = /^-?\d+(\.\d+(E-?\d+)?)?$/;

/** One word to one server. */
class Question {
  readonly #controller = new AbortController();
  #transport: Transport | null = null;

  constructor(
    readonly platform: Platform,
    readonly host: Host,
    readonly word: FourLetterWord,
    readonly maxAnswer: number,
  ) {}

  async ask(timeout: number, signal: AbortSignal | undefined): Promise<string> {
    const { clock } = this.platform;
    using _ = clock.timer(clock.now() + timeout, () => {
      this.#giveUp(this.#failure(Rc.REQUESTTIMEOUT, `no answer within ${timeout} ms`));
    });
    const abort = () => this.#giveUp(signal!.reason);
    signal?.addEventListener("abort", abort, { once: true });
    try {
      const { signal } = this.#controller;
      return this.#judge(await abortable(signal, this.#converse()));
    } catch (error) {
      if (this.#controller.signal.aborted) throw this.#controller.signal.reason;
      if (error instanceof ZooKeeperError) throw error;
      throw this.#failure(Rc.CONNECTIONLOSS, messageOf(error), error);
    } finally {
      signal?.removeEventListener("abort", abort);
      this.#transport?.close();
    }
  }

  /** To the first of its addresses that can be reached. */
  async #connect(): Promise<Transport> {
    const { host, port } = this.host;
    const { signal } = this.#controller;
    const addresses = isAddress(host) ? [host] : await this.platform.resolve(host, signal);
    let failure: unknown = new Error("The name has no address");
    for (const address of addresses) {
      signal.throwIfAborted();
      try {
        return await this.platform.connect({ host, address, port }, signal);
      } catch (error) {
        failure = error;
      }
    }
    throw failure;
  }

  async #converse(): Promise<string> {
    const transport = this.#transport = await this.#connect();
    // What was asked to end may come to its end later, a lookup of Deno's say.
    if (this.#controller.signal.aborted) transport.close();
    for (let left = new TextEncoder().encode(this.word); left.length > 0;) {
      left = left.subarray(await transport.write(left));
    }
    const decoder = new TextDecoder();
    const buffer = new Uint8Array(1 << 16);
    let answer = "";
    let size = 0;
    for (let n; (n = await transport.read(buffer)) !== null;) {
      if ((size += n) > this.maxAnswer) {
        const what = `the answer is longer than ${this.maxAnswer} bytes`;
        throw this.#failure(Rc.CONNECTIONLOSS, what);
      }
      answer += decoder.decode(buffer.subarray(0, n), { stream: true });
    }
    return answer + decoder.decode();
  }

  #judge(answer: string): string {
    if (answer === "") {
      const what = "it hung up without an answer: it may not know the word, or speak TLS alone";
      throw this.#failure(Rc.CONNECTIONLOSS, what);
    }
    if (!answer.startsWith(`${this.word} is not executed`)) return answer;
    throw this.#failure(Rc.UNIMPLEMENTED, `the server says: ${answer.trim().slice(0, 200)}`);
  }

  #giveUp(reason: unknown): void {
    this.#controller.abort(reason);
    this.#transport?.close();
  }

  #failure(rc: number, what: string, cause?: unknown): ZooKeeperError {
    const message = `Cannot ask ${hostPort(this.host)} for "${this.word}": ${what}`;
    return new ZooKeeperError(rc, { message, ...cause === undefined ? {} : { cause } });
  }
}

function parseServer(server: string): Host {
  const { hosts, chroot } = parseConnectString(server);
  const [host, ...others] = hosts;
  if (others.length === 0 && chroot === "" && !host!.isService) return host!;
  throw new TypeError(`The server must be one "host:port", not "${server}"`);
}

/** A misspelt option would be silently without effect. */
function checkNames(options: FourLetterWordOptions): void {
  const stray = Object.keys(options).find((key) => !optionNames.includes(key));
  if (stray === undefined) return;
  throw new TypeError(
    `fourLetterWord() has no option "${stray}"; there are ${optionNames.join(", ")}`,
  );
}

const optionNames: readonly string[] = ["signal", "timeout", "maxAnswer", "tls", "platform"];

function checkOver(name: string, value: number, unit: string): void {
  if (typeof value !== "number") {
    throw new TypeError(`The option "${name}" must be a number of ${unit}, not ${typeof value}`);
  }
  if (value > 0) return;
  throw new RangeError(`The option "${name}" must be over 0 ${unit}, not ${value}`);
}

function show(word: unknown): string {
  return typeof word === "string" ? JSON.stringify(word.slice(0, 20)) : typeof word;
}
