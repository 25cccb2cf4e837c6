import { assertEquals } from "@std/assert";
import {
  AddWatchMode,
  addWatchModes,
  createFlags,
  CreateMode,
  WatcherType,
  watcherTypes,
} from "../../src/proto/modes.ts";

Deno.test("createFlags, addWatchModes and watcherTypes have the wire's numbers", () => {
  assertEquals(createFlags, {
    PERSISTENT: 0,
    EPHEMERAL: 1,
    PERSISTENT_SEQUENTIAL: 2,
    EPHEMERAL_SEQUENTIAL: 3,
    CONTAINER: 4,
    PERSISTENT_WITH_TTL: 5,
    PERSISTENT_SEQUENTIAL_WITH_TTL: 6,
  });
  assertEquals(addWatchModes, { PERSISTENT: 0, PERSISTENT_RECURSIVE: 1 });
  assertEquals(watcherTypes, { CHILDREN: 1, DATA: 2, ANY: 3 });
});

Deno.test("CreateMode, AddWatchMode and WatcherType give each name for itself", () => {
  for (
    const [names, numbers] of [
      [CreateMode, createFlags],
      [AddWatchMode, addWatchModes],
      [WatcherType, watcherTypes],
    ]
  ) {
    const own = Object.fromEntries(Object.keys(numbers!).map((name) => [name, name]));
    assertEquals<Record<string, string | number>>(names!, own);
  }
});
