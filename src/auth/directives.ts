/** The lists of directives that DIGEST-MD5 speaks in (RFC 2831, 7.1): `name=token,name="text"`. */

/** All values of each directive, by its name in lower case. What is no such list throws. */
export function parseDirectives(text: string): Map<string, string[]> {
  const directives = new Map<string, string[]>();
  // One of them, and the commas behind it; a list may also begin with commas.
  const directive = /[,\s]*([^\s=,"]+)\s*=\s*(?:"((?:[^"\\]|\\[^])*)"|([^\s,"]*))\s*(?:,|$)[,\s]*/y;
  while (directive.lastIndex < text.length) {
    const match = directive.exec(text);
    if (match === null) throw new Error("the server sent no list of directives");
    const name = match[1]!.toLowerCase();
    const value = match[2]?.replace(/\\([^])/g, "$1") ?? match[3]!;
    directives.set(name, [...directives.get(name) ?? [], value]);
  }
  return directives;
}

/** A value in quotation marks. */
export function quote(value: string): string {
  return `"${value.replace(/["\\]/g, "\\$&")}"`;
}
