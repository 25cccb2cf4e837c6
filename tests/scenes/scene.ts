/** What most scenes begin with: a driven session of the callback API on a scripted platform. */
import {
  closed,
  type Handle,
  type HandleOptions,
  init,
  interest,
  process,
  type WatchedEvent,
} from "../../src/st.ts";
import { type Answer, connectResponse, type Grant, Scripted, type Wire } from "../scripted.ts";

/** A session and the world around it. */
export interface Scene {
  zh: Handle;
  world: Scripted;
  /** What was logged: "level message". */
  lines: string[];
  /** What process() returned, other than 0. */
  codes: number[];
  /** What the global watcher and what callbacks threw. */
  events: WatchedEvent[];
  thrown: unknown[];
}

/** T of the scenes, ms, as in TestOperations.cc. */
export const T = 9000;

/** A session that nobody drives. */
export function make(options: HandleOptions = {}, servers = "127.0.0.1:2181"): Scene {
  const world = new Scripted();
  const lines: string[] = [];
  const events: WatchedEvent[] = [];
  const thrown: unknown[] = [];
  const log = (level: string) => (message: string) => void lines.push(`${level} ${message}`);
  const zh = init(servers, {
    sessionTimeout: T,
    shuffle: false,
    platform: world,
    logger: { error: log("error"), warn: log("warn"), info: log("info"), debug: log("debug") },
    watcher: (event) => void events.push(event),
    onError: (error) => void thrown.push(error),
    ...options,
  });
  return { zh, world, lines, codes: [], events, thrown };
}

/** A session that an application's loop drives, as far as its first dial. */
export async function start(
  options: HandleOptions = {},
  servers?: string,
  answer?: Answer,
): Promise<Scene> {
  const scene = make(options, servers);
  if (answer !== undefined) scene.world.answer = () => answer;
  drive(scene);
  await scene.world.clock.settle();
  return scene;
}

/** A session that is driven and connected. */
export async function connect(options: HandleOptions = {}, grant: Grant = {}): Promise<Scene> {
  const scene = await start(options);
  await accept(scene, grant);
  return scene;
}

/** The server of the newest connection grants the session; returns the connection. */
export async function accept({ world }: Scene, grant: Grant = {}): Promise<Wire> {
  const { wire } = world;
  wire.takeFrames();
  wire.push(connectResponse(grant));
  await world.clock.settle();
  return wire;
}

/** What an application's loop does. */
export async function drive({ zh, codes }: Scene): Promise<void> {
  while (!closed(zh)) {
    const code = process(zh, await interest(zh).wait());
    if (code !== 0) codes.push(code);
  }
}
