/*
 * What the tests of TLS work with: an authority of their own, servers under TLS, and sessions with
 * them. The servers are real ones, for those are what must understand us.
 */

import { deadline } from "@std/async";
import { type TlsOptions, type TlsSource, ZooKeeper, type ZooKeeperOptions } from "@zkst/zookeeper";
import { Authority } from "../../tools/certificates.ts";
import { howToInstall, installed, Server, type Version } from "../../tools/servers.ts";

/** The authority that servers and clients trust. */
export const authority: Authority = await Authority.create();
/** Another one, which nobody trusts. */
export const stranger: Authority = await Authority.create("Stranger CA");
/** Where servers are. */
export const hosts: readonly string[] = ["localhost", "127.0.0.1"];
/** What a client of such servers needs at least. */
export const trusting: TlsOptions = { caCerts: authority.cert };

/** A test that needs a real server; where there is none to start it says so, and is ignored. */
export function test(
  name: string,
  version: Version,
  clientAuth: "need" | "none",
  body: (server: Server) => Promise<void>,
): void {
  const ignore = !installed(version);
  // deno-lint-ignore no-console
  if (ignore) console.log(`"${name}" is ignored: ${howToInstall(version)}`);
  Deno.test({
    name,
    ignore,
    async fn() {
      await using server = await startServer(version, clientAuth);
      await body(server);
    },
  });
}

/** Starts a server under TLS. */
export async function startServer(
  version: Version,
  clientAuth: "need" | "none",
): Promise<Server> {
  const own = await authority.issue("zookeeper", { hosts });
  return await Server.start({
    version,
    config: { maxSessionTimeout: 60_000, "4lw.commands.whitelist": "srvr, mntr" },
    tls: { ...own, caCerts: authority.cert, clientAuth },
  });
}

/** A session under TLS. */
export function connect(
  server: Server,
  tls: TlsSource,
  options: ZooKeeperOptions & { host?: string } = {},
): Promise<ZooKeeper> {
  const { host = "127.0.0.1", ...rest } = options;
  const name = `${host}:${server.securePort}`;
  return ZooKeeper.connect(name, { sessionTimeout: 20_000, ...rest, tls });
}

/** Why a server gives no session, as the first line of the log has it. */
export async function refusal(port: number, tls: TlsSource): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const zk = new ZooKeeper(`127.0.0.1:${port}`, { tls, logger: { warn: resolve } });
  zk.run();
  try {
    return await deadline(promise, 10_000);
  } finally {
    await zk.close();
  }
}
