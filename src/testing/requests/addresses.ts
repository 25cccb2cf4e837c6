/**
 * Addresses and ranges of them, as ACLs of the scheme "ip" have them (IPAuthenticationProvider).
 * Servers read IPv6 addresses since 3.9.
 */

/** Addresses that have their first bits in common. */
export interface Range {
  readonly address: readonly number[];
  readonly bits: number;
}

/** "10.0.0.0/8"; without a number of bits all of them count. Null when it is none. */
export function parseRange(text: string): Range | null {
  const slash = text.indexOf("/");
  const address = parseAddress(slash < 0 ? text : text.slice(0, slash));
  if (address === null) return null;
  const most = 8 * address.length;
  const bits = slash < 0 ? `${most}` : text.slice(slash + 1);
  if (!/^[+-]?\d+$/.test(bits)) return null;
  const count = Number(bits);
  return count < 0 || count > most ? null : { address, bits: count };
}

/** Whether an address lies in a range. */
export function liesIn(text: string, { address, bits }: Range): boolean {
  const other = parseAddress(text);
  if (other === null || other.length !== address.length) return false;
  return address.every((byte, i) => {
    const shift = 8 - Math.max(0, Math.min(8, bits - 8 * i));
    return byte >> shift === other[i]! >> shift;
  });
}

/** Its bytes, 4 or 16; null when it is none. */
function parseAddress(text: string): number[] | null {
  return text.includes(":") ? parseV6(text) : parseV4(text);
}

function parseV4(text: string): number[] | null {
  const parts = text.split(".");
  if (parts.length !== 4 || !parts.every((part) => /^\+?\d+$/.test(part) && Number(part) <= 255)) {
    return null;
  }
  return parts.map(Number);
}

function parseV6(text: string): number[] | null {
  const halves = text.split("::").map((half) => half === "" ? [] : half.split(":"));
  const segments = halves.flat();
  if (!segments.every((segment) => /^[\da-f]{1,4}$/i.test(segment))) return null;
  const missing = 8 - segments.length;
  if (halves.length > 2 || (halves.length === 1 ? missing !== 0 : missing < 1)) return null;
  const zeros = Array(missing).fill("0");
  return [...halves[0]!, ...zeros, ...halves[1] ?? []].flatMap((segment) => {
    const value = parseInt(segment, 16);
    return [value >> 8, value & 0xff];
  });
}
