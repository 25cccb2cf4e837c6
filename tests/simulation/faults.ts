/**
 * What goes wrong in a run. The faults are drawn before it begins, each with the step it comes at and
 * all that chance has to say about it, so that a run can be tried again with some of them left out.
 */
import type { Random } from "../fuzz/random.ts";
import type { Client } from "./client.ts";
import type { Link } from "./link.ts";
import type { Host } from "./ways.ts";
import type { World } from "./world.ts";

/** One fault of a run. */
export interface Fault {
  readonly step: number;
  readonly name: FaultName;
  /** Whom it concerns, and how: numbers in [0, 1). */
  readonly whom: number;
  readonly how: number;
  readonly more: number;
  /** How long it lasts, ms. */
  readonly time: number;
}

export type FaultName =
  | "break"
  | "breakInReply"
  | "breakInRequest"
  | "stall"
  | "halfOpen"
  | "delay"
  | "corrupt"
  | "loseReply"
  | "restart"
  | "hostDown"
  | "hostHangs"
  | "dnsDown"
  | "expire"
  | "changeId"
  | "move"
  | "jump"
  | "pause"
  | "setServers";

/** Lets a fault happen; returns what it has done, or null where there was nobody to do it to. */
type Act = (world: World, fault: Fault) => string | null;

/** Draws the faults of a run of so many steps. */
export function drawFaults(random: Random, count: number, steps: number, timeout: number): Fault[] {
  const names = Object.keys(kinds) as FaultName[];
  // Some runs see the same few kinds again and again: together they do what one of each does not.
  const some = Array.from({ length: 1 + random.below(5) }, () => random.pick(names));
  const few = random.chance(0.5);
  return Array.from({ length: count }, () => ({
    step: random.below(steps),
    name: random.pick(few ? some : names),
    whom: random.next(),
    how: random.next(),
    more: random.next(),
    time: Math.ceil(timeout * random.pick([0.02, 0.2, 0.5, 0.8, 1.2, 2.5]) * random.next()),
  })).sort((a, b) => a.step - b.step);
}

/** Lets it happen. Returns what it has done, or null where there was nobody to do it to. */
export function befall(world: World, fault: Fault): string | null {
  return kinds[fault.name](world, fault);
}

/** Ends what lasts. */
export function heal(world: World): void {
  world.ways.dnsDownUntil = 0;
  for (const host of world.ways.hosts) {
    if (host.downUntil < Infinity) host.downUntil = 0;
    if (host.hangsUntil < Infinity) host.hangsUntil = 0;
  }
  for (const link of world.links) {
    link.stalledUntil = link.delay = link.deliverAt = 0;
    link.leftToClient = link.leftToServer = Infinity;
  }
  for (const client of world.clients) {
    client.owner.pausedUntil = 0;
    if (world.ways.unsteady.has(client)) client.setServers(client.style.servers);
  }
}

const kinds: { readonly [Name in FaultName]: Act } = {
  /** A connection breaks; of what is under way a part still arrives, on each side. */
  break: onLink((_, link, { how, more }) => {
    const [toClient, toServer] = [
      part(link.toClient.length, how),
      part(link.toServer.length, more),
    ];
    link.break(toClient, toServer);
    return `breaks, ${toClient} bytes still arrive here and ${toServer} there`;
  }),
  breakInReply: onLink((_, link, { how, more }) => {
    link.leftToClient = 1 + Math.trunc(how * (more < 0.5 ? 40 : 300));
    return `breaks after ${link.leftToClient} bytes to the client`;
  }),
  breakInRequest: onLink((_, link, { how, more }) => {
    link.leftToServer = 1 + Math.trunc(how * (more < 0.5 ? 40 : 300));
    return `breaks after ${link.leftToServer} bytes to the server`;
  }),
  stall: onLink((world, link, { time }) => {
    link.stalledUntil = world.history.now() + time;
    return `stalls for ${time} ms`;
  }),
  halfOpen: onLink((_, link) => {
    link.sever();
    return "dies and nobody is told";
  }),
  delay: onLink((_, link, { time }) => {
    link.delay = Math.trunc(time / 4);
    return `what the server sends comes ${link.delay} ms later`;
  }),
  corrupt: onLink((world, link) => {
    world.sides.get(link)!.corrupt = true;
    return "the next bytes from the server are garbage";
  }),
  loseReply: onLink((world, link) => {
    world.sides.get(link)!.connection.losesReply = true;
    return "the next write is done and not answered";
  }),
  restart: (world, { time }) => {
    for (const host of world.ways.hosts) {
      host.downUntil = Math.max(host.downUntil, now(world) + time);
    }
    for (const link of world.links) link.break(link.toClient.length, 0);
    world.service.sessions.touchAll();
    return `the server is down for ${time} ms`;
  },
  hostDown: onHost((world, host, { time }) => {
    host.downUntil = Math.max(host.downUntil, now(world) + time);
    for (const link of world.links) {
      if (link.endpoint.address === host.address) link.break(link.toClient.length, 0);
    }
    return `is down for ${time} ms`;
  }),
  hostHangs: onHost((world, host, { time }) => {
    host.hangsUntil = Math.max(host.hangsUntil, now(world) + time);
    return `answers no dial for ${time} ms`;
  }),
  dnsDown: (world, { time }) => {
    world.ways.dnsDownUntil = now(world) + time;
    return `no name is found for ${time} ms`;
  },
  expire: onSession((world, client) => {
    const session = world.service.sessions.get(client.sessionId)!;
    world.service.closeSession(session);
    session.connection?.close();
    return "expires";
  }),
  changeId: onSession((world, client) => {
    world.service.sessions.get(client.sessionId)!.changesId = true;
    return "gets another id at its next reconnect";
  }),
  move: onSession((world, client) => {
    world.service.sessions.get(client.sessionId)!.moved = true;
    return "belongs to another server now";
  }),
  jump: (world, { time }) => {
    world.clients[0]!.owner.scheduler.jump(time);
    return `the clock jumps by ${time} ms`;
  },
  setServers: onClient((world, client, { how, more }) => {
    const all = [...world.ways.names.keys()];
    const from = Math.trunc(how * all.length);
    const count = 1 + Math.trunc(more * all.length);
    const servers = all.concat(all).slice(from, from + count).map((name) => `${name}:2181`).join();
    client.setServers(servers);
    return `gets the servers ${servers}`;
  }),
  pause: onClient((_, client, { time }) => {
    client.owner.pause(time);
    return `is busy elsewhere for ${time} ms`;
  }),
};

function now(world: World): number {
  return world.history.now();
}

function part(length: number, share: number): number {
  return share < 0.3 ? 0 : share > 0.7 ? length : Math.trunc(length * (share - 0.3) / 0.4);
}

function onClient(act: (world: World, client: Client, fault: Fault) => string): Act {
  return (world, fault) => {
    const client = world.clients[Math.trunc(fault.whom * world.clients.length)]!;
    return `${client.name} ${act(world, client, fault)}`;
  };
}

function onSession(act: (world: World, client: Client, fault: Fault) => string): Act {
  return (world, fault) => {
    const client = world.clients[Math.trunc(fault.whom * world.clients.length)]!;
    if (world.service.sessions.get(client.sessionId) === undefined) return null;
    return `the session of ${client.name} ${act(world, client, fault)}`;
  };
}

function onLink(act: (world: World, link: Link, fault: Fault) => string): Act {
  return (world, fault) => {
    const links = world.links.filter(({ closedHere, broken }) => !closedHere && !broken);
    if (links.length === 0) return null;
    const link = links[Math.trunc(fault.whom * links.length)]!;
    return `${link.name} ${act(world, link, fault)}`;
  };
}

function onHost(act: (world: World, host: Host, fault: Fault) => string): Act {
  return (world, fault) => {
    const { hosts } = world.ways;
    const host = hosts[Math.trunc(fault.whom * hosts.length)]!;
    return `${host.address} ${act(world, host, fault)}`;
  };
}
