/**
 * A ZooKeeper client for Deno in the manner of `zookeeper_st`: one thread, and an explicit loop that
 * the application drives.
 *
 * `interest()` says which events the session waits for and until when, `process()` reads, writes and
 * runs what was waiting for it. Those who want no loop of their own write
 * `await using zk = await ZooKeeper.connect("127.0.0.1:2181")`.
 *
 * @example
 * ```ts
 * import { ZooKeeper } from "@zkst/zookeeper";
 *
 * const zk = new ZooKeeper("127.0.0.1:2181");
 * zk.getChildren("/").then(console.log).finally(() => zk.close());
 *
 * while (!zk.closed) {
 *   const want = zk.interest(); // which events, until when
 *   zk.process(await want.wait()); // reads, writes, callbacks
 * }
 * ```
 *
 * @module
 */
export { digestMd5 } from "./src/auth/digest_md5.ts";
export type { DigestMd5Options } from "./src/auth/digest_md5.ts";
export { fourLetterWord, parseMntr } from "./src/client/four_letter_word.ts";
export type { FourLetterWord, FourLetterWordOptions } from "./src/client/four_letter_word.ts";
export { Helpers } from "./src/client/helpers.ts";
export type { WaitForOptions } from "./src/client/wait_for.ts";
export { stripProtection } from "./src/client/protection.ts";
export { Operations } from "./src/client/operations.ts";
export type { DataAndStat } from "./src/client/operations.ts";
export { errorName, ZooKeeperError } from "./src/errors.ts";
export type { ZooKeeperErrorOptions } from "./src/errors.ts";
export type { Interest } from "./src/interest.ts";
export { Poll } from "./src/poll.ts";
export type { Pollable } from "./src/poll.ts";
export { connectTls } from "./src/tls/connect.ts";
export { acceptTls } from "./src/tls/accept.ts";
export type {
  TlsOptions,
  TlsServerOptions,
  TlsServerSource,
  TlsSource,
} from "./src/tls/options.ts";
export type { TlsPeer, TlsTransport } from "./src/tls/transport.ts";
export type {
  CallOptions,
  CreateOptions,
  Reconfig,
  RetryOptions,
  WatchIteratorOptions,
  WatchOptions,
} from "./src/types.ts";
export * from "./src/values.ts";
export { ZooKeeper } from "./src/zookeeper.ts";
export { Status } from "./src/client/status.ts";
export type { NewerOperation } from "./src/client/status.ts";
export type { ZooKeeperOptions } from "./src/settings.ts";
