/**
 * The controller of a call, as protobuf's own services and tiny_rpc have it: says whether the call has
 * failed, and cancels it, which tiny_rpc's has the methods for but does not do.
 */

/**
 * Goes with one call after the other: `client.login(request, { controller })`.
 *
 * @example
 * ```ts
 * import { RpcController } from "@zkst/zookeeper/rpc";
 *
 * const controller = new RpcController();
 * controller.notifyOnCancel(() => console.log("Cancelled"));
 * controller.startCancel();
 * console.log(controller.isCanceled()); // true
 * controller.reset(); // for the next call
 * ```
 */
export class RpcController {
  #error: string | null = null;
  #cancelled = false;
  #told: (() => void)[] = [];

  /** As it was at first, so that another call may have it; of the call before it hears no more. */
  reset(): void {
    this.#error = null;
    this.#cancelled = false;
    this.#told = [];
  }

  /** Whether the call has failed. */
  failed(): boolean {
    return this.#error !== null;
  }

  /** Why it has failed; "" while it has not. Of any length. */
  errorText(): string {
    return this.#error ?? "";
  }

  /** Has it failed, for a reason. */
  setFailed(reason: string): void {
    this.#error = String(reason);
  }

  /** Cancels the call: it rejects with CANCELLED, and its handler's signal aborts. */
  startCancel(): void {
    if (this.#cancelled) return;
    this.#cancelled = true;
    for (const tell of this.#told.splice(0)) tell();
  }

  /** Whether it was cancelled. */
  isCanceled(): boolean {
    return this.#cancelled;
  }

  /** Has a function called once when it is cancelled; at once, if it has been. */
  notifyOnCancel(callback: () => void): void {
    if (typeof callback !== "function") {
      throw new TypeError(`What is to be called must be a function, not ${typeof callback}`);
    }
    if (this.#cancelled) callback();
    else this.#told.push(callback);
  }
}
