import { assertEquals } from "@std/assert";
import { emptyResponse } from "../../src/proto/responses.ts";
import { Pending, type WatchChange } from "../../src/session/pending.ts";
import { Scope } from "../../src/session/scope.ts";
import { WatchRequests } from "../../src/session/watch_requests.ts";
import { modeOf, Watches } from "../../src/session/watches.ts";
import { Random } from "../fuzz/random.ts";

const scope = new Scope("");
const watcher = () => {};
const changes: WatchChange[] = [
  { kind: "data", watcher, relies: false },
  { kind: "exists", watcher, relies: true },
  { kind: "persistent", watcher, armed: "PERSISTENT" },
  { kind: "recursive", watcher, armed: "PERSISTENT_RECURSIVE" },
  { kind: "remove", type: "ANY", whose: () => true },
];

function request(path: string, watch: WatchChange): Pending {
  return new Pending(1, emptyResponse, path, () => {}, watch, Infinity, 0, scope);
}

/** What the requests say one by one. */
function told(requests: Iterable<Pending>, path: string) {
  const watches = new Watches();
  let removes = false;
  for (const { watch } of requests) {
    if (watch!.kind === "persistent" || watch!.kind === "recursive") {
      watches.add(watch!.kind, path, watcher);
    }
    removes ||= watch!.kind === "remove";
  }
  return { mode: modeOf(watches, path), removes };
}

Deno.test("WatchRequests.mode() and removes() say what the requests of the path say", () => {
  const random = new Random(11);
  const requests = new WatchRequests();
  const known = new Map<string, Pending[]>([["/a", []], ["/b", []]]);
  const seen = new Set<string>();
  for (let i = 0; i < 20_000; i++) {
    const path = random.chance(0.5) ? "/a" : "/b";
    const there = known.get(path)!;
    const act = random.below(8);
    if (act < 3) {
      const pending = request(path, changes[random.below(changes.length)]!);
      requests.add(pending);
      there.push(pending);
    } else if (there.length > 0) {
      const pending = there[random.below(there.length)]!;
      const isRemoval = pending.watch!.kind === "remove";
      // Given up: one that takes some out counts all the same, until it is answered.
      if (act < 5) (requests.unwanted(pending), pending.part());
      if (act >= 5 || !isRemoval) there.splice(there.indexOf(pending), 1);
      if (act >= 5) requests.delete(pending);
    }
    const { mode, removes } = told(there, path);
    seen.add(`${mode} ${removes}`);
    assertEquals([requests.mode(path), requests.removes(path)], [mode, removes]);
    assertEquals([...requests.of(path)], there);
  }
  assertEquals(seen.size, 6);
});
