/*
 * How a ZooKeeper is run, 3.8 of Debian's packages or 3.9 of Maven's: what must be there, its
 * command line and its zoo.cfg. All is chosen for tests: small, quick to start, silent about
 * anything but loopback.
 */

import { jarsFolder } from "./maven.ts";

/** The releases that can be run: Debian's 3.8.0, and 3.9.5. */
export type Version = "3.8" | "3.9";

/** What a server can be asked to be. */
export interface ServerOptions {
  /** The server's tick in milliseconds, 200 by default; sessions last 2 to 20 of them. */
  tickTime?: number;
  /** Further lines of zoo.cfg, or others instead of the usual ones. */
  config?: Record<string, string | number>;
  /** Further flags for Java, such as `-Dname=value`. */
  flags?: string[];
  /** The client port. A free one by default. */
  port?: number;
  /** The server's number in an ensemble, for its `myid`. */
  id?: number;
  /** Which ZooKeeper it is, 3.8 by default. */
  version?: Version;
  /** The users, with their passwords, that it knows by SASL's DIGEST-MD5; no SASL by default. */
  sasl?: Record<string, string>;
  /** Has it listen under TLS as well, on a port of its own. */
  tls?: ServerTls;
}

/** TLS of a server. */
export interface ServerTls {
  /** Its certificate, PEM. */
  cert: string;
  /** Its private key, PEM. */
  key: string;
  /** The authorities that may have signed a client's certificate, PEM; its own for lack of others. */
  caCerts?: string;
  /** Whether a client must have a certificate, may have one, or is not asked. "none" by default. */
  clientAuth?: "need" | "want" | "none";
}

const jars = "/usr/share/java";

/** What the server needs, then what it needs for TLS and Debian's jar does not itself refer to. */
const debian = [
  "slf4j-simple",
  "zookeeper",
  "netty-codec",
  "netty-resolver",
  "netty-transport-native-unix-common",
].map((name) => `${jars}/${name}.jar`).join(":");

/**
 * What to do when {@linkcode installed} says no.
 *
 * @param version Of which ZooKeeper.
 * @returns The advice.
 */
export function howToInstall(version: Version = "3.8"): string {
  return version === "3.8"
    ? "install Debian's package: apt-get install --no-install-recommends zookeeper"
    : "install Java and mvn, then run: deno task test --install";
}

/**
 * Whether a ZooKeeper can be started on this machine.
 *
 * @param version Which one.
 * @returns Whether Java and the server's jars are there.
 */
export function installed(version: Version = "3.8"): boolean {
  const path = (Deno.env.get("PATH") ?? "").split(":");
  const there = version === "3.8" ? isFile(`${jars}/zookeeper.jar`) : isFolder(jarsFolder());
  return there && path.some((folder) => isFile(`${folder}/java`));
}

/**
 * The command that runs a server until it is killed.
 *
 * @param directory The directory that has its zoo.cfg.
 * @param options What it should be.
 * @returns The program and its arguments.
 */
export function commandLine(directory: string, options: ServerOptions = {}): string[] {
  return [
    "java",
    "-Xmx64m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    // These two would outlive a killed server, as files in the system's own temporary directory.
    "-XX:-UsePerfData",
    `-Djava.io.tmpdir=${directory}`,
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS",
    "-Dzookeeper.admin.enableServer=false",
    "-Dzookeeper.extendedTypesEnabled=true",
    "-Dznode.container.checkIntervalMs=200",
    // The super user's password is "secret".
    "-Dzookeeper.DigestAuthenticationProvider.superDigest=super:lK75jTNcA+U9vtVEw5vB51mj/w4=",
    ...options.sasl ? [`-Djava.security.auth.login.config=${directory}/jaas.conf`] : [],
    ...options.flags ?? [],
    "-cp",
    options.version === "3.9" ? `${jarsFolder()}/*` : debian,
    "org.apache.zookeeper.server.quorum.QuorumPeerMain",
    `${directory}/zoo.cfg`,
  ];
}

/**
 * Writes what a server finds in its directory when it starts.
 *
 * @param directory The directory.
 * @param port The client port.
 * @param options The rest.
 */
export function writeFiles(directory: string, port: number, options: ServerOptions): void {
  const lines = {
    tickTime: options.tickTime ?? 200,
    dataDir: `${directory}/data`,
    clientPortAddress: "127.0.0.1",
    clientPort: port,
    maxClientCnxns: 0,
    preAllocSize: 64,
    "admin.enableServer": "false",
    "4lw.commands.whitelist": "*",
    ...options.sasl ? { "authProvider.sasl": `${auth}.SASLAuthenticationProvider` } : {},
    ...options.tls ? tlsLines(directory, options.tls) : {},
    ...options.config,
  };
  const text = Object.entries(lines).map(([key, value]) => `${key}=${value}\n`).join("");
  Deno.writeTextFileSync(`${directory}/zoo.cfg`, text);
  Deno.mkdirSync(`${directory}/data`);
  if (options.sasl) Deno.writeTextFileSync(`${directory}/jaas.conf`, jaas(options.sasl));
  if (options.tls) writeTlsFiles(directory, options.tls);
  if (options.id !== undefined) Deno.writeTextFileSync(`${directory}/data/myid`, `${options.id}\n`);
}

/**
 * Writes what a server is to know for TLS; it reads it when it starts.
 *
 * @param directory The directory.
 * @param tls Its certificates.
 */
export function writeTlsFiles(directory: string, tls: ServerTls): void {
  Deno.writeTextFileSync(`${directory}/key-store.pem`, tls.key + tls.cert);
  Deno.writeTextFileSync(`${directory}/trust-store.pem`, tls.caCerts ?? tls.cert);
}

/** The port itself is in the options' `config`. */
function tlsLines(directory: string, tls: ServerTls): Record<string, string> {
  return {
    secureClientPortAddress: "127.0.0.1",
    serverCnxnFactory: "org.apache.zookeeper.server.NettyServerCnxnFactory",
    "ssl.keyStore.location": `${directory}/key-store.pem`,
    "ssl.keyStore.type": "PEM",
    "ssl.trustStore.location": `${directory}/trust-store.pem`,
    "ssl.trustStore.type": "PEM",
    "ssl.clientAuth": tls.clientAuth ?? "none",
  };
}

const auth = "org.apache.zookeeper.server.auth";

function jaas(users: Record<string, string>): string {
  const lines = Object.entries(users).map(([user, password]) => `user_${user}="${password}"`);
  return `Server { ${auth}.DigestLoginModule required\n${lines.join("\n")};\n};\n`;
}

function isFile(path: string): boolean {
  return stat(path)?.isFile ?? false;
}

function isFolder(path: string): boolean {
  return stat(path)?.isDirectory ?? false;
}

function stat(path: string): Deno.FileInfo | null {
  try {
    return Deno.statSync(path);
  } catch {
    return null;
  }
}
