/*
 * Whether a process that was sent SIGSTOP has come to a halt. The signal stops one thread after the
 * other, and a thread that still runs may answer a request.
 */

/**
 * Waits until no thread of the process runs; where the system does not tell, it does not wait.
 *
 * @param pid The process.
 */
export function untilStill(pid: number): void {
  for (let states = statesOf(pid); /[^TtZX]/.test(states); states = statesOf(pid));
}

/** The states of its threads, a letter each; nothing when it has gone or there is no /proc. */
function statesOf(pid: number): string {
  // Deno itself may not read /proc without every permission.
  const script = `cat /proc/${pid}/task/*/stat 2>/dev/null`;
  const { stdout } = new Deno.Command("sh", { args: ["-c", script] }).outputSync();
  const lines = new TextDecoder().decode(stdout).trim().split("\n");
  return lines.map((line) => /\) (\S)/.exec(line)?.[1] ?? "").join("");
}
