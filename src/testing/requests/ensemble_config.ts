/** The ensemble's configuration in the form that /zookeeper/config keeps it in. */

/** The members: "host:port:port:role;host:clientport" by number. */
export type Servers = Map<number, string>;

/** The configuration of a new server, which is the only voter of its ensemble. */
export function firstConfig(): Uint8Array {
  const server = "127.0.0.1:2888:3888:participant;127.0.0.1:2181";
  return encodeConfig(new Map([[1, server]]), 0x1_0000_0000);
}

/** The configuration as /zookeeper/config has it. */
export function encodeConfig(servers: Servers, version: number): Uint8Array {
  const lines = [...servers].sort(([a], [b]) => a - b)
    .map(([id, server]) => `server.${id}=${server}\n`);
  return new TextEncoder().encode(`${lines.join("")}version=${version.toString(16)}`);
}

/** What /zookeeper/config says; a super user may have written anything there. */
export function decodeConfig(data: Uint8Array | null): { servers: Servers; version: number } {
  const text = new TextDecoder().decode(data ?? new Uint8Array(0));
  const servers: Servers = new Map();
  for (const [, id, server] of text.matchAll(/^server\.(\d+)=(.*)$/gm)) {
    servers.set(Number(id), server!);
  }
  const version = /^version=([\da-f]{1,13})$/m.exec(text)?.[1] ?? "0";
  return { servers, version: parseInt(version, 16) };
}
