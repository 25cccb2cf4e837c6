/** The bare loop's server: an async handler for each message. */
// deno-lint-ignore-file no-console
import { BareFrames } from "./bare.ts";
import { LoginRequest, LoginResponse, response } from "./messages.ts";

const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
console.log(listener.addr.port);
for await (const conn of listener) {
  const frames: BareFrames = new BareFrames(conn, (id, bytes) => {
    login(LoginRequest.decode(bytes)).then((reply) =>
      frames.send(id, LoginResponse.encode(reply).finish())
    );
  });
}

// deno-lint-ignore require-await -- As handlers are.
async function login(_request: unknown): Promise<Record<string, unknown>> {
  return response;
}
