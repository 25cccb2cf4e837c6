/** The most memory that this process has had at any time. */
import process from "node:process";

/**
 * MB. Linux is asked for it by process: what getrusage says begins with what the process that
 * started this one had, which is more than a small program ever has.
 */
export function peakMegabytes(): number {
  try {
    const [, kilobytes] = /^VmHWM:\s*(\d+)/m.exec(Deno.readTextFileSync("/proc/self/status"))!;
    return Number(kilobytes) / 1024;
  } catch {
    return process.resourceUsage().maxRSS / 1024;
  }
}
