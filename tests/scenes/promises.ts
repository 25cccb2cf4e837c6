/** A driven ZooKeeper on a scripted platform, for scenes of what promises alone have. */
import { Reader } from "../../src/proto/archive.ts";
import { OpCode } from "../../src/proto/constants.ts";
import { type WatchedEvent, type Watcher, ZooKeeper, type ZooKeeperOptions } from "../../mod.ts";
import {
  type Answer,
  answerAll,
  connectResponse,
  type Grant,
  reply,
  type Request,
  Scripted,
  type Wire,
} from "../scripted.ts";
import { T } from "./scene.ts";

/** A session and the world around it. */
export interface Promises {
  zk: ZooKeeper;
  world: Scripted;
  /** What the global watcher and the watchers of {@link noting} were told, in short. */
  seen: string[];
  /** What was logged: "level message". */
  lines: string[];
  /** Resolves when its loop has ended. */
  loop: Promise<void>;
}

/** A session that a loop drives, as far as its first dial. */
export async function open(
  options: ZooKeeperOptions = {},
  servers = "127.0.0.1:2181",
  answer: Answer = "accept",
): Promise<Promises> {
  const world = new Scripted();
  world.answer = () => answer;
  const seen: string[] = [];
  const lines: string[] = [];
  const log = (level: string) => (message: string) => void lines.push(`${level} ${message}`);
  const zk = new ZooKeeper(servers, {
    sessionTimeout: T,
    shuffle: false,
    platform: world,
    logger: { error: log("error"), warn: log("warn"), info: log("info") },
    watcher: ({ state }) => void seen.push(state),
    ...options,
  });
  const loop = drive(zk);
  await world.clock.settle();
  return { zk, world, seen, lines, loop };
}

/** A session that is driven and connected. */
export async function connected(
  options: ZooKeeperOptions = {},
  grant: Grant = {},
  servers?: string,
): Promise<Promises> {
  const scene = await open(options, servers);
  await admit(scene, grant);
  return scene;
}

/** The server of the newest connection grants the session, or not; returns the connection. */
export async function admit({ world }: Promises, grant: Grant = {}): Promise<Wire> {
  const { wire } = world;
  wire.takeFrames();
  wire.push(connectResponse(grant));
  await world.clock.settle();
  return wire;
}

/** The server answers all that has come, with success; returns it. */
export async function answer({ world }: Promises): Promise<Request[]> {
  await world.clock.settle();
  const frames = world.wire.takeFrames();
  world.wire.push(...requestsOf(frames).map(success));
  await world.clock.settle();
  return requestsOf(frames);
}

function requestsOf(frames: Uint8Array[]): Request[] {
  return frames.map((frame) => {
    const body = Reader.of(frame);
    return { xid: body.int(), type: body.int(), body };
  });
}

/** Loses the connection, and reconnects with the grant. */
export async function reconnect(scene: Promises, grant: Grant = {}): Promise<Wire> {
  const { clock, wires } = scene.world;
  const before = wires.length;
  scene.world.wire.end();
  while (wires.length === before) await clock.advance(T / 60);
  return await admit(scene, grant);
}

/** The server says that the session has expired, and the next one is granted; returns its wire. */
export async function expire(scene: Promises, sessionId: bigint): Promise<Wire> {
  await reconnect(scene, { timeout: 0, sessionId: 0n });
  return await admit(scene, { sessionId });
}

/** Closes the session, whose server need not answer. */
export async function shut({ zk, world, loop }: Promises): Promise<void> {
  const closing = zk.close();
  await world.clock.advance(T / 3);
  await closing;
  await loop;
}

/** A watcher that notes its events under a name. */
export function noting(seen: string[], name: string): Watcher {
  return (event) => void seen.push(`${name} ${inShort(event)}`);
}

/** "NodeCreated /a", and "CONNECTED" for a session event. */
export function inShort({ type, path, state }: WatchedEvent): string {
  return type === "Session" ? state : `${type} ${path}`;
}

/** The types of requests, by name. */
export function namesOf(requests: Request[]): string[] {
  const names = Object.entries(OpCode);
  return requests.map(({ type }) => names.find(([, code]) => code === type)?.[0] ?? `${type}`);
}

function success(request: Request): Uint8Array {
  switch (request.type) {
    case OpCode.getChildren:
      return reply(request.xid, (to) => to.vector([] as string[], (w, item) => w.string(item)));
    default:
      return answerAll([request])[0]!;
  }
}

async function drive(zk: ZooKeeper): Promise<void> {
  while (!zk.closed) zk.process(await zk.interest().wait());
}
