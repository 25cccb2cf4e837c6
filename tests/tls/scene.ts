/*
 * What the tests of TLS work with: an authority of their own, a server under TLS that stands for all
 * of a file, and sessions with it. The servers are real ones, for those are what must understand us.
 */

import { assertRejects } from "@std/assert";
import {
  type TlsOptions,
  type TlsSource,
  ZooKeeper,
  ZooKeeperError,
  type ZooKeeperOptions,
} from "@zkst/zookeeper";
import { Authority } from "../../tools/certificates.ts";
import { howToInstall, installed, Server, type Version } from "../../tools/servers.ts";

/** Why there is no server to test with, or null. */
export function missing(version: Version = "3.8"): string | null {
  return installed(version) ? null : howToInstall(version);
}

/** A test that needs real servers; where there is no ZooKeeper it says so, and is ignored. */
export function test(name: string, body: () => Promise<void>, version: Version = "3.8"): void {
  const why = missing(version);
  // deno-lint-ignore no-console
  if (why !== null) console.log(`"${name}" is ignored: ${why}`);
  Deno.test({ name, ignore: why !== null, fn: body });
}

/** The authority that servers and clients trust. */
export const authority: Authority = await Authority.create();
/** Another one, which nobody trusts. */
export const stranger: Authority = await Authority.create("Stranger CA");
/** Where servers are. */
export const hosts: readonly string[] = ["localhost", "127.0.0.1"];
/** What a client of such servers needs at least. */
export const trusting: TlsOptions = { caCerts: authority.cert };

/** Starts a server under TLS. */
export async function startServer(
  options: { clientAuth?: "need" | "want" | "none"; version?: Version } = {},
): Promise<Server> {
  const { version = "3.8", clientAuth = "none" } = options;
  return await Server.start({
    version,
    config: { maxSessionTimeout: 60_000 },
    tls: {
      ...await authority.issue("zookeeper", { hosts }),
      caCerts: authority.cert,
      clientAuth,
    },
  });
}

/** A session under TLS, by the server's name. */
export function connect(
  port: number,
  tls: TlsSource,
  options: ZooKeeperOptions & { host?: string } = {},
): Promise<ZooKeeper> {
  const { host = "localhost", ...rest } = options;
  return ZooKeeper.connect(`${host}:${port}`, { sessionTimeout: 20_000, ...rest, tls });
}

/** Why no session could be had: the reason of the first attempt, however long that takes. */
export async function refusal(
  port: number,
  tls: TlsSource,
  options: { host?: string } = {},
): Promise<string> {
  const { host = "127.0.0.1" } = options;
  await using zk = new ZooKeeper(`${host}:${port}`, { tls });
  zk.run();
  for (const end = performance.now() + 15_000;;) {
    const { message } = await assertRejects(() => zk.connected({ timeout: 100 }), ZooKeeperError);
    if (!message.includes("no answer yet") || performance.now() > end) return message;
  }
}
