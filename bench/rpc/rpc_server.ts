/** Ours: an RpcServer, which serves the native wire and tiny_rpc's on one port. */
// deno-lint-ignore-file no-console
import { RpcServer } from "../../src/rpc/mod.ts";
import { response, UserServiceRpc } from "./messages.ts";

const server = new RpcServer().add(UserServiceRpc, {
  login: Deno.args.includes("--memory") ? loginOrMemory : login,
});
const { address } = await server.listen({ hostname: "127.0.0.1", port: 0 });
console.log(address.port);

// deno-lint-ignore require-await -- As handlers are.
async function login(): Promise<Record<string, unknown>> {
  return response;
}

/** Who has no name is told how much memory this process has, in MB. */
// deno-lint-ignore require-await
async function loginOrMemory({ name }: { name: Uint8Array }): Promise<Record<string, unknown>> {
  if (name.length > 0) return response;
  const errmsg = new TextEncoder().encode(String(Deno.memoryUsage().rss / 2 ** 20));
  return { result: { errcode: 0, errmsg }, success: true };
}
