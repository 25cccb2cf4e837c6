/** The server's own log: each change of its tree, each session's beginning and end. */
import type { Service } from "../../src/testing/service.ts";
import { orphans } from "./answers.ts";
import type { Change, History } from "./history.ts";

/** Writes down each change in the moment it is made. */
export function logChanges(
  service: Service,
  history: History,
  changed: (change: Change) => void,
): void {
  const { tree } = service;
  for (const type of ["create", "delete", "setData", "setACL"] as const) {
    const real = tree[type].bind(tree) as (path: string, ...rest: unknown[]) => unknown;
    const logged = (path: string, ...rest: unknown[]) => {
      const index = history.changes.length + 1;
      const change = { ...history.moment(), index, zxid: tree.zxid, type, path };
      history.changes.push(change);
      changed(change);
      return real(path, ...rest);
    };
    Object.assign(tree, { [type]: logged });
  }
}

/** Writes down when sessions begin and end; at an end their ephemerals must have gone. */
export function logSessions(service: Service, history: History): void {
  const open = service.openSession.bind(service);
  const close = service.closeSession.bind(service);
  service.openSession = (timeout) => {
    const session = open(timeout);
    const begun = history.moment();
    history.sessions.set(session.id, { id: session.id, begun, ended: null });
    return session;
  };
  service.closeSession = (session) => {
    close(session);
    history.sessions.get(session.id)!.ended = history.moment();
    history.note(`the session ${session.id & 0xffn} ends`);
    const left = orphans(service);
    if (left.length > 0) history.violate("ephemerals of live sessions", left.join(" "));
  };
}
