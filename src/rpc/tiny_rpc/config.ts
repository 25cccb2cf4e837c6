/**
 * tiny_rpc's configuration file: `key=value`, a line each. Read as tiny_rpc reads it, with what is odd
 * about that: a file that works for one works for the other.
 *
 * - Spaces are trimmed, around a line, a key and a value; tabs and carriage returns are part of them,
 *   and spaces alone are not trimmed at all.
 * - A line that starts with "#" is a comment; "#" elsewhere is part of a value.
 * - Of a key that comes twice the first value counts.
 * - Lines are read 511 bytes at a time, so what stands behind that in one is a line of its own.
 * - A line without "=" is passed over, and a key that is not there has the value "".
 */

/** The configuration of a program of tiny_rpc's. */
export class TinyRpcConfig {
  readonly #values = new Map<string, string>();

  /**
   * Reads the text of a file.
   *
   * @example
   * ```ts
   * import { TinyRpcConfig } from "@zkst/zookeeper/rpc";
   *
   * const config = new TinyRpcConfig("# where it listens\nrpcserverip = 127.0.0.1\nrpcserverport=8000");
   * console.log(config.load("rpcserverip"), config.port("rpcserverport"));
   * ```
   */
  constructor(text: string) {
    for (const line of pieces(text)) {
      const trimmed = trim(line);
      const equals = trimmed.indexOf("=");
      if (trimmed.startsWith("#") || equals < 0) continue;
      const key = trim(trimmed.slice(0, equals));
      if (!this.#values.has(key)) this.#values.set(key, trim(trimmed.slice(equals + 1)));
    }
  }

  /** A key's value; "" for one that is not there. */
  load(key: string): string {
    return this.#values.get(key) ?? "";
  }

  /**
   * A key's value as a port, which tiny_rpc takes whatever it is.
   *
   * @throws {TypeError} for one that is none.
   */
  port(key: string): number {
    const value = this.load(key);
    if (/^\d{1,5}$/.test(value) && Number(value) <= 0xffff) return Number(value);
    throw new TypeError(
      `The configuration's ${key} must be a port, 0 to 65535, not ${JSON.stringify(value)}`,
    );
  }
}

/** The most bytes that one read of a line gives: a buffer of 512, and its end. */
const pieceMax = 511;

/** Lines as they are read, without their ends. */
function* pieces(text: string): Generator<string> {
  for (const line of text.split("\n")) {
    if (line.length <= pieceMax / 4) {
      yield line;
      continue;
    }
    const bytes = new TextEncoder().encode(line);
    for (let at = 0; at < bytes.length; at += pieceMax) {
      yield new TextDecoder().decode(bytes.subarray(at, at + pieceMax));
    }
  }
}

/** Without the spaces around it; spaces alone stay. */
function trim(text: string): string {
  return /^ +$/.test(text) ? text : text.replaceAll(/^ +| +$/g, "");
}
