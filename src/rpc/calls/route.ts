/** What a call needs of where it goes. A channel has one route for each service, or for each method. */
import type { Feedback, PickOptions, ServiceInstance } from "../../discovery/mod.ts";
import type { RpcError } from "../status.ts";
import type { ClientConnection } from "../wires/wire.ts";

/** A call that is not with an instance at the moment. */
export interface Seeker {
  /** Whether it waits even where no instance can be reached. */
  readonly waitsForReady: boolean;
  /** There may be an instance now: whether it has got one, or is over. */
  again(): boolean;
  /** There will be none. */
  failed(error: RpcError): void;
}

/** Where calls go. */
export interface Route {
  /** Who is told of the calls; null where nobody wants to know. */
  readonly feedback: Feedback | null;
  /** Whether the channel is closed. */
  readonly closed: boolean;
  /**
   * An instance with a connection that is usable, or null. Throws what a user's balancer throws.
   */
  pick(options: PickOptions | undefined): ServiceInstance | null;
  /** The connection of an instance that was just picked. */
  connection(instance: ServiceInstance): ClientConnection;
  /** Has a call wait for an instance; or says why it need not. */
  wait(seeker: Seeker): RpcError | null;
  /** Keeps a call that pauses, so that it hears of the channel's end. */
  park(seeker: Seeker): void;
  /** It waits or pauses no more. */
  leave(seeker: Seeker): void;
  /** Why there is no instance at the moment. */
  why(): string;
}
