/**
 * One call, from the moment it is made until its promise is settled: it looks for an instance, waits
 * where there is none yet, is sent, and sent again where that may be. It stands among the deadlines
 * with the time at which it must do something next, be that to give up, to end a pause or to send a
 * second request.
 */
import type { PickOptions, ServiceInstance } from "../../discovery/mod.ts";
import { messageOf } from "../../session/dial.ts";
import { copyMetadata, type Metadata } from "../metadata.ts";
import { RpcError, StatusCode } from "../status.ts";
import type { Outcome } from "../wires/wire.ts";
import { Attempt, type Attempting, cancelAll, without } from "./attempt.ts";
import { type CallContext, current } from "./context.ts";
import { Timed } from "../time/deadlines.ts";
import {
  blames,
  cancelled,
  closed,
  errorOf,
  late,
  marked,
  reject,
  tell,
  tooLong,
} from "./failures.ts";
import { type BoundMethod, encoded } from "./method.ts";
import type { RpcCallOptions } from "./options.ts";
import { NEVER, type Standing } from "./retries.ts";
import type { Seeker } from "./route.ts";

/**
 * Calls a method; its options are checked already.
 *
 * @throws {TypeError} as the request's codec, for a request that is none; and for want of a hashKey.
 */
export function call(
  method: BoundMethod,
  request: unknown,
  options: RpcCallOptions,
): Promise<unknown> {
  const bytes = encoded(method, request);
  const { keyed, requestMax } = method.setting;
  if (keyed !== null && options.hashKey === undefined) {
    throw new TypeError(`The balancer "${keyed}" goes by the option "hashKey", which is missing`);
  }
  const { signal, controller } = options;
  const parent = options.parent === undefined ? current() : options.parent;
  if (signal?.aborted) return reject(signal.reason, controller);
  if (controller?.isCanceled()) return reject(cancelled(method), controller);
  const metadata = options.metadata === undefined ? null : copyMetadata(options.metadata);
  if (bytes.length > requestMax) {
    return reject(tooLong(method, "request", bytes.length, requestMax), controller);
  }
  const made = new Call(method, bytes, metadata, options, parent ?? null);
  made.begin();
  return made.promise;
}

class Call extends Timed implements Attempting, Seeker, Standing, EventListenerObject {
  readonly promise: Promise<unknown>;
  readonly request: Uint8Array;
  readonly metadata: Metadata | null;
  readonly deadline: number;
  attempts = 0;
  unseen = 0;
  readonly #method: BoundMethod;
  readonly #options: RpcCallOptions;
  readonly #inherited: AbortSignal | null;
  readonly #startedAt: number;
  #resolve!: (response: unknown) => void;
  #reject!: (reason: unknown) => void;
  #phase: "seeking" | "sent" | "pausing" | "over" = "seeking";
  /** Those under way: one, but for hedging. */
  #live: Attempt | null = null;
  /** Ids of the instances that it was sent to. */
  #tried: Set<string> | null = null;
  #hedges = 0;
  /** The last failure that it was sent once more after. */
  #failure: Outcome | null = null;
  #sent = false;

  constructor(
    method: BoundMethod,
    request: Uint8Array,
    metadata: Metadata | null,
    options: RpcCallOptions,
    parent: CallContext | null,
  ) {
    super();
    const { setting } = method;
    const { timeout = method.timeout } = options;
    this.#startedAt = setting.turn.now();
    const own = timeout === 0 ? Infinity : this.#startedAt + timeout;
    this.request = request;
    this.metadata = metadata;
    this.deadline = parent === null ? own : Math.min(own, parent.deadline);
    this.#method = method;
    this.#options = options;
    this.#inherited = parent === null ? null : parent.signal;
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  begin(): void {
    // First of all: a user's balancer may throw when it is made.
    const { setting, route } = this.#method;
    setting.counts.active++;
    if (this.#inherited?.aborted) return this.#over(StatusCode.CANCELLED, this.#inherited.reason);
    if (this.deadline <= this.#startedAt) return this.#expire();
    // Once it is closed nobody stops the timer of deadlines.
    if (route.closed) return this.failed(closed);
    this.#listen();
    setting.deadlines.add(this, this.deadline);
    this.#seek(this.#startedAt);
  }

  get service(): string {
    return this.#method.service;
  }

  get name(): string {
    return this.#method.spec.name;
  }

  get idempotent(): boolean {
    return this.#options.idempotent ?? this.#method.spec.idempotent ?? false;
  }

  get waitsForReady(): boolean {
    return this.#options.waitForReady ?? false;
  }

  /** An AbortSignal has aborted. */
  handleEvent(): void {
    const signal = this.#options.signal?.aborted ? this.#options.signal : this.#inherited;
    this.#over(StatusCode.CANCELLED, signal?.reason);
  }

  again(): boolean {
    if (this.#phase !== "seeking") return true;
    const instance = this.#pick();
    if (instance !== null) this.#send(instance, this.#method.setting.turn.now());
    return this.#phase !== "seeking";
  }

  failed(error: RpcError): void {
    this.#over(error.status, this.#sent ? marked(error) : error);
  }

  override expired(): void {
    const now = this.#method.setting.clock.now();
    if (now >= this.deadline) return this.#expire();
    this.#wakeAt(Infinity);
    if (this.#phase === "sent") return this.#hedge(now);
    this.#method.route.leave(this);
    this.#phase = "seeking";
    this.#seek(now);
  }

  headersOf(attempt: Attempt, metadata: Metadata): void {
    if (this.#phase === "over") return;
    // Who has begun to answer is waited for alone.
    this.#cancelOthers(attempt);
    if (this.#method.setting.hedging !== null) this.#wakeAt(Infinity);
    this.#tell(this.#options.onHeaders, metadata);
  }

  endOf(attempt: Attempt, outcome: Outcome): void {
    const { setting, route } = this.#method;
    this.#live = without(this.#live, attempt);
    if (route.feedback !== null) {
      const latency = setting.turn.now() - attempt.startedAt;
      route.feedback.ended(attempt.instance, latency, !blames(outcome.status));
    }
    if (this.#phase === "over") return;
    if (outcome.status === StatusCode.OK) return this.#succeed(outcome);
    this.#sent ||= outcome.sent;
    if (route.closed) return this.failed(closed);
    // The other one may yet succeed.
    if (this.#live !== null && setting.retries.permits(outcome, this.idempotent)) return;
    this.#repeat(attempt, outcome);
  }

  /** Another one than before, where there is one. */
  #pick(): ServiceInstance | null {
    const key = this.#options.hashKey;
    const any: PickOptions | undefined = key === undefined ? undefined : { key };
    if (this.#tried === null) return this.#pickBy(any);
    return this.#pickBy({ key, exclude: this.#tried }) ?? this.#pickBy(any);
  }

  #pickBy(options: PickOptions | undefined): ServiceInstance | null {
    if (this.#phase === "over") return null;
    try {
      return this.#method.route.pick(options);
    } catch (error) {
      this.#over(StatusCode.INTERNAL, error);
      return null;
    }
  }

  #seek(now: number): void {
    const instance = this.#pick();
    if (instance !== null) return this.#send(instance, now);
    if (this.#phase === "over") return;
    const error = this.#method.route.wait(this);
    if (error !== null) this.failed(error);
  }

  #send(instance: ServiceInstance, now: number): void {
    const { route, setting } = this.#method;
    const connection = route.connection(instance);
    const attempt = new Attempt(this, instance, connection, now);
    attempt.next = this.#live;
    this.#live = attempt;
    this.#phase = "sent";
    this.attempts++;
    route.feedback?.started(instance);
    connection.start(attempt);
    if (setting.hedging !== null && this.#hedges < setting.hedging.max && this.idempotent) {
      this.#wakeAt(now + setting.hedging.delay);
    }
  }

  /** No answer yet: asks another one, if that may be. */
  #hedge(now: number): void {
    const { hedging, counts } = this.#method.setting;
    if (hedging === null || this.#live === null) return;
    for (let one: Attempt | null = this.#live; one !== null; one = one.next) this.#avoid(one);
    const instance = this.#pickBy({ exclude: this.#tried!, key: this.#options.hashKey });
    if (instance === null || !hedging.budget.take()) return;
    this.#hedges++;
    counts.hedges++;
    this.#send(instance, now);
  }

  #repeat(attempt: Attempt, outcome: Outcome): void {
    const { setting, route } = this.#method;
    const unseen = !outcome.sent && outcome.status === StatusCode.UNAVAILABLE;
    if (unseen) {
      this.attempts--;
      this.unseen++;
    }
    const pause = setting.retries.pause(outcome, this);
    const now = setting.clock.now();
    if (pause === NEVER || now + pause >= this.deadline) return this.#fail(outcome);
    this.#cancelOthers(null);
    this.#failure = outcome;
    this.#avoid(attempt);
    if (pause === 0) {
      setting.counts.resends++;
      this.#phase = "seeking";
      return this.#seek(now);
    }
    setting.counts.retries++;
    this.#phase = "pausing";
    route.park(this);
    this.#wakeAt(now + pause);
  }

  #avoid(attempt: Attempt): void {
    (this.#tried ??= new Set()).add(attempt.instance.id);
  }

  #succeed({ response, trailers }: Outcome): void {
    const { setting, spec } = this.#method;
    const bytes = response ?? noBytes;
    if (bytes.length > setting.responseMax) {
      return this.failed(tooLong(this.#method, "response", bytes.length, setting.responseMax));
    }
    let message: unknown;
    try {
      message = spec.response.decode(bytes);
    } catch (cause) {
      const text = `The response of ${this.service}/${this.name} could not be decoded`;
      return this.failed(new RpcError("INTERNAL", text, { cause, trailers, sent: true }));
    }
    if (trailers !== null) this.#tell(this.#options.onTrailers, trailers);
    setting.retries.budget.earn();
    if (setting.hedging !== null && this.idempotent) setting.hedging.budget.earn();
    if (this.#close(StatusCode.OK)) this.#resolve(message);
  }

  #fail(outcome: Outcome): void {
    if (outcome.trailers !== null) this.#tell(this.#options.onTrailers, outcome.trailers);
    this.#over(outcome.status, errorOf(outcome, this.#sent));
  }

  #expire(): void {
    const { route } = this.#method;
    const waited = this.#phase === "seeking" ? route.why() : this.#failure?.message ?? "";
    const time = Math.max(0, Math.round(this.deadline - this.#startedAt));
    const sent = this.#sent || this.#live !== null;
    this.failed(late(this.#method, time, waited, sent));
  }

  #over(status: number, reason: unknown): void {
    if (!this.#close(status)) return;
    this.#reject(reason);
    tell(this.#options.controller, messageOf(reason));
  }

  /** Whether it was not over. */
  #close(status: number): boolean {
    if (this.#phase === "over") return false;
    const { setting, route } = this.#method;
    const held = this.#phase === "seeking" || this.#phase === "pausing";
    this.#phase = "over";
    setting.deadlines.delete(this);
    if (held) route.leave(this);
    this.#cancelOthers(null);
    this.#options.signal?.removeEventListener("abort", this);
    this.#inherited?.removeEventListener("abort", this);
    setting.counts.active--;
    setting.counts.byStatus[status]!++;
    return true;
  }

  #listen(): void {
    const { signal, controller } = this.#options;
    signal?.addEventListener("abort", this, { once: true });
    this.#inherited?.addEventListener("abort", this, { once: true });
    controller?.notifyOnCancel(() => this.failed(cancelled(this.#method, this.#live !== null)));
  }

  /** Has `expired()` called then, or at the deadline if that is sooner. */
  #wakeAt(at: number): void {
    const { deadlines } = this.#method.setting;
    deadlines.delete(this);
    deadlines.add(this, Math.min(at, this.deadline));
  }

  /** Cancels what is under way, but for one. */
  #cancelOthers(kept: Attempt | null): void {
    const live = this.#live;
    if (live === null || live === kept && live.next === null) return;
    const { route, setting } = this.#method;
    this.#live = kept;
    const now = setting.clock.now();
    // One that has not answered by the deadline has failed.
    cancelAll(live, kept, route.feedback, now, now < this.deadline);
  }

  #tell(listener: ((metadata: Metadata) => void) | undefined, metadata: Metadata): void {
    if (listener === undefined) return;
    try {
      listener(metadata);
    } catch (error) {
      this.#over(StatusCode.INTERNAL, error);
    }
  }
}

const noBytes = new Uint8Array(0);
