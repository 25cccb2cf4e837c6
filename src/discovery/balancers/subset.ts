/**
 * A few instances of many, so that a thousand clients and a thousand servers do not make a million
 * connections. Each client takes the instances that drew the lowest numbers for its name: the same
 * ones at each start, and when an instance comes or goes a client changes one of its own at most.
 */
import { usable } from "./filter.ts";
import { KeyBytes, mixed, murmur3 } from "./key_hash.ts";
import { identity } from "./rendezvous.ts";
import { Derived, type Source } from "./source.ts";

/** Options of {@link subset}. */
export interface SubsetOptions {
  /** What tells this client from the others, and stays the same: "web-7". */
  client: string;
  /** How many instances; 20 unless given. All, where there are no more. */
  size?: number;
}

/**
 * Some of a source's instances, which ones depends on the client's name alone.
 *
 * @throws {TypeError} for what is no source, and for want of a client's name.
 * @throws {RangeError} for a size that is not a whole number over 0.
 */
export function subset(source: Source, options: SubsetOptions): Source {
  const { client, size = 20 } = options;
  if (typeof client !== "string") throw new TypeError("subset() takes the client's name, a string");
  if (!(Number.isInteger(size) && size > 0)) {
    throw new RangeError(`A subset's size must be a whole number over 0, got ${size}`);
  }
  const bytes = new KeyBytes();
  const hashOf = (text: string) => {
    bytes.set(text);
    return murmur3(bytes.bytes, bytes.length, 0);
  };
  const seed = hashOf(client);
  return new Derived(usable(source), (instances) => {
    if (instances.length <= size) return instances;
    const drawn = instances.map((instance) => {
      const name = identity(instance);
      return { instance, name, number: mixed(hashOf(name) ^ seed) };
    });
    drawn.sort((a, b) => a.number - b.number || (a.name < b.name ? -1 : 1));
    // Their order is the source's: a balancer's turn is not to jump.
    const kept = new Set(drawn.slice(0, size).map(({ instance }) => instance));
    return instances.filter((instance) => kept.has(instance));
  });
}
