/** Where the calls of all connections come in: which find a handler and room, and which do not. */
import { TurnClock } from "../time/turn_clock.ts";
import { StatusCode } from "../status.ts";
import type { IncomingCall } from "../wires/wire.ts";
import { type Caller, type CallSetting, failed, ServerCall, type Tally } from "./call.ts";
import { InFlight } from "./in_flight.ts";

/** Takes calls. */
export class Handling implements Tally {
  readonly setting: CallSetting;
  /** Calls that are not over. */
  readonly calls: InFlight<ServerCall> = new InFlight();
  /** How many calls have ended with each status. */
  readonly ended: number[] = new Array(17).fill(0);
  /** Handlers that go on although their call is over. */
  abandoned = 0;
  /** Calls that found no room. */
  shed = 0;
  readonly #turn: TurnClock;

  /** Takes none yet. */
  constructor(setting: CallSetting) {
    this.setting = setting;
    this.#turn = new TurnClock(setting.clock);
  }

  /** A call has come in. Never throws. */
  receive(incoming: IncomingCall, caller: Caller): void {
    const { services, limits, log, timeout, maxPerConnection } = this.setting;
    const { service, method, peer } = incoming;
    const entry = services.find(service, method);
    if (entry === null) {
      const { message, known } = services.explain(service, method);
      // Of one kind: the names are a stranger's.
      const logger = log.about("calls that are refused");
      logger.warn?.(`A call is refused: ${message}`, { peer, known });
      return this.refuse(incoming, "UNIMPLEMENTED", message);
    }
    const now = this.#turn.now();
    if (incoming.deadline <= now) {
      return this.refuse(incoming, "DEADLINE_EXCEEDED", "Its deadline was past when it came");
    }
    // Who takes calls back as fast as they are made must not start handlers without end.
    if (caller.calls + caller.abandoned >= maxPerConnection) {
      return this.#shed(incoming, `A connection may have ${maxPerConnection} calls at once`);
    }
    const deadline = incoming.deadline === Infinity ? now + timeout : incoming.deadline;
    const call = new ServerCall(this, caller, incoming, entry, deadline);
    if (!limits.admit(call)) {
      call.withdraw();
      this.#shed(incoming, "The server has as many calls as it takes");
    }
  }

  /** All that are not over end with UNAVAILABLE. */
  abort(message: string): void {
    for (const call of this.calls.all()) call.abort(message);
  }

  /** Ends one that has reached no handler. */
  refuse(incoming: IncomingCall, code: StatusCode, message: string, pushback?: number): void {
    this.ended[StatusCode[code]]!++;
    incoming.end(failed(StatusCode[code], message, false, pushback));
  }

  #shed(incoming: IncomingCall, message: string): void {
    this.shed++;
    this.refuse(incoming, "RESOURCE_EXHAUSTED", message, this.setting.pushback);
  }
}
