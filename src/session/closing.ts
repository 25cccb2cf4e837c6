/** close(): the server is told, within bounds, so that ephemeral znodes go at once. */
import { OpCode, Rc } from "../proto/constants.ts";
import { emptyResponse } from "../proto/responses.ts";
import { stir } from "../wait.ts";
import { type Handle, isConnected, isOver } from "./handle.ts";
import { Pending } from "./pending.ts";
import { abandonRequests } from "./requests.ts";
import { dropConnection, finishClose } from "./session.ts";
import { enqueue, startRequest } from "./submitting.ts";

/** The longest that the server's answer is waited for, ms (zookeeper.c:3672). */
const closeTimeMax = 3000;

/**
 * Begins to close the session: whatever is pending completes with CLOSING (-116), closeSession is
 * sent if there is a connection, and the state is CLOSED when it was answered, or after
 * min(T/3, 3 s). The loop goes on until then. Closing twice is no harm. C: zookeeper_close.
 */
export function close(zh: Handle): void {
  if (zh.closing || zh.state === "CLOSED") return;
  if (isOver(zh)) {
    zh.closing = true;
    return finishClose(zh);
  }
  const now = zh.platform.clock.now();
  abandonRequests(zh, Rc.CLOSING);
  zh.lookup?.cancel();
  zh.lookup = null;
  zh.search.stop();
  zh.serversChanged = false;
  if (isConnected(zh)) {
    const start = startRequest(zh, OpCode.closeSession);
    const answered = () => void (zh.closeDone = true);
    zh.toSend.endFrame(start);
    // However much is outstanding.
    enqueue(zh, new Pending(zh.xid, emptyResponse, "", answered, null, Infinity, 0, zh.scope));
    zh.closeDeadline = now + Math.trunc(Math.min(zh.recvTimeout / 3, closeTimeMax));
    zh.closing = true;
    stir(zh);
  } else {
    leave(zh);
  }
}

/**
 * Leaves the session to whoever takes it over: as {@link close}, but the server is not told, so that
 * the session and its ephemeral znodes live on for as long as its timeout.
 */
export function detach(zh: Handle): void {
  abandonRequests(zh, Rc.CLOSING);
  leave(zh);
}

function leave(zh: Handle): void {
  dropConnection(zh);
  zh.closeDone = true;
  zh.closeDeadline = zh.platform.clock.now();
  zh.closing = true;
  stir(zh);
}
