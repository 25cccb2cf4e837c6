/**
 * Closing a session whoever drives it. The application's loop goes on if there is one; whenever for
 * one turn of the event loop nobody waits for the session and nobody has called process(), because
 * close() is awaited in the loop's body, after it, or with a wait() that was abandoned, the closer
 * does both.
 */
import { process } from "../process.ts";
import { close } from "../session/closing.ts";
import { type Handle, isOver } from "../session/handle.ts";
import { readyNow, waitToClose } from "../wait.ts";

/** Closes the session and resolves when it is closed, after min(T/3, 3 s) at the latest. */
export async function driveToClose(zh: Handle): Promise<void> {
  close(zh);
  await driveToEnd(zh);
}

/** Resolves when a session that is closing is closed. */
export async function driveToEnd(zh: Handle): Promise<void> {
  while (!isOver(zh)) {
    const before = zh.processed;
    await turn(zh);
    if (zh.processed === before && zh.waiter === null) process(zh, readyNow(zh));
    if (!isOver(zh)) await waitToClose(zh);
  }
}

function turn(zh: Handle): Promise<void> {
  return new Promise((resolve) => void zh.platform.clock.turn(resolve));
}
