/** The kinds of znodes, watches and watchers: their names, which users write, and their numbers. */

/** What kind of znode to create (CreateMode.java). */
export type CreateMode =
  | "PERSISTENT"
  | "EPHEMERAL"
  | "PERSISTENT_SEQUENTIAL"
  | "EPHEMERAL_SEQUENTIAL"
  | "CONTAINER"
  | "PERSISTENT_WITH_TTL"
  | "PERSISTENT_SEQUENTIAL_WITH_TTL";

/** The create modes by name: `CreateMode.EPHEMERAL` is "EPHEMERAL". */
export const CreateMode: { readonly [Mode in CreateMode]: Mode } = {
  PERSISTENT: "PERSISTENT",
  EPHEMERAL: "EPHEMERAL",
  PERSISTENT_SEQUENTIAL: "PERSISTENT_SEQUENTIAL",
  EPHEMERAL_SEQUENTIAL: "EPHEMERAL_SEQUENTIAL",
  CONTAINER: "CONTAINER",
  PERSISTENT_WITH_TTL: "PERSISTENT_WITH_TTL",
  PERSISTENT_SEQUENTIAL_WITH_TTL: "PERSISTENT_SEQUENTIAL_WITH_TTL",
};

/** How addWatch watches: the znode and its children's names, or the whole tree below it. */
export type AddWatchMode = "PERSISTENT" | "PERSISTENT_RECURSIVE";

/** The modes of addWatch by name. */
export const AddWatchMode: { readonly [Mode in AddWatchMode]: Mode } = {
  PERSISTENT: "PERSISTENT",
  PERSISTENT_RECURSIVE: "PERSISTENT_RECURSIVE",
};

/** Which watchers removeWatches removes. */
export type WatcherType = "CHILDREN" | "DATA" | "ANY";

/** The watcher types by name. */
export const WatcherType: { readonly [Type in WatcherType]: Type } = {
  CHILDREN: "CHILDREN",
  DATA: "DATA",
  ANY: "ANY",
};

/** The flags of a create request. */
export const createFlags: { readonly [Mode in CreateMode]: number } = {
  PERSISTENT: 0,
  EPHEMERAL: 1,
  PERSISTENT_SEQUENTIAL: 2,
  EPHEMERAL_SEQUENTIAL: 3,
  CONTAINER: 4,
  PERSISTENT_WITH_TTL: 5,
  PERSISTENT_SEQUENTIAL_WITH_TTL: 6,
};

/** The mode of an addWatch request. */
export const addWatchModes: { readonly [Mode in AddWatchMode]: number } = {
  PERSISTENT: 0,
  PERSISTENT_RECURSIVE: 1,
};

/** The type of a removeWatches request. */
export const watcherTypes: { readonly [Type in WatcherType]: number } = {
  CHILDREN: 1,
  DATA: 2,
  ANY: 3,
};
