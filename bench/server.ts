/** The null server in a process of its own: the C one if it could be compiled, else ours. */
import { start } from "./children.ts";
import { denoCommand } from "./programs.ts";

/** Starts it on a free port of the loopback; resolves with HOST:PORT when it answers there. */
export async function startNullServer(program: string | null): Promise<string> {
  const port = freePort();
  const command = program === null ? denoCommand("null_server.ts") : [program];
  const child = start(command[0]!, [...command.slice(1), String(port)]);
  let ended = false;
  child.status.then(() => ended = true);
  for (const last = performance.now() + startTimeMax; performance.now() < last && !ended;) {
    if (await answers(port)) return `127.0.0.1:${port}`;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error("The null server does not start");
}

/** Deno may take a while on a busy machine, ms. */
const startTimeMax = 10_000;

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

async function answers(port: number): Promise<boolean> {
  try {
    (await Deno.connect({ hostname: "127.0.0.1", port })).close();
    return true;
  } catch {
    return false;
  }
}
