/** Any API under a load of so many operations, again and again. */
import { ZooKeeper } from "../../mod.ts";
import * as st from "../../src/st.ts";
import { Bare } from "../bare.ts";
import { exchangesOf } from "../bare_wire.ts";
import { submitOf } from "../callbacks.ts";
import { type Completion, Count, loadCallbacks, loadPromises } from "../load.ts";
import { operationOf } from "../promises.ts";
import { sessionTimeout, type Task } from "../task.ts";

/** A client that can be put under load. */
export interface Loaded {
  /** Resolves when so many operations, and those begun with them, are done. */
  load(count: number): Promise<void>;
  close(): Promise<void>;
}

/** Connects by the API of the given name. */
export function loadOf(api: string, task: Omit<Task, "seconds">): Promise<Loaded> {
  const make = apis[api];
  if (make === undefined) throw new TypeError(`There is no API "${api}"`);
  return make({ ...task, seconds: 1 });
}

const apis: Record<string, (task: Task) => Promise<Loaded>> = {
  async promises(task) {
    const zk = await ZooKeeper.connect(task.server, { sessionTimeout });
    const operation = operationOf(zk, task);
    return {
      load: (count) => loadPromises(task.depth, new Count(count), operation),
      close: () => zk.close(),
    };
  },

  async callbacks(task) {
    const zh = st.init(task.server, { sessionTimeout });
    const submit = submitOf(zh, task);
    const driven = drive(zh);
    await new Promise((resolve) => st.aexists(zh, "/", null, resolve));
    return {
      load: (count) => loadCallbacks(task.depth, new Count(count), submit),
      close: () => (st.close(zh), driven),
    };
  },

  async bare_promises(task) {
    const bare = await Bare.connect<(value: unknown) => void>(
      task,
      (resolve, _rc, value, stat) => resolve(value === null ? stat : { data: value, stat }),
    );
    const [only] = exchangesOf(task, 0);
    const operation = () => new Promise((resolve) => bare.submit(only, resolve));
    return {
      load: (count) => loadPromises(task.depth, new Count(count), operation),
      close: () => Promise.resolve(bare.close()),
    };
  },

  async bare_callbacks(task) {
    const bare = await Bare.connect<Completion>(
      task,
      (completion, rc, value, stat) =>
        completion(rc, value ?? stat, value === null ? undefined : stat),
    );
    const [only] = exchangesOf(task, 0);
    const submit = (done: Completion) => bare.submit(only, done);
    return {
      load: (count) => loadCallbacks(task.depth, new Count(count), submit),
      close: () => Promise.resolve(bare.close()),
    };
  },
};

async function drive(zh: st.Handle): Promise<void> {
  while (!st.closed(zh)) st.process(zh, await st.interest(zh).wait());
}
