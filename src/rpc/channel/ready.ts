/** Between a route and its balancer: what it picks from, and what it is told. */
import { reportCallbackError } from "../../deno.ts";
import type { Feedback, Instances, ServiceInstance, Source } from "../../discovery/mod.ts";
import type { Endpoint } from "./endpoint.ts";

/** A balancer's feedback, which is a user's: what it throws is not the calls'. */
export class Guarded implements Feedback {
  readonly #feedback: Feedback;

  constructor(feedback: Feedback) {
    this.#feedback = feedback;
  }

  started(instance: ServiceInstance): void {
    try {
      this.#feedback.started(instance);
    } catch (error) {
      reportCallbackError(error);
    }
  }

  ended(instance: ServiceInstance, latency: number, ok: boolean): void {
    try {
      this.#feedback.ended(instance, latency, ok);
    } catch (error) {
      reportCallbackError(error);
    }
  }
}

/** The instances that are connected. */
export class ReadySource implements Source {
  readonly filtered = true;
  #snapshot: Instances = Object.freeze({ instances: Object.freeze([]) });
  #endpoints = new Set<Endpoint>();

  get snapshot(): Instances {
    return this.#snapshot;
  }

  has(endpoint: Endpoint): boolean {
    return this.#endpoints.has(endpoint);
  }

  show(all: ReadonlyMap<ServiceInstance, Endpoint>): void {
    const ready = [...all].filter(([, endpoint]) => endpoint.connection !== null);
    this.#endpoints = new Set(ready.map(([, endpoint]) => endpoint));
    const instances = ready.map(([instance]) => instance);
    const before = this.#snapshot.instances;
    if (instances.length === before.length && instances.every((one, i) => one === before[i])) {
      return;
    }
    this.#snapshot = Object.freeze({ instances: Object.freeze(instances) });
  }
}
