/* Data of znodes, from text and to text. */

/** The UTF-8 of a text. */
export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** The text whose UTF-8 a znode has; null stays null. */
export function text(data: Uint8Array | null): string | null {
  return data && new TextDecoder().decode(data);
}
