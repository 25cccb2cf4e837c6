/** A module of TypeScript for a .proto: its messages as interfaces, its services with their types. */
import protobuf from "protobufjs";
import { methodKey, servicesOf } from "./from_root.ts";
import { isOptional } from "./message_type.ts";
import { type ParseOptions, parseRoot } from "./parse_services.ts";

/**
 * The text of a module with an interface for each message, a type for each enum, and a ServiceSpec for
 * each service of a .proto.
 *
 * @throws {TypeError} as `parseServices()`.
 */
export function typescriptOf(text: string, options: ParseOptions & { from: string }): string {
  const { from, imports = {} } = options;
  const root = parseRoot(text, { imports });
  servicesOf(root);
  const names = new Names(root);
  const { services, types, enums } = contentsOf(root);
  const importsGiven = Object.keys(imports).length === 0
    ? ""
    : `, { imports: ${JSON.stringify(imports, null, 2)} }`;
  return [
    `// Made from ${from} by @zkst/zookeeper/rpc/generate; do not edit.`,
    `import { parseServices, type ProtoMethod, type ServiceSpec } from "@zkst/zookeeper/rpc";`,
    ...enums.map((one) => enumText(one, names)),
    ...types.map((one) => messageText(one, names)),
    `const services = parseServices(${literal(text)}${importsGiven});`,
    ...services.map((one) => serviceText(one, names, services)),
  ].join("\n\n") + "\n";
}

/** What the module has anyway. */
const taken = ["parseServices", "ProtoMethod", "ServiceSpec", "services", "Uint8Array"];

/** What messages and enums are called: as short as they are told apart by. */
class Names {
  readonly #names = new Map<protobuf.ReflectionObject, string>();

  constructor(root: protobuf.Root) {
    const { types, enums } = contentsOf(root);
    const all = [...types, ...enums];
    const used = new Set(taken);
    for (const [short, same] of Map.groupBy<string, protobuf.ReflectionObject>(all, nested)) {
      for (const one of same) {
        let name = same.length === 1 ? short : one.fullName.slice(1).replaceAll(".", "_");
        // Outer.Inner and Outer_Inner are still the same.
        while (used.has(name)) name += "_";
        used.add(name);
        this.#names.set(one, name);
      }
    }
  }

  of(one: protobuf.ReflectionObject): string {
    return this.#names.get(one)!;
  }
}

/** The name with those of the messages that it is in: Outer_Inner. */
function nested(one: protobuf.ReflectionObject): string {
  return one.parent instanceof protobuf.Type ? `${nested(one.parent)}_${one.name}` : one.name;
}

interface Contents {
  services: protobuf.Service[];
  types: protobuf.Type[];
  enums: protobuf.Enum[];
}

function contentsOf(root: protobuf.Root): Contents {
  const contents: Contents = { services: [], types: [], enums: [] };
  const visit = (namespace: protobuf.NamespaceBase) => {
    for (const one of namespace.nestedArray) {
      if (one instanceof protobuf.Service) contents.services.push(one);
      if (one instanceof protobuf.Type) contents.types.push(one);
      if (one instanceof protobuf.Enum) contents.enums.push(one);
      if (one instanceof protobuf.Namespace) visit(one);
    }
  };
  visit(root);
  return contents;
}

function enumText(one: protobuf.Enum, names: Names): string {
  const lines = Object.entries(one.values).map(([name, value]) => `  ${name}: ${value},`);
  const name = names.of(one);
  return `/** \`${one.fullName.slice(1)}\`, by name. */\n` +
    `export const ${name} = {\n${lines.join("\n")}\n} as const;\n` +
    `/** A number of \`${one.fullName.slice(1)}\`. */\nexport type ${name} = number;`;
}

function messageText(one: protobuf.Type, names: Names): string {
  const lines = one.fieldsArray.map((field) => `  ${fieldKey(field)}: ${fieldType(field, names)};`);
  return `/** \`${one.fullName.slice(1)}\`. */\n` +
    `export interface ${names.of(one)} {\n${lines.join("\n")}\n}`.replace("{\n\n}", "{}");
}

/** An extension's name has dots. */
function fieldKey({ name }: protobuf.Field): string {
  return name.startsWith(".") ? JSON.stringify(name) : name;
}

function fieldType(field: protobuf.Field, names: Names): string {
  const { resolvedType, type } = field.resolve();
  const one = resolvedType === null ? scalarType(type) : names.of(resolvedType);
  // A message may be called Record.
  if (field instanceof protobuf.MapField) return `{ [key: string]: ${one} }`;
  if (field.repeated) return `${one}[]`;
  return resolvedType instanceof protobuf.Type || isOptional(field) ? `${one} | null` : one;
}

function scalarType(type: string): string {
  if (type === "bytes") return "Uint8Array";
  if (type === "string") return "string";
  if (type === "bool") return "boolean";
  return /64$/.test(type) ? "bigint" : "number";
}

function serviceText(
  one: protobuf.Service,
  names: Names,
  all: readonly protobuf.Service[],
): string {
  const methods = one.methodsArray.filter((method) =>
    !method.requestStream && !method.responseStream
  )
    .map((method) => {
      const [request, response] = [method.resolvedRequestType!, method.resolvedResponseType!];
      return `  ${methodKey(method.name)}: ProtoMethod<${names.of(request)}, ${
        names.of(response)
      }>;`;
    });
  const full = one.fullName.slice(1);
  const unique = all.filter(({ name }) => name === one.name).length === 1;
  const name = unique ? one.name : full.replaceAll(".", "_");
  return `/** \`${full}\`. */\nexport const ${name}: ServiceSpec<{\n${methods.join("\n")}\n}> =\n` +
    `  services[${JSON.stringify(unique ? one.name : full)}];`;
}

/** The text as a template, so that its lines stay lines. */
function literal(text: string): string {
  return `\`\n${text.trim().replaceAll(/[\\`]|\$\{/g, "\\$&")}\n\``;
}
