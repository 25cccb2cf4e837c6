/** The task: `deno task chaos --minutes M --seed S`. */
// deno-lint-ignore-file no-console
import { howToInstall, installed } from "../../tools/servers.ts";
import { chaos } from "./chaos.ts";
import { isWell, tell } from "./report.ts";

const usage = `Usage: deno task chaos [--minutes M] [--seed S] [--clients N] [--trace FILE]

  --minutes M   how long faults go on; 1
  --seed S      what is done and what befalls it; chosen and told unless given
  --clients N   how many; 20
  --trace FILE  where to write when each fault begins and ends, and all that the clients log`;

if (import.meta.main) Deno.exit(await main(Deno.args));

async function main(args: string[]): Promise<number> {
  const options = { minutes: 1, seed: Math.trunc(Math.random() * 1e6), clients: 20 };
  let file: string | null = null;
  for (let i = 0; i < args.length; i += 2) {
    const name = /^--(minutes|seed|clients|trace)$/.exec(args[i]!)?.[1];
    const value = args[i + 1];
    if (name === "trace" && value !== undefined) file = value;
    else if (name !== undefined && Number(value) >= 0) {
      options[name as keyof typeof options] = Number(value);
    } else {
      console.error(usage);
      return 2;
    }
  }
  if (!installed()) {
    console.error(`It needs a ZooKeeper: ${howToInstall()}`);
    return 1;
  }
  const { seed, minutes, clients } = options;
  const progress = (line: string) => console.error(line);
  const trace = file === null ? null : traceTo(file);
  const report = await chaos({ seed, clients, time: minutes * 60_000, progress, trace });
  console.log(tell(report));
  if (isWell(report)) return 0;
  console.error(`To try it again: deno task chaos --minutes ${minutes} --seed ${seed}`);
  return 1;
}

/** Each line with the time since the start, written at once: what comes before a crash is there. */
function traceTo(path: string): (line: string) => void {
  const file = Deno.openSync(path, { write: true, create: true, truncate: true });
  const began = performance.now();
  const encoder = new TextEncoder();
  return (line) => {
    const at = ((performance.now() - began) / 1000).toFixed(3);
    file.writeSync(encoder.encode(`${at} ${line}\n`));
  };
}
