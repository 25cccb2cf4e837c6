/**
 * Another list of servers for a session that goes on. The call takes the list down; process() has
 * its names looked up and decides, by C's probabilities, whether the session moves.
 */
import { stir } from "../wait.ts";
import { type Handle, hasEnded } from "./handle.ts";
import { hostPort, parseConnectString } from "./hosts.ts";

/**
 * Gives the session another list of servers: "host:port,host:port". So that every server has the
 * same load afterwards, some of all sessions move to another server at once; the others stay where
 * they are. For one that moves, what is pending completes with CONNECTIONLOSS (-4), and the session
 * goes on behind the next server. The same list changes nothing, nor does a call after the end.
 * C: zoo_set_servers.
 *
 * @throws {TypeError} for a connect string that is not valid, or with a chroot other than the
 * session's: its watches and requests under way are below that one. Nothing has changed then.
 */
export function setServers(zh: Handle, connectString: string): void {
  const { hosts, chroot } = parseConnectString(connectString);
  if (connectString.includes("/") && chroot !== zh.chroot) {
    throw new TypeError(
      `The list of servers has the chroot "${
        chroot || "/"
      }", but a session cannot change its own, ` +
        `which is "${zh.chroot || "/"}"; leave it out or open another session`,
    );
  }
  if (zh.closing || hasEnded(zh)) return;
  const found = new Map(zh.servers.hosts.map((host, i) => [hostPort(host), zh.found[i] ?? []]));
  if (!zh.servers.replaceHosts(hosts)) return;
  // A name that stays keeps its addresses while it cannot be resolved.
  zh.found = hosts.map((host) => found.get(hostPort(host)) ?? []);
  zh.lastResort = [];
  zh.failures.clear();
  zh.lookup?.cancel();
  zh.lookup = null;
  zh.serversChanged = true;
  // A pause was for the servers of before.
  zh.dialAt = zh.platform.clock.now();
  stir(zh);
}
