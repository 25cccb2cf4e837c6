/*
 * A search for secrets in everything that could show them, in whatever form they might be shown.
 */

import type { Logger } from "@zkst/zookeeper";
import { createLogger, memorySink } from "@zkst/zookeeper/logger";

/** A secret, and what it is to whom finds it. */
export interface Secret {
  readonly what: string;
  readonly value: string | Uint8Array;
}

/** What was shown of a session and its surroundings. */
export class Evidence {
  readonly #shown: { where: string; text: string }[] = [];

  /** Keeps what there is to see of a value, by whatever means. */
  see(where: string, value: unknown): void {
    const everything = { depth: 100, showHidden: true, iterableLimit: 1e6, strAbbreviateSize: 1e6 };
    this.#add(where, Deno.inspect(value, everything));
    this.#add(where, Deno.inspect(value, { ...everything, getters: true }));
    this.#add(where, json(value));
    this.#add(where, String(value));
    if (!(value instanceof Error)) return;
    this.#add(where, `${value.message} ${value.stack}`);
    this.see(`the cause of ${where}`, value.cause ?? null);
  }

  /** Sees what a call throws or rejects with; it must do either. */
  async seeFailure(where: string, call: () => unknown): Promise<void> {
    try {
      await call();
    } catch (error) {
      return this.see(where, error);
    }
    throw new Error(`${where} has not failed`);
  }

  /** A logger that keeps all it gets, and hands it on to the package's own, at its lowest level. */
  logger(): Logger {
    const sink = memorySink();
    const own = createLogger({ level: "debug", sink });
    const method = (level: "error" | "warn" | "info" | "debug") => {
      return (message: string, fields?: Record<string, unknown>) => {
        this.#add(`a line of ${level}`, message);
        this.see(`the fields of "${message}"`, fields);
        own[level]?.(message, { ...fields });
        this.#add("a line of the logger", sink.lines.pop()!);
        this.see("a record of the logger", sink.records.pop());
      };
    };
    return {
      error: method("error"),
      warn: method("warn"),
      info: method("info"),
      debug: method("debug"),
    };
  }

  /** How much was kept. */
  get length(): number {
    return this.#shown.length;
  }

  /** Where each of the secrets shows. */
  find(secrets: readonly Secret[]): string[] {
    const found = new Set<string>();
    for (const { what, value } of secrets) {
      const forms = formsOf(value);
      for (const { where, text } of this.#shown) {
        if (forms.some((form) => text.includes(form))) found.add(`${what} in ${where}`);
      }
    }
    return [...found];
  }

  #add(where: string, text: string): void {
    // Of lists of numbers, in JSON too, the numbers alone; of texts, without what breaks lines.
    const numbers = text.replaceAll(/"\d+":(?=\d)/g, "").replaceAll(/\s*,\s*/g, ",");
    this.#shown.push({ where, text: `${text}\n${numbers}` });
  }
}

function formsOf(value: string | Uint8Array): string[] {
  const bytes = typeof value === "string" ? new TextEncoder().encode(value) : value;
  // Base64 of it somewhere in the middle: what is left of whole groups, at each of three offsets.
  const base64 = [0, 1, 2].map((from) => {
    const rest = bytes.subarray(from);
    return rest.subarray(0, rest.length - rest.length % 3).toBase64();
  });
  const text = typeof value === "string" ? [value] : [];
  return [...text, ...base64, bytes.toHex(), bytes.toHex().toUpperCase(), bytes.join(",")];
}

function json(value: unknown): string {
  try {
    const plain = (_: string, value: unknown) => typeof value === "bigint" ? `${value}n` : value;
    return JSON.stringify(value, plain) ?? "";
  } catch {
    return "";
  }
}
