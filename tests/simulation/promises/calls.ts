/** What is promised of each single request. */
import { anything, failedMulti } from "../answers.ts";
import type { Call } from "../history.ts";
import { absent } from "../operations.ts";
import { answered, claimsAnswer, firstOf, named, type Promised } from "./run.ts";

/** Once, and never inside the call that submitted it; one taken back by cancel() never. */
export const onceEach: Promised = {
  name: "each request completes exactly once",
  broken: ({ history, clients }) =>
    firstOf(history.calls, (call) => {
      const { outcomes, refused, takenBack } = call;
      const ofPromises = clients[call.client]!.zk !== null;
      const due = ofPromises || refused === 0 && takenBack === null ? 1 : 0;
      if (outcomes.some(({ inside }) => inside)) return `${named(call)} inside its submission`;
      if (outcomes.length === due) return null;
      return `${named(call)} completed ${outcomes.length} times`;
    }),
};

/** A code or a value that comes from the server is the one that the server gave. */
export const truth: Promised = {
  name: "what is told is what the server answered",
  broken: ({ history }) =>
    firstOf(history.calls, (call) => {
      if (!claimsAnswer(call) || call.op.name === "addAuth") return null;
      if (call.op.name === "removeWatches") return null;
      const found = answered(call);
      if (found === null) return `${named(call)} was told an answer that nobody gave`;
      const { outcome, service } = found;
      const isAbsent = outcome.rc === 0 && outcome.value === absent && service.rc === -101;
      if (service.value === anything) return null;
      const isFailedMulti = service.value === failedMulti;
      if (isFailedMulti ? outcome.rc === 0 : outcome.rc !== service.rc && !isAbsent) {
        return `${named(call)} was told ${outcome.rc} where the server said ${service.rc}`;
      }
      if (outcome.rc !== 0 || service.value === outcome.value) return null;
      return `${named(call)} was told ${outcome.value}, the server said ${service.value}`;
    }),
};

/** Nobody sends a request twice. */
export const servedOnce: Promised = {
  name: "no request is served twice",
  broken: ({ history }) =>
    firstOf(
      history.calls,
      (call) => call.served.length > 1 ? `${named(call)}: ${call.served.length} times` : null,
    ),
};

/** An error that says so is right: the server has never seen the request. */
export const unsent: Promised = {
  name: "what was not sent was not done",
  broken: ({ history }) =>
    firstOf(history.calls, (call) => {
      const [outcome] = call.outcomes;
      const claim = outcome?.sent === false && !claimsAnswer(call) || call.refused !== 0;
      return claim && call.served.length > 0 ? `${named(call)} was served` : null;
    }),
};

/** A timeout comes when it is due, as far as the application lets it. */
export const timeouts: Promised = {
  name: "a request ends by its timeout",
  broken: ({ history }) =>
    firstOf(history.calls, (call: Call) => {
      const [outcome] = call.outcomes;
      if (outcome === undefined) return null;
      const due = call.deadline + outcome.lost - call.lostBefore;
      if (outcome.rc === -122 && outcome.at < call.deadline) {
        return `${named(call)} timed out ${call.deadline - outcome.at} ms too early`;
      }
      return outcome.at <= due ? null : `${named(call)} ended ${outcome.at - due} ms late`;
    }),
};
