/** What a client is like, and the manners of driving its session. */
import * as st from "../../src/st.ts";
import type { Handle } from "../../src/st.ts";
import { ZooKeeper } from "../../src/zookeeper.ts";
import type { Client } from "./client.ts";

/** What a client is like. */
export interface Style {
  readonly api: "callbacks" | "promises";
  /** Who drives the session. */
  readonly loop: "own" | "run" | "poll";
  /** Whether a new session follows an expired one. */
  readonly renews: boolean;
  /** Whether some of what is below /t is asked through a chroot() view; of the promise API alone. */
  readonly viewed: boolean;
  /** How many async functions stand between a promise and who awaits it. */
  readonly depth: number;
  /** The xid before the first one. */
  readonly xid: number;
  /** How often its callbacks throw. */
  readonly throws: number;
  readonly timeout: number;
  readonly servers: string;
  /** How many requests may be outstanding. */
  readonly outstanding: number;
}

/** Drives a client's session until its end, or until its application has stopped doing so. */
export async function drive(client: Client): Promise<void> {
  const { zk, zh, style } = client;
  if (zk !== null && style.loop === "run") return await zk.run();
  const poll = style.loop === "poll" ? new st.Poll<ZooKeeper | Handle>() : null;
  poll?.add(zk ?? zh);
  while (!client.over && !client.abandoned) {
    if (poll !== null) {
      for (const [session, events] of await poll.wait()) processed(client, session, events);
    } else {
      const events = await (zk?.interest() ?? st.interest(zh)).wait();
      if (!client.abandoned) processed(client, zk ?? zh, events);
    }
  }
}

function processed(client: Client, session: ZooKeeper | Handle, events: number): void {
  const rc = session instanceof ZooKeeper ? session.process(events) : st.process(session, events);
  if (rc !== -2) return;
  client.world.violate("replies come in order", `${client.name}: process() returned ${rc}`);
}
