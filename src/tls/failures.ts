/**
 * What went wrong, in words of its own: TLS reports failures as alerts and as codes of OpenSSL's,
 * some of them only after the handshake, and most without saying what to do.
 */
/** The alerts that are about the certificate of whoever gets them. */
const aboutCertificates = new Set([
  "BadCertificate",
  "UnsupportedCertificate",
  "CertificateRevoked",
  "CertificateExpired",
  "CertificateUnknown",
  "CertificateRequired",
  "UnknownCA",
  "AccessDenied",
]);

/** Codes that say that no authority we trust has signed the certificate; Deno uses some for more. */
const untrusted = new Set([
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "CERT_UNTRUSTED",
]);

/** What is read of a certificate that was not accepted. */
export interface Certificate {
  readonly subject: string;
  readonly issuer: string;
  readonly validFrom: string;
  readonly validTo: string;
}

/** Whether the certificate itself must be looked at to say more. */
export function isUntrusted(error: Error): boolean {
  return untrusted.has(codeOf(error)) || /^CERT_(HAS_EXPIRED|NOT_YET_VALID)$/.test(codeOf(error));
}

/** Why a certificate was not accepted; `chain` is what the server sent, its own first, or empty. */
export function refusedCertificate(error: Error, chain: readonly Certificate[], now: Date): Error {
  const outdated = chain.find(({ validFrom, validTo }) =>
    new Date(validTo) < now || new Date(validFrom) > now
  );
  const whose = outdated === undefined || outdated === chain[0]
    ? "The server's certificate"
    : `The certificate of "${oneLine(outdated.subject)}", in the server's chain,`;
  const code = codeOf(error);
  const isExpired = outdated ? new Date(outdated.validTo) < now : code === "CERT_HAS_EXPIRED";
  if (isExpired) {
    return new Error(`${whose} has expired${outdated ? `, on ${outdated.validTo}` : ""}`);
  }
  if (outdated !== undefined || code === "CERT_NOT_YET_VALID") {
    const from = outdated ? ` before ${outdated.validFrom}` : " yet";
    return new Error(`${whose} is not valid${from}`);
  }
  const issuer = chain.at(-1)?.issuer;
  if (issuer === undefined) {
    // What it says may mean any of these, and the server did not let us look.
    return new Error(
      "The server's certificate is signed by no authority that is trusted, or outdated: see tls.caCerts",
    );
  }
  return new Error(
    `The server's certificate is signed by no authority that is trusted, but by ` +
      `"${oneLine(issuer)}": see tls.caCerts`,
  );
}

/** The certificate is for other names than the one we know the server by. */
export function wrongHost(name: string, names: string): Error {
  const others = names === "" ? "it names no host" : `it is for ${names}`;
  return new Error(`The server's certificate is not for "${name}": ${others}`);
}

/** What an error of the socket means to a client, in the handshake or after it. */
export function failure(error: Error, hasCertificate: boolean): Error {
  const alert = alertOf(error);
  if (alert !== undefined) return new Error(alertMessage(alert, hasCertificate));
  if (isNotTls(error)) return new Error("The server does not speak TLS on this port");
  return error;
}

/** What an error of the socket means to a server. */
export function failureOfClient(error: Error): Error {
  const alert = alertOf(error);
  if (alert !== undefined) {
    const what = aboutCertificates.has(alert) ? "refused our certificate" : "ended TLS";
    return new Error(`The client ${what} (alert ${alert})`);
  }
  if (isNotTls(error)) return new Error("The client does not speak TLS");
  if (isUntrusted(error) || /invalid peer certificate/.test(error.message)) {
    return new Error(
      "The client's certificate is signed by no authority in tls.caCerts, or outdated",
    );
  }
  if (/sent no certificates|did not return a certificate/i.test(error.message)) {
    return new Error("The client has no certificate");
  }
  return error;
}

/** Whether the peer has hung up, be it without a word. */
export function isReset(error: Error): boolean {
  return /^(ECONNRESET|EPIPE)$/.test(codeOf(error)) ||
    /^(ConnectionReset|ConnectionAborted|BrokenPipe|UnexpectedEof)$/.test(error.name);
}

/** What has come is nothing that TLS here can take apart: of certificates it takes less than others. */
export function unreadable(error: unknown): Error {
  const what = error instanceof Error ? error.message : String(error);
  const message = `The peer has sent what TLS cannot read, a certificate perhaps: ${what}`;
  return Object.assign(new Error(message), { code: codeOfUnreadable });
}

/** Whether the certificates that we trust may themselves be what is wrong. */
export function mayBeOurs(error: Error): boolean {
  return isUntrusted(error) || codeOf(error) === codeOfUnreadable;
}

const codeOfUnreadable = "ERR_TLS_UNREADABLE";

/** A client has shown a certificate that is not accepted. */
export function untrustedClient(): Error {
  return new Error(
    "The client's certificate is signed by no authority in tls.caCerts, or outdated",
  );
}

/** The server has hung up in the handshake. */
export function hungUp(): Error {
  return new Error(
    "The server closed the connection in the TLS handshake: it may not speak TLS on this port",
  );
}

function alertOf(error: Error): string | undefined {
  return /received fatal alert: (\w+)/.exec(error.message)?.[1];
}

function alertMessage(alert: string, hasCertificate: boolean): string {
  if (!aboutCertificates.has(alert)) return `The server ended TLS with the alert ${alert}`;
  return hasCertificate
    ? `The server refused our certificate (alert ${alert}): see tls.cert`
    : `The server demands a certificate (alert ${alert}): set tls.cert and tls.key`;
}

function isNotTls(error: Error): boolean {
  return codeOf(error) === "ERR_SSL_WRONG_VERSION_NUMBER" ||
    /InvalidContentType|corrupt message/.test(error.message);
}

function codeOf(error: Error): string {
  return (error as { code?: string }).code ?? "";
}

/** Names come from the network: no line breaks of theirs in a log, and not without end. */
function oneLine(name: string): string {
  const text = name.replaceAll(/\s+/g, " ").trim();
  return text.length > nameMax ? `${text.slice(0, nameMax)}…` : text;
}

const nameMax = 200;
