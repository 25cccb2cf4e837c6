/**
 * One event to so many watchers of one znode, a hundred times.
 *
 * Usage: deno run -A event.ts _ COUNT
 */
// deno-lint-ignore-file no-console
import { ZooKeeper } from "../../mod.ts";
import { median } from "../statistics.ts";
import { startWatchedServer } from "./worker.ts";

const count = Number(Deno.args[1]);
const events = 100;
const { address } = await startWatchedServer();
const zk = await ZooKeeper.connect(address);
await zk.create("/watched");
let [told, first] = [0, 0];
let all = Promise.withResolvers<number>();
const begun = performance.now();
await Promise.all(
  Array.from({ length: count }, () => zk.addWatch("/watched", "PERSISTENT", watcherOf())),
);
const registering = performance.now() - begun;
const took: number[] = [];
for (let i = 0; i < events; i++) {
  [told, all] = [0, Promise.withResolvers()];
  await zk.setData("/watched", "changed");
  took.push(1000 * await all.promise);
}
console.log(JSON.stringify({
  watchers: count,
  "register us each": 1000 * registering / count,
  "first to last us": median(took),
  "ns each": 1000 * median(took)! / count,
}));
await zk.close();
Deno.exit(0);

/** Each watcher must be a function of its own: the same one would be told once. */
function watcherOf(): () => void {
  return () => {
    if (told++ === 0) first = performance.now();
    if (told === count) all.resolve(performance.now() - first);
  };
}
