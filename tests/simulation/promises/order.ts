/** What is promised of the order of a client's requests and of what it sees. */
import type { Call } from "../history.ts";
import { answered, callsOf, firstOf, named, type Promised, type Run } from "./run.ts";

/** The server takes a client's requests in the order they were submitted, over all connections. */
export const servedInOrder: Promised = {
  name: "requests are served in order",
  broken: (run) =>
    firstOf(run.clients, (client) => {
      const served = callsOf(run, client)
        .flatMap((call) => call.served.map(({ seq }) => ({ seq, call })))
        .sort((a, b) => a.seq - b.seq);
      return firstPair(served, (a, b) =>
        a.call.id > b.call.id ? `${named(b.call)} behind ${named(a.call)}` : null);
    }),
};

/** They are told of the answers in that order, too. */
export const toldInOrder: Promised = {
  name: "answers are told in order",
  broken: (run) =>
    firstOf(
      run.clients,
      (client) =>
        firstPair(answersOf(run, client), (a, b) =>
          a.call.id > b.call.id ? `${named(b.call)} behind ${named(a.call)}` : null),
    ),
};

/**
 * What was submitted before a connection was lost fails with it, sent or not: were it sent on the
 * next one, what had failed before it would be missing.
 */
export const noGap: Promised = {
  name: "no request outlives the connection it was submitted in",
  broken: (run) => {
    const { history } = run;
    return firstOf(history.links, (link) => {
      const { opened, closed } = link;
      const was = closed !== null &&
        history.states.some((told) =>
          told.client === link.client && told.state === "CONNECTED" &&
          told.seq > opened.seq && told.seq < closed.seq
        );
      if (!was) return null;
      return firstOf(history.calls, (call) => {
        if (call.client !== link.client || call.submitted.seq > closed.seq) return null;
        const later = call.served.find((service) => service.link > link.id);
        return later ? `${named(call)} was served over connection ${later.link}` : null;
      });
    });
  },
};

/** What a client is told never goes back in time. */
export const noGoingBack: Promised = {
  name: "reads never go back",
  broken: (run) =>
    firstOf(run.clients, (client) =>
      firstPair(answersOf(run, client), (a, b) => {
        if (a.service.session !== b.service.session) return null;
        if (a.service.zxid <= b.service.zxid && a.service.index <= b.service.index) return null;
        return `${named(b.call)} saw ${b.service.zxid} behind ${named(a.call)}, ${a.service.zxid}`;
      })),
};

type Answer = NonNullable<ReturnType<typeof answered>> & { call: Call };

/** Answered calls in the order in which they were told. */
function answersOf(run: Run, client: Run["clients"][number]): Answer[] {
  return callsOf(run, client)
    .flatMap((call) => {
      const found = answered(call);
      return found === null ? [] : [{ ...found, call }];
    })
    .sort((a, b) => a.outcome.seq - b.outcome.seq);
}

function firstPair<T>(items: readonly T[], find: (a: T, b: T) => string | null): string | null {
  for (let i = 1; i < items.length; i++) {
    const found = find(items[i - 1]!, items[i]!);
    if (found !== null) return found;
  }
  return null;
}
