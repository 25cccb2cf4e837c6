/** All promises that are checked when a run is over. Those of each moment stand in moments.ts. */
import { onceEach, servedOnce, timeouts, truth, unsent } from "./calls.ts";
import { nothingLeft, nothingPending, serverForgets } from "./end.ts";
import { lastingKept, lastingTruth } from "./lasting.ts";
import { noGap, noGoingBack, servedInOrder, toldInOrder } from "./order.ts";
import { linearizable } from "./registers.ts";
import type { Promised } from "./run.ts";
import { authFirst, expiry, identities, sequence, servers } from "./sessions.ts";
import { deaf, eventBeforeData, oneShotKept, oneShotTruth, removed } from "./watches.ts";

export const promises: readonly Promised[] = [
  onceEach,
  truth,
  servedOnce,
  unsent,
  timeouts,
  servedInOrder,
  toldInOrder,
  noGap,
  noGoingBack,
  oneShotTruth,
  removed,
  deaf,
  oneShotKept,
  eventBeforeData,
  lastingTruth,
  lastingKept,
  expiry,
  sequence,
  authFirst,
  identities,
  servers,
  linearizable,
  nothingPending,
  nothingLeft,
  serverForgets,
];
