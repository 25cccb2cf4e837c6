/** A bare loop over tiny_rpc's wire: one request for each connection, whose end ends the response. */
// deno-lint-ignore-file no-console
import { LoginRequest, LoginResponse, response } from "./messages.ts";
import { readTinyRequest } from "./tiny.ts";

const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
console.log(listener.addr.port);
for await (const conn of listener) serve(conn).catch(() => {}).finally(() => conn.close());

async function serve(conn: Deno.TcpConn): Promise<void> {
  const buffer = new Uint8Array(1_024);
  let length = 0;
  for (;;) {
    const count = await conn.read(buffer.subarray(length));
    if (count === null) return;
    length += count;
    const body = readTinyRequest(buffer.subarray(0, length));
    if (body === null) continue;
    const reply = await login(LoginRequest.decode(body));
    await conn.write(LoginResponse.encode(reply).finish());
    return;
  }
}

// deno-lint-ignore require-await -- As handlers are.
async function login(_request: unknown): Promise<Record<string, unknown>> {
  return response;
}
