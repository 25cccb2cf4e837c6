/** Waiting until a session is connected, within bounds, and saying why it is not. */
import { errorName, ZooKeeperError } from "../errors.ts";
import { Rc } from "../proto/constants.ts";
import { type Handle, hasEnded, isConnected } from "../session/handle.ts";
import { hostPort } from "../session/hosts.ts";
import type { CallOptions } from "../types.ts";
import { type At, codeOfEnd } from "./calls.ts";

/** Resolves when the session is connected. */
export function connected(at: At, options: CallOptions = {}): Promise<void> {
  const { zh, scope } = at;
  const { signal, timeout } = options;
  if (timeout !== undefined && typeof timeout !== "number") {
    throw new TypeError(`A timeout must be a number of ms, not ${typeof timeout}`);
  }
  if (timeout !== undefined && !(timeout > 0)) {
    throw new RangeError(`A timeout must be over 0 ms, not ${timeout}`);
  }
  if (signal?.aborted) return Promise.reject(signal.reason);
  if (hasEnded(zh) || zh.closing || scope.closed) return Promise.reject(ended(zh));
  if (isConnected(zh)) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const settle = (failure: { reason: unknown } | null) => {
      timer?.[Symbol.dispose]();
      signal?.removeEventListener("abort", abort);
      zh.globalWatchers.delete(look);
      zh.whenOver.delete(over);
      scope.offClose(over);
      if (failure === null) resolve();
      else reject(failure.reason);
    };
    const abort = () => settle({ reason: signal!.reason });
    const look = () => {
      if (isConnected(zh)) settle(null);
      else if (hasEnded(zh)) settle({ reason: ended(zh) });
    };
    const over = () => settle({ reason: ended(zh) });
    const timer = timeout === undefined ? null : zh.platform.clock.timer(
      zh.platform.clock.now() + timeout,
      () => settle({ reason: unreachable(zh, timeout) }),
    );
    signal?.addEventListener("abort", abort, { once: true });
    zh.globalWatchers.add(look);
    zh.whenOver.add(over);
    scope.onClose(over);
  });
}

function ended(zh: Handle): ZooKeeperError {
  const { state, authFailure } = zh;
  if (state === "AUTH_FAILED" && authFailure !== null) {
    const { rc, reason } = authFailure;
    return new ZooKeeperError(rc, {
      message: `Cannot connect: ${reason} (${errorName(rc)} ${rc})`,
    });
  }
  return new ZooKeeperError(codeOfEnd(zh), { operation: "connect" });
}

/** Names each server that was tried and why it failed. */
function unreachable(zh: Handle, timeout: number): ZooKeeperError {
  const reasons = [...zh.failures].map(([name, reason]) => `${name}: ${reason}`);
  for (const host of zh.servers.hosts) {
    const name = hostPort(host);
    // A name that was resolved has a reason for each of its addresses, of each of its servers.
    const tried = reasons.some((text) =>
      host.isService || text.startsWith(`${name}:`) || text.startsWith(`${name} (`)
    );
    if (!tried) reasons.push(`${name}: no answer yet`);
  }
  const message = `Cannot connect within ${timeout} ms: ${reasons.join("; ")}`;
  return new ZooKeeperError(Rc.CONNECTIONLOSS, { message });
}
