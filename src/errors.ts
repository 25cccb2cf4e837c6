/** Result codes by name, and the one error class of the promise API. */
import { Rc } from "./proto/constants.ts";
import type { OpResult } from "./proto/multi.ts";

const names = new Map<number, string>(Object.entries(Rc).map(([name, rc]) => [rc, name]));

/** What each code means to the one who reads the message. */
const meanings: Partial<Record<number, string>> = {
  [Rc.CONNECTIONLOSS]: "The connection was lost",
  [Rc.OPERATIONTIMEOUT]: "The server was silent for two thirds of the session timeout",
  [Rc.BADARGUMENTS]: "The server refused the arguments",
  [Rc.INVALIDSTATE]: "The session has ended",
  [Rc.UNIMPLEMENTED]: "The server does not support the operation, or it is switched off there",
  [Rc.MARSHALLINGERROR]: "The server could not read the request",
  [Rc.RUNTIMEINCONSISTENCY]: "The server's reply did not fit the requests",
  [Rc.NEWCONFIGNOQUORUM]: "The new configuration's servers have no quorum connected",
  [Rc.RECONFIGINPROGRESS]: "Another reconfiguration is in progress",
  [Rc.NONODE]: "The znode does not exist",
  [Rc.NOAUTH]: "The ACL does not allow it",
  [Rc.BADVERSION]: "The version is not the given one",
  [Rc.NOCHILDRENFOREPHEMERALS]: "An ephemeral znode cannot have children",
  [Rc.NODEEXISTS]: "The znode exists already",
  [Rc.NOTEMPTY]: "The znode has children",
  [Rc.SESSIONEXPIRED]: "The session has expired",
  [Rc.INVALIDACL]: "The ACL is empty or not valid",
  [Rc.AUTHFAILED]: "The server refused the authentication",
  [Rc.CLOSING]: "The session is closed or closing",
  [Rc.SESSIONMOVED]: "The session has moved to another server",
  [Rc.NOTREADONLY]: "The server is read-only at the moment",
  [Rc.EPHEMERALONLOCALSESSION]: "A local session cannot have ephemeral znodes",
  [Rc.NOWATCHER]: "There is no such watcher",
  [Rc.REQUESTTIMEOUT]: "No reply came within the request's timeout",
  [Rc.RECONFIGDISABLED]: "Reconfiguration is switched off on the server",
  [Rc.SESSIONCLOSEDREQUIRESASLAUTH]: "The server demands an authentication, by SASL most likely",
  [Rc.QUOTAEXCEEDED]: "The quota is exceeded",
  [Rc.THROTTLEDOP]: "The server is overloaded and threw the request away",
};

/** The name of a result code, "NONODE" for -101; an unknown one stays a number, "-999". */
export function errorName(rc: number): string {
  return names.get(rc) ?? String(rc);
}

/** What a {@link ZooKeeperError} is made of. */
export interface ZooKeeperErrorOptions extends ErrorOptions {
  /** The znode concerned. */
  path?: string | null;
  /** Whether the request was handed to the network. */
  sent?: boolean;
  /** The operation's name, for the message. */
  operation?: string;
  /** Of a multi: what became of each of its operations. */
  results?: readonly OpResult[];
  /** Of a multi: the place of the operation that failed. */
  index?: number | null;
  /** In place of the message made of operation, path and code. */
  message?: string;
}

/**
 * An operation that did not succeed: the server said so, or the session did.
 *
 * @example What may be tried again
 * ```ts
 * import { ZooKeeperError } from "@zkst/zookeeper";
 *
 * const error = new ZooKeeperError(-110, { path: "/app", operation: "create" });
 * if (error.code === "NODEEXISTS") console.log(`${error.path} is there`);
 * ```
 */
export class ZooKeeperError extends Error {
  /** "ZooKeeperError". */
  override readonly name = "ZooKeeperError";
  /** The code's name, "NONODE"; a number in words for a code this client does not know. */
  readonly code: string;
  /** The code on the wire, -101. */
  readonly rc: number;
  /** The znode concerned, or null. */
  readonly path: string | null;
  /**
   * Whether the request was handed to the network: if so, after CONNECTIONLOSS or a timeout it may
   * have been carried out. False means that it was not.
   */
  readonly sent: boolean;
  /** Of a multi: what became of each of its operations; else null. */
  readonly results: readonly OpResult[] | null;
  /** Of a multi that the server refused: the place of the operation that failed; else null. */
  readonly index: number | null;

  /** An error for the code `rc`. */
  constructor(rc: number, options: ZooKeeperErrorOptions = {}) {
    super(options.message ?? messageOf(rc, options), options);
    this.code = errorName(rc);
    this.rc = rc;
    this.path = options.path ?? null;
    this.sent = options.sent ?? false;
    this.results = options.results ?? null;
    this.index = options.index ?? null;
  }
}

function messageOf(rc: number, options: ZooKeeperErrorOptions): string {
  const { path = null, operation = "", index = null } = options;
  const subject = path === null ? "" : ` "${path}"`;
  const place = index === null ? "" : `operation ${index}: `;
  const what = operation === "" ? "" : `Cannot ${operation}${subject}: ${place}`;
  const code = names.has(rc) ? `${errorName(rc)} ${rc}` : String(rc);
  const meaning = meaningOf(rc, operation);
  return `${what}${what ? meaning[0]!.toLowerCase() + meaning.slice(1) : meaning} (${code})`;
}

function meaningOf(rc: number, operation: string): string {
  if (rc === Rc.NONODE && operation.startsWith("create")) return "The parent znode does not exist";
  return meanings[rc] ?? "The server answered with an error";
}
