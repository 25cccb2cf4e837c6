/** Services out of .proto text. */
import protobuf from "protobufjs";
import { servicesOf } from "./from_root.ts";

/** Options of {@link parseServices}. */
export interface ParseOptions {
  /** The text of the files that it imports, by the name they are imported under. */
  imports?: Readonly<Record<string, string>>;
}

/**
 * The services in the text of a .proto, by their short name; as {@link fromRoot}. The text is trusted:
 * never take it from the network.
 *
 * @throws {TypeError} for text that is not valid, saying where and what to do.
 *
 * @example
 * ```ts
 * import { parseServices } from "@zkst/zookeeper/rpc";
 *
 * const { UserServiceRpc } = parseServices(`
 *   syntax = "proto3";
 *   package fixbug;
 *   message LoginRequest { bytes name = 1; bytes pwd = 2; }
 *   message LoginResponse { bool success = 1; }
 *   service UserServiceRpc { rpc Login(LoginRequest) returns (LoginResponse); }
 * `);
 * console.log(UserServiceRpc.name, Object.keys(UserServiceRpc.methods)); // fixbug.UserServiceRpc ["login"]
 * ```
 */
// deno-lint-ignore no-explicit-any -- What is in the text only the text says; generate a module for types.
export function parseServices<T = any>(text: string, options: ParseOptions = {}): T {
  for (const key of Object.keys(options)) {
    if (key !== "imports") throw new TypeError(`Unknown option "${key}": there is imports`);
  }
  return servicesOf(parseRoot(text, options)) as T;
}

/**
 * The root of a .proto and of what it imports.
 *
 * @throws {TypeError} for text that is not valid.
 */
export function parseRoot(text: string, options: ParseOptions): protobuf.Root {
  const root = new protobuf.Root();
  const added = new Set<string>();
  const add = (name: string, source: string, from: readonly string[]) => {
    for (const imported of parseInto(root, name, source)) {
      if (from.includes(imported)) throw new TypeError(`"${imported}" imports itself`);
      if (added.has(imported)) continue;
      added.add(imported);
      if (addCommon(root, imported)) continue;
      const further = options.imports?.[imported];
      if (further === undefined) {
        throw new TypeError(`${name} imports "${imported}": give its text in the option imports`);
      }
      add(`"${imported}"`, further, [...from, imported]);
    }
  };
  add("The .proto", text, []);
  return root;
}

/** What a file imports. */
function parseInto(root: protobuf.Root, name: string, source: string): readonly string[] {
  if (typeof source !== "string") throw new TypeError(`${name} must be text`);
  if (!/(?:^|\*\/)\s*(?:syntax|edition)\s*=/m.test(source)) {
    throw new TypeError(
      `${name} does not say its syntax: begin it with ` +
        `syntax = "proto3"; and a line such as package fixbug;`,
    );
  }
  try {
    const { imports = [], weakImports = [] } = protobuf.parse(source, root);
    return [...imports, ...weakImports];
  } catch (error) {
    throw new TypeError(`${name} is not valid: ${(error as Error).message}`);
  }
}

/**
 * What a .proto imports; `name` is for the error.
 *
 * @throws {TypeError} for text that is not valid.
 */
export function importsOf(name: string, source: string): readonly string[] {
  return parseInto(new protobuf.Root(), name, source);
}

/** Whether it is one of Google's files that protobufjs has; descriptor.proto is not. */
export function isCommon(name: string): boolean {
  return protobuf.common.get(name) !== null;
}

/** Google's own types, which protobufjs has. */
function addCommon(root: protobuf.Root, name: string): boolean {
  const known = protobuf.common.get(name) as { nested: protobuf.INamespace["nested"] } | null;
  if (known === null) return false;
  root.addJSON(known.nested!);
  return true;
}
