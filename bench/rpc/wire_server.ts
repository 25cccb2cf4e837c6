/** The native wire alone, and an async handler for each call. */
// deno-lint-ignore-file no-console
import { denoPlatform } from "../../src/deno.ts";
import { Listener } from "../../src/rpc/sockets.ts";
import { NativeServerConnection } from "../../src/rpc/wires/native/server.ts";
import type { IncomingCall } from "../../src/rpc/wires/wire.ts";
import { LoginRequest, LoginResponse, response } from "./messages.ts";

const { clock } = denoPlatform;
const first = new Uint8Array(0);
const listener = new Listener({ hostname: "127.0.0.1", port: 0, clock }, (transport, peer) => {
  new NativeServerConnection({ transport, first, peer }, { call: answer, closed() {} }, { clock });
});
console.log(listener.address.port);

function answer(call: IncomingCall): void {
  login(LoginRequest.decode(call.request)).then((reply) =>
    call.end({
      status: 0,
      message: "",
      response: LoginResponse.encode(reply).finish(),
      trailers: null,
      details: null,
      sent: true,
      pushback: null,
    })
  );
}

// deno-lint-ignore require-await -- As handlers are.
async function login(_request: unknown): Promise<Record<string, unknown>> {
  return response;
}
