/**
 * A session under TLS: says who we are to the server, and how it is. The certificates are read on
 * each connect, so that renewed ones are taken up. docs/security.md has commands that make some.
 *
 *   deno run --allow-net --allow-read examples/tls.ts localhost:2281 ca.pem
 *   deno run --allow-net --allow-read examples/tls.ts localhost:2281 ca.pem client.pem client.key
 */
import { fourLetterWord, type TlsOptions, ZooKeeper } from "@zkst/zookeeper";

const [servers, ca, cert, key] = Deno.args;
if (servers === undefined || ca === undefined) {
  console.error("Usage: examples/tls.ts HOST:PORT CA_PEM [CERT_PEM KEY_PEM]");
  Deno.exit(2);
}

async function tls(): Promise<TlsOptions> {
  const caCerts = await Deno.readTextFile(ca!);
  if (cert === undefined || key === undefined) return { caCerts };
  return {
    caCerts,
    cert: await Deno.readTextFile(cert),
    key: await Deno.readTextFile(key),
  };
}

await using zk = await ZooKeeper.connect(servers, { tls });
for (const { scheme, user } of await zk.whoAmI()) console.log(`We are ${scheme}:${user}`);

const { host, port } = zk.server!;
console.log((await fourLetterWord(`${host}:${port}`, "srvr", { tls })).trim());
