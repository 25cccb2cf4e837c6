/** What must be left when all is closed: nothing. */
import { firstOf, type Promised } from "./run.ts";

/** The session's record holds nothing any more. */
export const nothingPending: Promised = {
  name: "nothing is pending after close",
  broken: ({ clients }) =>
    firstOf(clients, (client) => {
      const { zh } = client;
      const left: Record<string, unknown> = {
        "an open session": !client.over,
        "a close() that has not resolved": client.zk !== null && !client.closed,
        "a loop that goes on": !client.finished && !client.abandoned,
        "requests": zh.sentRequests.length > 0 || zh.unsent > 0 || zh.toSend.size > 0,
        "completions": zh.toDispatch.length > 0,
        "authentications": zh.auths.some(({ pending }) => pending?.completion),
        "a waiter": zh.waiter !== null || zh.closer !== null,
        "somebody who would be told of the end": zh.whenOver.size > 0,
        "a connection, or the way to one": zh.connection !== null || zh.dial !== null ||
          zh.lookup !== null,
      };
      const found = Object.keys(left).filter((what) => left[what]);
      return found.length === 0 ? null : `client ${client.id} has ${found.join(", ")}`;
    }),
};

/** Nothing is left outside of it either. */
export const nothingLeft: Promised = {
  name: "no timer, transport or dial is left",
  broken: ({ clients, world }) =>
    firstOf(clients, ({ id, owner }) => {
      if (owner.timers.size > 0) return `client ${id} has ${owner.timers.size} timers`;
      if (owner.turns.length > 0) return `client ${id} waits for ${owner.turns.length} turns`;
      return null;
    }) ?? whatIsOpen(world),
};

function whatIsOpen(world: Parameters<Promised["broken"]>[0]["world"]): string | null {
  const open = world.links.filter(({ closedHere }) => !closedHere);
  if (open.length > 0) return `connections ${open.map(({ name }) => name).join(" ")} are open`;
  if (world.ways.dials.size > 0) return `${world.ways.dials.size} dials are under way`;
  return world.ways.lookups.size > 0 ? `${world.ways.lookups.size} lookups are under way` : null;
}

/** The server has nothing left of them either: neither sessions nor ephemerals nor watches. */
export const serverForgets: Promised = {
  name: "the server has nothing left of those who are gone",
  broken: ({ world: { service } }) => {
    const { sessions, watches, tree } = service;
    if (sessions.size > 0) return `${sessions.size} sessions`;
    if (watches.size > 0) return `${watches.size} watches`;
    const left = [...tree.entries()].filter(([, { lifetime }]) => lifetime === "ephemeral");
    return left.length === 0 ? null : `${left.length} ephemerals`;
  },
};
