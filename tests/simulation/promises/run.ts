/** What a checker looks at when a run is over. */
import type { Client } from "../client.ts";
import type { Call, History, Moment, Outcome, Service } from "../history.ts";
import type { World } from "../world.ts";

/** A run, as checkers see it. */
export interface Run {
  readonly history: History;
  readonly world: World;
  readonly clients: readonly Client[];
  /** When everything had come to rest, and all who were not closed were connected. */
  readonly rested: Moment;
  /** The znodes that were there then. */
  readonly paths: ReadonlySet<string>;
  /** By client: the session and the connection that it had then; null for one that was closed. */
  readonly alive: readonly ({ session: bigint; link: number } | null)[];
}

/** One promise: the first way in which it was broken, or null. */
export interface Promised {
  readonly name: string;
  broken(run: Run): string | null;
}

/** Codes that come from the client, not from the server. */
const local = new Set([-4, -7, -9, -112, -115, -116, -118, -122]);

/** What the server did with a call, if the application was told just that. */
export function answered(call: Call): { outcome: Outcome; service: Service } | null {
  const [outcome] = call.outcomes;
  const [service] = call.served;
  if (outcome === undefined || service === undefined || service.rc === null) return null;
  if (outcome.rc === null || local.has(outcome.rc)) return null;
  return { outcome, service };
}

/** Whether an application was told what only a server can tell. */
export function claimsAnswer({ outcomes: [outcome] }: Call): boolean {
  return outcome !== undefined && outcome.rc !== null && !local.has(outcome.rc);
}

/** The calls of a client. */
export function callsOf({ history }: Run, client: Client): Call[] {
  return history.calls.filter((call) => call.client === client.id);
}

/** For messages. */
export function named({ id, client, op }: Call): string {
  const path = "path" in op ? ` ${op.path}` : "";
  return `call ${id} of client ${client}, ${op.name}${path}`;
}

/** The first that is not null. */
export function firstOf<T>(items: Iterable<T>, find: (item: T) => string | null): string | null {
  for (const item of items) {
    const found = find(item);
    if (found !== null) return found;
  }
  return null;
}
