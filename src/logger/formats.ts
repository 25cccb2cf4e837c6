/**
 * Lines of text, of JSON, and those of the C client and of tiny_rpc for who has tools that read them.
 *
 * @module
 */
import type { Level } from "./levels.ts";
import { cut, escape } from "./line.ts";
import type { LogRecord, Plain, PlainFields } from "./record.ts";

/** `2026-03-09T04:05:06.007Z INFO zk: Connected server=10.0.0.1:2181`. The time is UTC. */
export function textFormat({ time, level, category, message, fields }: LogRecord): string {
  const who = category === "" ? "" : ` ${category}`;
  return `${utc(time)} ${upper[level]}${who}: ${message}${pairs(fields)}`;
}

/** NDJSON: an object with `time`, `level`, `category`, `message`, `fields`. One too long loses its fields. */
export function jsonFormat(record: LogRecord, lengthMax: number): string {
  const line = json(record, record.message, record.fields);
  if (line.length <= lengthMax) return line;
  const fields = { cutFrom: line.length };
  // Escaping makes a message longer by an unknown factor.
  for (let room = lengthMax;; room = Math.floor(room / 2)) {
    const shorter = json(record, cut(record.message, room), fields);
    if (shorter.length <= lengthMax || room === 0) return shorter;
  }
}

/**
 * The line of ZooKeeper's C client: `2026-03-09 04:05:06,007:4711:ZOO_INFO@zk: Connected`, in local
 * time, with the category where C has the function.
 */
export function cFormat({ time, level, category, message, fields }: LogRecord): string {
  const who = category === "" ? "-" : category;
  return `${local(time)}:${Deno.pid}:ZOO_${upper[level]}@${who}: ${message}${pairs(fields)}`;
}

/** tiny_rpc's line: `4:5:6 =>[info] Connected`, in local time. */
export function tinyRpcFormat({ time, level, message, fields }: LogRecord): string {
  const date = new Date(time);
  const at = `${date.getHours()}:${date.getMinutes()}:${date.getSeconds()}`;
  return `${at} =>[${level}] ${message}${pairs(fields)}`;
}

const upper: Readonly<Record<Level, string>> = {
  error: "ERROR",
  warn: "WARN",
  info: "INFO",
  debug: "DEBUG",
};

function json({ time, level, category, ...rest }: LogRecord, message: string, f: PlainFields) {
  const fields = f === rest.fields && Object.keys(f).length === 0 ? undefined : f;
  return escape(JSON.stringify({ time: utc(time), level, category, message, fields }));
}

function pairs(fields: PlainFields): string {
  let text = "";
  for (const key of Object.keys(fields)) text += ` ${word(key)}=${valueOf(fields[key]!)}`;
  return text;
}

function valueOf(value: Plain): string {
  return typeof value === "string" ? word(value) : JSON.stringify(value);
}

/** Quoted, unless it can be mistaken for nothing else. */
function word(text: string): string {
  return /^[\w.:/@+-]+$/.test(text) ? text : JSON.stringify(text);
}

const utc = lastOf((time) => new Date(time).toISOString());

const local = lastOf((time) => {
  const date = new Date(time);
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join("-");
  const clock = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(":");
  return `${day} ${clock},${String(date.getMilliseconds()).padStart(3, "0")}`;
});

function two(number: number): string {
  return String(number).padStart(2, "0");
}

/** Many records fall into one ms, and a date costs more than the rest of a line. */
function lastOf(format: (time: number) => string): (time: number) => string {
  let last = NaN;
  let text = "";
  return (time) => {
    if (time !== last) {
      text = isFinite(time) ? format(time) : String(time);
      last = time;
    }
    return text;
  };
}
