/** The native wire alone, with a deadline and metadata, and a promise for each call. */
// deno-lint-ignore-file no-console
import { denoPlatform } from "../../src/deno.ts";
import { NativeClientConnection } from "../../src/rpc/wires/native/client.ts";
import { type Outcome, OutgoingCall } from "../../src/rpc/wires/wire.ts";
import { loadPromises } from "../load.ts";
import { Meter } from "../meter.ts";
import {
  check,
  LoginRequest,
  LoginResponse,
  metadata,
  readRpcTask,
  request,
  timeout,
} from "./messages.ts";

const { port, depth, seconds } = readRpcTask(Deno.args);
const { clock } = denoPlatform;
const address = "127.0.0.1";
const endpoint = { host: address, address, port };
const transport = await denoPlatform.connect(endpoint, AbortSignal.timeout(5_000));
const events = { changed() {}, closed() {} };
const client = new NativeClientConnection(transport, events, { clock });

class Call extends OutgoingCall {
  readonly service = "echo.UserServiceRpc";
  readonly method = "Login";
  readonly metadata = metadata;

  constructor(
    readonly request: Uint8Array,
    readonly deadline: number,
    readonly resolve: (reply: unknown) => void,
    readonly reject: (error: Error) => void,
  ) {
    super();
  }

  headers(): void {}

  ended({ status, response }: Outcome): void {
    if (status !== 0) return this.reject(new Error(`The status ${status}`));
    this.resolve(LoginResponse.decode(response!));
  }
}

const meter = new Meter(seconds);
await loadPromises(depth, meter, async () => check(await login(request)));
console.log(meter.line);
client.close("over");

function login(message: Record<string, unknown>): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const deadline = clock.now() + timeout;
    client.start(new Call(LoginRequest.encode(message).finish(), deadline, resolve, reject));
  });
}
