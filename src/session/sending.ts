/**
 * Handing what was submitted to the network: all of it to one write. One write is under way at a time,
 * and what comes meanwhile leaves in the next one.
 */
import { writePing } from "../proto/requests.ts";
import { type Handle, isConnected } from "./handle.ts";
import { countSent, pinged } from "./measuring.ts";
import { dropDead, markSent } from "./requests.ts";
import { unpark } from "./room.ts";
import { sendDeadline } from "./time.ts";

/** So many requests are worth a system call of their own. */
const batch = 128;

/**
 * Starts to write before process() does, if much has been submitted already: the server works on it
 * while the application goes on with the replies that are there, instead of one waiting for the other.
 */
export function sendEarly(zh: Handle): void {
  const { unsent, connection } = zh;
  if (unsent < batch || connection === null || connection.writing) return;
  if (isConnected(zh) && connection.ended === null) startWrite(zh, zh.platform.clock.now());
}

/** Hands everything submitted to one write, and a ping if one is due. None is under way. */
export function startWrite(zh: Handle, now: number): void {
  const connection = zh.connection!;
  const { front } = connection;
  connection.sending.clear();
  if (isConnected(zh)) {
    dropDead(zh);
    unpark(zh);
    if (zh.toSend.size === 0 && now >= sendDeadline(zh)) {
      writePing(zh.toSend);
      pinged(zh, now);
    }
    markSent(zh);
    // The two buffers take turns: what is submitted from now on goes into the other one.
    [connection.sending, zh.toSend] = [zh.toSend, connection.sending];
  }
  if (front.size > 0) {
    zh.counters.sentPackets += front.count();
    front.appendFrames(connection.sending.frames);
    connection.sending.clear();
    connection.sending.appendFrames(front.frames);
    // Of a connection it is the beginning, and may have been all watches that there are.
    front.clear(0);
  }
  const { frames } = connection.sending;
  if (frames.length === 0) return;
  zh.lastSend = now;
  connection.write(frames);
  // Last, for the application's metrics may submit requests in their turn.
  countSent(zh, frames.length);
}
