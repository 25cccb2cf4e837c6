/**
 * A ZooKeeper in memory, to test applications with: the whole service in this process, over TCP or
 * without any socket, with virtual time and with faults by hand.
 *
 * It speaks the wire, so the clients of other languages can be tested with it as well:
 * `deno run --allow-net jsr:@zkst/zookeeper/testing/main --port 2181`.
 *
 * @example What becomes of the application when its session expires
 * ```ts
 * import { ZooKeeper } from "@zkst/zookeeper";
 * import { TestServer } from "@zkst/zookeeper/testing";
 *
 * await using server = new TestServer();
 * const zk = await ZooKeeper.connect("test", { platform: server.platform });
 * await zk.create("/leader", "me", { mode: "EPHEMERAL" });
 * server.expire(zk.session!.id);
 * await server.advance(1000);
 * console.log(zk.state, server.sessions.length);
 * await zk.close();
 * ```
 *
 * @module
 */
export type { At } from "./network/rules.ts";
export { TestServer } from "./server.ts";
export type { ServerVersion, TestServerOptions } from "./settings.ts";
