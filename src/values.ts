/** The types and constants that both entry points give out. */
export { allow, ANYONE_ID_UNSAFE, AUTH_IDS, digestId, ipId, saslId, x509Id } from "./auth/acls.ts";
export { CREATOR_ALL_ACL, OPEN_ACL_UNSAFE, Perms, READ_ACL_UNSAFE } from "./proto/acl.ts";
export type { ACL, Id } from "./proto/acl.ts";
export { Rc } from "./proto/constants.ts";
export type { ErrorResult, OpResult, ReadResult } from "./proto/multi.ts";
export { AddWatchMode, CreateMode, WatcherType } from "./proto/modes.ts";
export type { Data } from "./proto/requests.ts";
export type { ClientInfo } from "./proto/responses.ts";
export type { Stat } from "./proto/stat.ts";
export { Op } from "./session/ops.ts";
export type { CreateOpOptions, ReadOp } from "./session/ops.ts";
export type { Metrics, PingStats, Stats, Traffic } from "./metrics.ts";
export { READ, WRITE } from "./types.ts";
export type {
  Clock,
  Connect,
  Endpoint,
  Events,
  EventType,
  Logger,
  LogMethod,
  Platform,
  Resolve,
  ResolveSrv,
  SaslExchange,
  SaslMechanism,
  Session,
  SrvRecord,
  State,
  Transport,
  WatchedEvent,
  Watcher,
} from "./types.ts";
