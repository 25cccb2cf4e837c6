/** Services: some clients are registered, all others keep a cache of who is. */
import { delay } from "@std/async";
import { type Registration, type ServiceCache, ServiceDiscovery } from "@zkst/zookeeper/discovery";
import { type Broken, type Client, nothingBroken, type Workload } from "./client.ts";

const basePath = "/chaos/services";
const service = "chaos";
/** Every so manyth client is a provider. */
const providers = 4;

interface Member {
  readonly discovery: ServiceDiscovery;
  registration: Registration | null;
  cache: ServiceCache | null;
}

export class Services implements Workload {
  readonly name = "services";
  readonly broken: Broken = nothingBroken();
  readonly #members = new Map<number, Member>();

  /** All caches must know who there is so long after all is over, ms. */
  constructor(readonly patience: number = 20_000) {}

  async prepare({ zk }: Client): Promise<void> {
    await zk.create(basePath);
  }

  /** Providers leave and come back. */
  async step(client: Client): Promise<void> {
    let member = this.#members.get(client.id);
    if (member === undefined) {
      const discovery = new ServiceDiscovery(client.zk, { basePath });
      member = { discovery, registration: null, cache: null };
      this.#members.set(client.id, member);
      if (client.id % providers === 0) this.#register(client, member);
      else member.cache = await discovery.cache(service);
      return;
    }
    if (member.registration === null || !client.random.chance(0.1)) return;
    const { registration } = member;
    member.registration = null;
    await registration.close();
    await registration.gone;
    this.#register(client, member);
  }

  async settle(): Promise<void> {
    const wanted = () =>
      [...this.#members.values()].flatMap(({ registration }) => registration?.instance.id ?? [])
        .sort();
    const known = (cache: ServiceCache) => cache.snapshot.instances.map(({ id }) => id).sort();
    const late = () =>
      [...this.#members].filter(([, { cache }]) =>
        cache !== null && known(cache).join() !== wanted().join()
      );
    const end = performance.now() + this.patience;
    while (late().length > 0 && performance.now() < end) await delay(50);
    for (const [id, { cache }] of late()) {
      this.broken.lost.push(`client ${id} knows ${known(cache!)}, and there are ${wanted()}`);
    }
    await Promise.all([...this.#members.values()].map(({ discovery }) => discovery.close()));
  }

  #register(client: Client, member: Member): void {
    const id = `provider-${client.id}`;
    const registration = { name: service, id, address: "127.0.0.1", port: 1000 + client.id };
    member.registration = member.discovery.announce(registration);
  }
}
