/**
 * What a service's instance is: as it is registered, as a layout writes it, and as a snapshot has it.
 * Values alone, no behaviour but to complete them with what holds unless given.
 */
import type { Stat } from "../values.ts";

/** Whether an instance is to be called: "UP" ones are; the others are known, and passed over. */
export type ServiceStatus = "UP" | "STARTING" | "DRAINING" | "DOWN";

/** Where something listens. */
export interface Address {
  /** An IP address without brackets, or a host's name. */
  readonly address: string;
  /** Its port, 1 to 65,535. */
  readonly port: number;
}

/**
 * How an instance stands in ZooKeeper, under Curator's names: "DYNAMIC" is an ephemeral znode,
 * "DYNAMIC_SEQUENTIAL" one whose name ends in a number of the server's, "STATIC" one that stays
 * until its registration is closed, "PERMANENT" one that stays even then.
 */
export type ServiceType = "DYNAMIC" | "STATIC" | "PERMANENT" | "DYNAMIC_SEQUENTIAL";

/** A template of Curator's for the instance's URI. */
export interface UriSpec {
  /** Its pieces in order: text, or the name of a field to put in. */
  readonly parts: readonly { readonly value: string; readonly variable: boolean }[];
}

/** One instance as a snapshot has it: immutable. */
export interface ServiceInstance<P = unknown> {
  /** The service. */
  readonly name: string;
  /** What tells it from the service's other instances. */
  readonly id: string;
  /** An IP address without brackets, or a host's name. */
  readonly address: string;
  /** Its port; null where it has none. */
  readonly port: number | null;
  /** Its port for TLS; null where it has none. */
  readonly sslPort: number | null;
  /** Where it listens beside that, by names of the application's. */
  readonly endpoints: Readonly<Record<string, Address>>;
  /** What the application has to say of it. */
  readonly payload: P | null;
  /** Whether it is to be called. */
  readonly status: ServiceStatus;
  /** Its share of the calls beside others; 1 unless it says otherwise. */
  readonly weight: number;
  /** Where it runs; null where that is not said. */
  readonly zone: string | null;
  /** Words to choose it by. */
  readonly tags: readonly string[];
  /** When it was registered, by its own clock, ms since the epoch. */
  readonly registeredAt: number;
  /** Its znode. */
  readonly path: string;
  /** Zxid of the change that created the znode. */
  readonly czxid: bigint;
  /** Zxid of the change that last set its data. */
  readonly mzxid: bigint;
  /** The session that owns it; 0n if it is not ephemeral. */
  readonly owner: bigint;
}

/** An instance to register. */
export interface ServiceRegistration<P = unknown> {
  /** The service. */
  name: string;
  /** What tells it from the service's other instances; a random UUID unless given. */
  id?: string;
  /** An address that others can reach, which is not where to bind: 0.0.0.0 and :: are refused. */
  address: string;
  /** Its port, 1 to 65,535. */
  port?: number;
  /** Its port for TLS, 1 to 65,535. */
  sslPort?: number;
  /** Where it listens beside that. */
  endpoints?: Record<string, Address>;
  /** What the application has to say of it; the layout says what it may be, JSON in most. */
  payload?: P;
  /** "UP" unless given. */
  status?: ServiceStatus;
  /** Its share of the calls, over 0; 1 unless given. */
  weight?: number;
  /** Where it runs. */
  zone?: string;
  /** Words to choose it by. */
  tags?: readonly string[];
  /** "DYNAMIC" unless given. */
  serviceType?: ServiceType;
  /** A template for its URI, for clients of Curator's. */
  uriSpec?: UriSpec;
}

/** A registration that is checked and completed: what a layout writes. */
export interface Registered<P = unknown> {
  /** The service. */
  readonly name: string;
  /** What tells it from the service's other instances. */
  readonly id: string;
  /** Without brackets. */
  readonly address: string;
  /** Its port, or null. */
  readonly port: number | null;
  /** Its port for TLS, or null. */
  readonly sslPort: number | null;
  /** Where it listens beside that. */
  readonly endpoints: Readonly<Record<string, Address>>;
  /** What the application has to say of it, or null. */
  readonly payload: P | null;
  /** Whether it is to be called. */
  readonly status: ServiceStatus;
  /** Its share of the calls. */
  readonly weight: number;
  /** Where it runs, or null. */
  readonly zone: string | null;
  /** Words to choose it by. */
  readonly tags: readonly string[];
  /** ms since the epoch. */
  readonly registeredAt: number;
  /** How it stands in ZooKeeper. */
  readonly serviceType: ServiceType;
  /** A template for its URI, or null. */
  readonly uriSpec: UriSpec | null;
}

/** What a layout has read of an instance. What it leaves out is as it is unless given. */
export interface Decoded {
  /** What tells it from the service's other instances. */
  readonly id: string;
  /** An IP address without brackets, or a host's name. */
  readonly address: string;
  /** Its port. */
  readonly port?: number | null;
  /** Its port for TLS. */
  readonly sslPort?: number | null;
  /** Where it listens beside that. */
  readonly endpoints?: Readonly<Record<string, Address>>;
  /** What the application has to say of it. */
  readonly payload?: unknown;
  /** "UP" unless given. */
  readonly status?: ServiceStatus;
  /** 1 unless given. */
  readonly weight?: number;
  /** Where it runs. */
  readonly zone?: string | null;
  /** Words to choose it by. */
  readonly tags?: readonly string[];
  /** ms since the epoch; when its znode was created unless given. */
  readonly registeredAt?: number;
}

const noEndpoints: Readonly<Record<string, Address>> = Object.freeze({});
const noTags: readonly string[] = Object.freeze([]);

/** The instance that a znode holds, completed and frozen. */
export function newInstance<P = unknown>(
  service: string,
  path: string,
  decoded: Decoded,
  stat: Pick<Stat, "czxid" | "mzxid" | "ctime" | "ephemeralOwner">,
): ServiceInstance<P> {
  return Object.freeze({
    name: service,
    id: decoded.id,
    address: decoded.address,
    port: decoded.port ?? null,
    sslPort: decoded.sslPort ?? null,
    endpoints: decoded.endpoints ?? noEndpoints,
    payload: (decoded.payload ?? null) as P | null,
    status: decoded.status ?? "UP",
    weight: decoded.weight ?? 1,
    zone: decoded.zone ?? null,
    tags: decoded.tags ?? noTags,
    registeredAt: decoded.registeredAt ?? stat.ctime,
    path,
    czxid: stat.czxid,
    mzxid: stat.mzxid,
    owner: stat.ephemeralOwner,
  });
}

/** "10.0.0.5:8000", and "[::1]:8000". */
export function hostPort({ address, port }: { address: string; port: number | null }): string {
  const host = address.includes(":") ? `[${address}]` : address;
  return port === null ? host : `${host}:${port}`;
}
