/** What is promised of every moment: that a client that is connected talks, and notices silence. */
import type { Client } from "./client.ts";

/** Checked after each step. */
export function checkMoment(client: Client): void {
  const { zh, link, world } = client;
  if (zh.state !== "CONNECTED" || zh.closing || link === null || link.closedHere) return;
  const now = world.history.now();
  const { lost } = client.owner;
  const T = zh.recvTimeout;
  // While a write is under way nothing can be added to it.
  const talkBy = Math.max(
    link.lastWrite + Math.trunc(T / 3) + lost - link.lostAtWrite,
    link.wroteAt + lost - link.lostAtWrote,
  );
  if (!link.writing && now > talkBy) {
    world.violate(
      "a ping leaves after T/3",
      `${client.name} has been silent since ${link.lastWrite}`,
    );
  }
  if (now > client.heardAt + Math.trunc(2 * T / 3) + lost - client.heardLost) {
    world.violate(
      "silence is noticed after 2/3 T",
      `${client.name} has heard nothing since ${client.heardAt}`,
    );
  }
}
