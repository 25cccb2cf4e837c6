/**
 * A page that shows services, instances and changes as they happen. Without an address it brings a
 * server of its own, and services that come and go.
 *
 *   deno run --allow-net examples/dashboard.ts
 *   deno run --allow-net examples/dashboard.ts 127.0.0.1:2181 /services 8080
 */
import { ZooKeeper } from "@zkst/zookeeper";
import { hostPort, ServiceDiscovery } from "@zkst/zookeeper/discovery";
import type { Registration, ServiceCache, ServiceEvent } from "@zkst/zookeeper/discovery";
import { TestServer } from "@zkst/zookeeper/testing";
import page from "./dashboard.html" with { type: "text" };

const [address, basePath = "/services", port = "8080"] = Deno.args;
const zk = await ZooKeeper.connect(address || await new TestServer().listen());
const discovery = new ServiceDiscovery(zk, { basePath });
const caches = new Map<string, ServiceCache>();
const changes: { type: string; what: string; at: number }[] = [];
let shown = "";
let next = Promise.withResolvers<void>();
show();
setInterval(show, 200);
// This machine alone sees it; with the hostname "0.0.0.0" all would.
Deno.serve({ hostname: "127.0.0.1", port: Number(port) }, ({ url }) => {
  const isPage = new URL(url).pathname !== "/events";
  const body = isPage ? page : ReadableStream.from(events()).pipeThrough(new TextEncoderStream());
  const type = isPage ? "text/html; charset=utf-8" : "text/event-stream";
  return new Response(body, { headers: { "content-type": type } });
});
if (!address) demo();
for await (const names of discovery.watchNames()) {
  for (const name of names) if (!caches.has(name)) await follow(name);
}

async function follow(name: string): Promise<void> {
  const listener = (event: ServiceEvent) => {
    const what = "instance" in event ? `${hostPort(event.instance)} ${event.instance.status}` : "";
    changes.unshift({ type: event.type, what: `${name} ${what}`, at: Date.now() });
    changes.splice(100);
  };
  caches.set(name, await discovery.cache(name, { listener, initial: [] })); // stale until read
}

/** Tells all pages what there is, when it has changed. */
function show(): void {
  const services = [...caches].sort().map(([name, { snapshot }]) => {
    const instances = snapshot.instances.map(({ id, status, weight, zone, address, port }) => {
      const details = `${zone === null ? "" : `zone ${zone} · `}weight ${weight} · ${id}`;
      return { address: hostPort({ address, port }), status, details };
    });
    return { name, stale: snapshot.stale, instances };
  });
  const state = JSON.stringify({ state: zk.state, services, changes });
  if (state === shown) return;
  shown = state;
  next.resolve();
  next = Promise.withResolvers();
}

/** One that cannot keep up misses what was in between. */
async function* events(): AsyncGenerator<string> {
  for (let later = next;; later = next) {
    yield `data: ${shown}\n\n`;
    await later.promise;
  }
}

async function demo(): Promise<void> {
  const any = <T>(of: readonly T[]) => of[Math.floor(Math.random() * of.length)]!;
  const here: Registration[] = [];
  for (let i = 1;; i = i % 250 + 1) {
    const [name, zone] = [any(["user", "order", "search"]), any(["a", "b"])];
    here.push(await discovery.register({ name, zone, address: `10.0.0.${i}`, port: 8000 }));
    if (here.length < 8) continue;
    await any(here).setStatus(any(["UP", "UP", "STARTING", "DRAINING", "DOWN"]));
    await new Promise((resolve) => setTimeout(resolve, 1500));
    await here.shift()!.close();
  }
}
