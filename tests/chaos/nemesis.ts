/**
 * What befalls servers and networks, one thing after the other, as a seed has it. Each fault ends
 * with all as it was. Only one server at a time is without its data, and none is touched until it has
 * it again.
 */
import { delay } from "@std/async";
import type { Random } from "../fuzz/random.ts";
import type { Server } from "../../tools/servers.ts";
import type { Proxy, Weather } from "./proxy.ts";
import type { World } from "./world.ts";

/** One kind of fault. */
export interface Fault {
  readonly name: string;
  /** How often it is chosen, beside the others. */
  readonly weight: number;
  /** Brings it about and ends it. */
  run(world: World, random: Random): Promise<void>;
}

/** What befalls servers. */
export const serverFaults: readonly Fault[] = [
  { name: "kill -9", weight: 3, run: killed },
  { name: "kill -9 of the leader", weight: 2, run: leaderKilled },
  { name: "restart", weight: 2, run: restarted },
  { name: "pause", weight: 3, run: paused },
  { name: "kill -9 of all", weight: 1, run: allKilled },
  { name: "wiped follower", weight: 2, run: wiped },
];

/** What befalls the network between them and the clients. */
export const networkFaults: readonly Fault[] = [
  { name: "partition that stalls", weight: 3, run: underWeather("stalling") },
  { name: "partition that drops", weight: 3, run: underWeather("swallowing") },
  { name: "refused connections", weight: 2, run: underWeather("refusing") },
  { name: "slow network", weight: 2, run: underWeather("slow") },
  { name: "cut connections", weight: 2, run: cut },
  { name: "cut in mid-frame", weight: 3, run: cutInMidFrame },
];

/** One of them, by chance; now and then one of servers and one of the network at once. */
export function chooseFaults(random: Random): Fault[] {
  if (random.chance(0.2)) return [choose(serverFaults, random), choose(networkFaults, random)];
  return [choose([...serverFaults, ...networkFaults], random)];
}

function choose(faults: readonly Fault[], random: Random): Fault {
  let at = random.below(faults.reduce((sum, { weight }) => sum + weight, 0));
  return faults.find(({ weight }) => (at -= weight) < 0)!;
}

async function killed({ servers }: World, random: Random): Promise<void> {
  const server = random.pick(servers);
  await server.kill();
  await delay(random.below(5000));
  await server.start();
}

async function leaderKilled(world: World, random: Random): Promise<void> {
  const leader = await world.leader();
  await leader.kill();
  await delay(random.below(5000));
  await leader.start();
}

async function restarted({ servers }: World, random: Random): Promise<void> {
  const server = random.pick(servers);
  await server.stop();
  await server.start();
}

/** Longer than a session lasts, or shorter. */
async function paused({ servers }: World, random: Random): Promise<void> {
  const server = random.pick(servers);
  server.pause();
  try {
    await delay(500 + random.below(6000));
  } finally {
    server.resume();
  }
}

async function allKilled({ servers }: World, random: Random): Promise<void> {
  await Promise.all(servers.map((server) => server.kill()));
  await delay(random.below(3000));
  await Promise.all(servers.map((server) => server.start()));
}

async function wiped(world: World, random: Random): Promise<void> {
  await world.untilInSync();
  const leader = await world.leader();
  const victim: Server = random.pick(world.servers.filter((server) => server !== leader));
  await victim.kill();
  await world.wipe(victim);
  await victim.start();
  await world.untilInSync();
}

/** Between the clients and one server, two, or all of them. */
function underWeather(weather: Weather): Fault["run"] {
  return async ({ proxies }, random) => {
    const chosen = some(proxies, random);
    for (const proxy of chosen) proxy.weather = weather;
    await delay(500 + random.below(5500));
    for (const proxy of chosen) proxy.weather = "fair";
  };
}

async function cut({ proxies }: World, random: Random): Promise<void> {
  for (let times = 1 + random.below(5); times > 0; times--) {
    for (const proxy of some(proxies, random)) proxy.cut();
    await delay(random.below(500));
  }
}

async function cutInMidFrame({ proxies }: World, random: Random): Promise<void> {
  for (let times = 1 + random.below(10); times > 0; times--) {
    for (const proxy of some(proxies, random)) proxy.cutInMidFrame();
    await delay(random.below(300));
  }
}

function some(proxies: readonly Proxy[], random: Random): Proxy[] {
  const count = 1 + random.below(proxies.length);
  const rest = [...proxies];
  return Array.from({ length: count }, () => rest.splice(random.below(rest.length), 1)[0]!);
}
