/**
 * Where clients go when the list of servers changes, each deciding for itself, so that on average
 * every server has the same load afterwards and no more clients than needed have moved
 * (ZOOKEEPER-1355; zookeeper.c, update_addrs).
 */

/**
 * Decides on the move from a list of `before` servers to one of `after`, of which `fresh` are new;
 * `kept` says whether the session's own server is still there. Null is to stay with it; a number is
 * to leave, and the probability with which each next server is taken from the new ones, while
 * there are some of both kinds left.
 */
export function shareOfNew(
  before: number,
  after: number,
  fresh: number,
  kept: boolean,
  random: () => number,
): number | null {
  if (after > before) {
    // Each server has less to carry now: every one gives the same share of its clients away.
    if (kept && random() >= 1 - before / after) return null;
    return 1;
  }
  // No server has less to carry now, so nobody need leave one that is still there.
  if (kept) return null;
  if (fresh === 0) return 0;
  // With `fresh` over 0, a list that has not grown has lost some: before > old.
  const old = after - fresh;
  return 1 - old * (before - after) / (after * (before - old));
}
