/*
 * Other people's clients, each shown both servers: they must see the same, field by field. Where a
 * client is not installed its test is ignored, and says what to install.
 */

import { assertEquals } from "@std/assert";
import { howToInstall, installed } from "../../tools/servers.ts";
import { play } from "./program.ts";
import { realServer, type Shown, testServer } from "./servers.ts";

/** A client of somebody else's. */
export interface Peer {
  /** What it is called. */
  name: string;
  /** What it needs that is not here, and how to install that; `null` when nothing is missing. */
  missing: string | null;
  /** Builds its program, if it has to be, in the given folder. Returns the command that runs it. */
  command(folder: string): string[] | Promise<string[]>;
  /** Runs it with a server, and returns what it saw; by default as program.ts says. */
  play?(command: string[], server: Shown): Promise<Record<string, unknown>>;
  /** Whether it is about what only our server can do. */
  oursAlone?: boolean;
  /** What it has to see. */
  expected: Record<string, unknown>;
}

/** Tests that a client sees what it should of either server. */
export function testPeer(peer: Peer): void {
  // The other test with this client says what is missing.
  const first = !peer.oursAlone;
  const ignore = first ? isIgnored(peer.name, peer.missing) : peer.missing !== null;
  if (first && !ignore && !installed()) {
    say(`${peer.name} sees our own server alone: ${howToInstall}`);
  }
  const both = installed() && first;
  const servers = { ...(both ? { ZooKeeper: realServer } : {}), TestServer: testServer };
  Deno.test({
    name: peer.oursAlone
      ? `${peer.name} sees the faults of a server in memory`
      : `${peer.name} sees of a server in memory what it sees of ZooKeeper`,
    ignore,
    async fn(t) {
      const folder = await Deno.makeTempDir({ prefix: "zkst-peer-" });
      try {
        const command = await peer.command(folder);
        // At once, because what takes time is mostly the start of programs.
        const shows = Object.values(servers).map((open) => show(peer, command, open));
        const results = await Promise.allSettled(shows);
        for (const [i, name] of Object.keys(servers).entries()) {
          await t.step(name, async () => assertEquals(await settled(results[i]!), peer.expected));
        }
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    },
  });
}

async function show(peer: Peer, command: string[], open: () => Promise<Shown>): Promise<unknown> {
  await using server = await open();
  return await (peer.play ?? play)(command, server);
}

function settled<T>(result: PromiseSettledResult<T>): T {
  if (result.status === "rejected") throw result.reason;
  return result.value;
}

/** The path of a file beside the tests. */
export function beside(name: string): string {
  return decodeURI(new URL(name, import.meta.url).pathname);
}

/** Whether there is such a file. */
export function isThere(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

/** Whether a program runs and ends well. */
export function runs(program: string, ...args: string[]): boolean {
  try {
    const options = { args, stdout: "null", stderr: "null" } as const;
    return new Deno.Command(program, options).outputSync().success;
  } catch {
    return false;
  }
}

/** Runs a program, which must end well. */
export async function build(program: string, ...args: string[]): Promise<void> {
  const { success, stdout, stderr } = await new Deno.Command(program, { args }).output();
  if (success) return;
  const said = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join("");
  throw new Error(`${program} ${args.join(" ")} failed:\n${said}`);
}

/** How to install packages of Debian's. */
export function install(...packages: string[]): string {
  return `install Debian's ${packages.join(" and ")}: ` +
    `apt-get install --no-install-recommends ${packages.join(" ")}`;
}

/** Whether tests with a client cannot be: what is missing is said then. */
export function isIgnored(name: string, missing: string | null): boolean {
  if (missing !== null) say(`Tests with ${name} are ignored: ${missing}`);
  return missing !== null;
}

function say(text: string): void {
  // deno-lint-ignore no-console
  console.log(text);
}
