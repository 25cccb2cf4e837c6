/**
 * A logger that does not make its callers wait for a disk, for applications; a library, like this
 * one, takes any object with the methods `error`, `warn`, `info` and `debug`, each of which may be
 * absent, and says nothing unless it is given one.
 *
 * ```ts
 * import { asyncSink, createLogger, fileSink } from "@zkst/zookeeper/logger";
 *
 * const path = `${await Deno.makeTempDir()}/app.log`;
 * await using sink = asyncSink(fileSink(path, { rotate: { bytes: 64 << 20, keep: 7 } }));
 * const log = createLogger({ level: "info", sink });
 *
 * const zk = log.child({ category: "zk" }); // new ZooKeeper("127.0.0.1:2181", { logger: zk })
 * zk.info?.("Connected", { server: "127.0.0.1:2181", password: "not in the log" });
 * zk.debug?.("Not built at this level", () => ({ costly: performance.now() }));
 * log.setLevel("debug", "zk"); // at any time, for a category
 * zk.debug?.("Built now");
 *
 * await sink.flush();
 * console.log(await Deno.readTextFile(path));
 * ```
 *
 * A line is made at the call, waits in a queue, and leaves with all others of its turn of the event
 * loop in one write. {@link AsyncSinkOptions.overflow} says what happens when the disk does not keep
 * up. A program that ends on a signal calls `flushSync()` in its handler; at a regular end and on an
 * error that nobody caught it happens by itself.
 *
 * @module
 */
export { type AsyncSink, asyncSink, type AsyncSinkOptions, type Overflow } from "./async_sink.ts";
export type { Complain } from "./complaint.ts";
export { type FileSink, fileSink, type FileSinkOptions, tinyRpcFile } from "./file_sink.ts";
export { cFormat, jsonFormat, textFormat, tinyRpcFormat } from "./formats.ts";
export type { Level, Threshold } from "./levels.ts";
export {
  createLogger,
  type LeveledLogger,
  type LeveledMethod,
  type LoggerOptions,
} from "./logger.ts";
export { consoleSink, type MemorySink, memorySink } from "./memory_sink.ts";
export { redactedKeys } from "./plain.ts";
export type {
  BatchSink,
  FieldsOrLazy,
  Formatter,
  LogRecord,
  Plain,
  PlainFields,
  Sink,
} from "./record.ts";
export type { RotateOptions } from "./rotation.ts";
export { sampled, type SampledLogger, type SampledOptions } from "./sampled.ts";
export type { Logger, LogMethod } from "../types.ts";
