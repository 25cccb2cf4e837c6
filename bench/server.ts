/** The null server in a process of its own: the C one if it can be compiled, else ours. */
import { endChild, start } from "./children.ts";
import { compile } from "./peers.ts";
import { denoCommand } from "./programs.ts";

/** A null server that runs until it is disposed of, or we end. */
export interface NullServer extends AsyncDisposable {
  /** HOST:PORT. */
  readonly address: string;
  readonly language: "C" | "TypeScript";
}

/** Starts it on a free port of the loopback; resolves when it answers there. */
export async function startNullServer(temporary: string): Promise<NullServer> {
  const program = await compile("null_server.c", temporary, ["-lpthread"]).catch(() => null);
  const port = freePort();
  const command = program === null ? denoCommand("null_server.ts") : [program];
  const child = start(command[0]!, [...command.slice(1), String(port)]);
  let ended = false;
  child.status.then(() => ended = true);
  for (const last = performance.now() + startTimeMax; performance.now() < last && !ended;) {
    if (await answers(port)) {
      return {
        address: `127.0.0.1:${port}`,
        language: program === null ? "TypeScript" : "C",
        [Symbol.asyncDispose]: () => endChild(child),
      };
    }
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
