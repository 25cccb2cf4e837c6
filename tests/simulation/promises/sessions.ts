/** What is promised of sessions, of what belongs to them, and of the servers they are with. */
import { Xid } from "../../../src/proto/constants.ts";
import { callsOf, firstOf, named, type Promised } from "./run.ts";

/** Nobody is told that a session has expired that lives, unless no server could be asked. */
export const expiry: Promised = {
  name: "only a session that is over expires",
  broken: ({ history }) =>
    firstOf(history.states, ({ client, state, session, silence, timeout, seq }) => {
      if (state !== "EXPIRED_SESSION") return null;
      const ended = history.sessions.get(session)?.ended ?? null;
      if (ended !== null && ended.seq < seq) return null;
      if (timeout > 0 && silence >= Math.trunc(4 * timeout / 3)) return null;
      return `client ${client} lost session ${session & 0xffn}, which lives`;
    }),
};

/** Of all sequential znodes no two have a name in common. */
export const sequence: Promised = {
  name: "sequence numbers are unique",
  broken: ({ history }) => {
    const seen = new Map<string, number>();
    return firstOf(history.calls, (call) => {
      const { op, outcomes: [outcome] } = call;
      if (op.name !== "create" && op.name !== "create2" || outcome?.rc !== 0) return null;
      if (!op.mode.includes("SEQUENTIAL")) return null;
      const name = outcome.value.split(" ")[0]!;
      const before = seen.get(name);
      seen.set(name, call.id);
      return before === undefined ? null : `calls ${before} and ${call.id} got ${name}`;
    });
  },
};

/** Each new connection sends all authentications before anything else. */
export const authFirst: Promised = {
  name: "authentications come first on each connection",
  broken: (run) =>
    firstOf(run.history.links, (link) => {
      const { frames, opened } = link;
      if (frames.length === 0) return null;
      const calls = callsOf(run, run.clients[link.client]!);
      const users = new Set<string>();
      for (const { op, outcomes: [outcome] } of calls) {
        if (op.name !== "addAuth" || outcome?.rc !== 0 || outcome.seq > opened.seq) continue;
        users.add(op.user);
      }
      const first = frames.findIndex(({ xid }) => xid !== Xid.auth);
      if (first < 0 || first >= users.size) return null;
      return `connection ${link.id} began with ${first} of ${users.size}`;
    }),
};

/** Who has been added is there from then on, whatever becomes of connections and sessions. */
export const identities: Promised = {
  name: "an identity, once added, stays",
  broken: (run) =>
    firstOf(run.clients, (client) => {
      const calls = callsOf(run, client);
      return firstOf(calls, (call) => {
        const { op, outcomes: [outcome], submitted } = call;
        if (op.name !== "whoAmI" || outcome?.rc !== 0) return null;
        const lost = calls.find((other) =>
          other.op.name === "addAuth" && other.outcomes[0]?.rc === 0 &&
          other.outcomes[0].seq < submitted.seq &&
          !outcome.value.includes(`digest:${other.op.user}`)
        );
        return lost ? `${named(call)} says ${outcome.value}` : null;
      });
    }),
};

/** The servers are dialled one after the other, each as often as the others. */
export const servers: Promised = {
  name: "every server is tried once per round",
  broken: ({ history, clients, world }) =>
    firstOf(clients, (client) => {
      // While no name has been found yet, or the list changes, there is no fixed round.
      if (world.ways.unsteady.has(client)) return null;
      const dials = history.dials.filter((dial) => dial.client === client.id);
      const count = client.style.servers.split(",").length;
      for (let i = 0; i < dials.length; i++) {
        const round = new Set(dials.slice(i, i + count).map(({ address }) => address));
        if (round.size === Math.min(count, dials.length - i)) continue;
        return `client ${client.id} dialled ${[...round].join(" ")} ` +
          `in ${count} attempts at ${count} servers`;
      }
      return null;
    }),
};
