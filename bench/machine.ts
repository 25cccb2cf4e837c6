/** What a measurement was made on: figures without it say little. */

/** The machine in words. */
export function machine(): string {
  const cores = navigator.hardwareConcurrency;
  const [load] = Deno.loadavg();
  return `${cores} cores${cpuModel()}, ${Deno.build.os}, Deno ${Deno.version.deno}, ` +
    `load ${load!.toFixed(1)}`;
}

function cpuModel(): string {
  try {
    const [, model] = /^model name\s*:\s*(.*)$/m.exec(Deno.readTextFileSync("/proc/cpuinfo"))!;
    return ` (${model})`;
  } catch {
    return "";
  }
}
