/** The task: `deno task chaos --minutes M --seed S`. */
// deno-lint-ignore-file no-console
import { howToInstall, installed } from "../../tools/servers.ts";
import { chaos } from "./chaos.ts";
import { isWell, tell } from "./report.ts";

const usage = `Usage: deno task chaos [--minutes M] [--seed S] [--clients N]

  --minutes M   how long faults go on; 1
  --seed S      what is done and what befalls it; chosen and told unless given
  --clients N   how many; 20`;

if (import.meta.main) Deno.exit(await main(Deno.args));

async function main(args: string[]): Promise<number> {
  const options = { minutes: 1, seed: Math.trunc(Math.random() * 1e6), clients: 20 };
  for (let i = 0; i < args.length; i += 2) {
    const name = /^--(minutes|seed|clients)$/.exec(args[i]!)?.[1] as
      | keyof typeof options
      | undefined;
    const value = Number(args[i + 1]);
    if (name === undefined || !(value >= 0)) {
      console.error(usage);
      return 2;
    }
    options[name] = value;
  }
  if (!installed()) {
    console.error(`It needs a ZooKeeper: ${howToInstall()}`);
    return 1;
  }
  const { seed, minutes, clients } = options;
  const progress = (line: string) => console.error(line);
  const report = await chaos({ seed, clients, time: minutes * 60_000, progress });
  console.log(tell(report));
  if (isWell(report)) return 0;
  console.error(`To try it again: deno task chaos --minutes ${minutes} --seed ${seed}`);
  return 1;
}
