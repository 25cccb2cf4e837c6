/**
 * Whether a text is PEM as TLS takes it. Deno's own TLS passes over what it cannot read, and then
 * fails in the handshake with another error; so the outside is checked here: the lines, the base64,
 * and the length that the DER in it announces.
 */

/** What is wrong with a text that should be PEM, as the end of a sentence; null if nothing is. */
export function pemProblem(pem: unknown, kind: "certificate" | "key"): string | null {
  if (typeof pem !== "string") return `must be PEM text, not ${typeof pem}`;
  const labels = kind === "key" ? keyLabels : certificateLabels;
  const isEncrypted = /ENCRYPTED PRIVATE KEY-|Proc-Type:.*ENCRYPTED/.test(pem);
  if (kind === "key" && isEncrypted) return "is encrypted: give the key decrypted";
  const begun = [...pem.matchAll(/-----BEGIN ([A-Z0-9 ]+)-----/g)].filter(([, label]) =>
    labels.includes(label!)
  );
  if (begun.length === 0) {
    const advice = pem.includes("\n") ? "" : "; it takes the text, not the name of a file";
    return `must be PEM text with "-----BEGIN ${labels[0]}-----"${advice}`;
  }
  for (const { 0: line, 1: label, index } of begun) {
    const start = index + line.length;
    const end = pem.indexOf(`-----END ${label}-----`, start);
    if (end < 0) return `is cut short: "-----END ${label}-----" is missing`;
    if (!isDer(pem.slice(start, end))) return `is malformed between its BEGIN and END lines`;
  }
  return null;
}

/** The certificates in a text that is PEM. */
export function certificatesIn(pem: string): Uint8Array<ArrayBuffer>[] {
  return [...pem.matchAll(/-----BEGIN (?:X509 )?CERTIFICATE-----([^-]*)-----END/g)]
    .map(([, base64]) => Uint8Array.from(atob(base64!.replaceAll(/\s/g, "")), byteOf));
}

function byteOf(char: string): number {
  return char.charCodeAt(0);
}

const certificateLabels = ["CERTIFICATE", "X509 CERTIFICATE"];
const keyLabels = ["PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY"];

/** Whether base64 holds one DER sequence, whole. */
function isDer(base64: string): boolean {
  let der: string;
  try {
    der = atob(base64.replaceAll(/\s/g, ""));
  } catch {
    return false;
  }
  const at = (i: number) => der.charCodeAt(i);
  if (at(0) !== 0x30) return false;
  if (at(1) < 0x80) return der.length === 2 + at(1);
  const size = at(1) & 0x7f;
  let length = 0;
  for (let i = 0; i < size; i++) length = length * 256 + at(2 + i);
  return der.length === 2 + size + length;
}
