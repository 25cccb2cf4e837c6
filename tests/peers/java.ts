/* Where Debian has the jars of Java programs, and how these are started quickly. */

import { install, isThere } from "./peer.ts";

const folder = "/usr/share/java";

/** A class path of Debian's jars, and of further folders before them. */
export function classPath(jars: string[], ...folders: string[]): string {
  return [...folders, ...jars.map((jar) => `${folder}/${jar}.jar`)].join(":");
}

/** The command that runs a program which lives for a few seconds. */
export function java(path: string, main: string, ...args: string[]): string[] {
  const flags = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-XX:-UsePerfData"];
  const logging = "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn";
  return ["java", ...flags, logging, "-cp", path, main, ...args];
}

/** What to install when a jar is not there, or `null`. */
export function missingJar(jar: string, pack: string): string | null {
  return isThere(`${folder}/${jar}.jar`) ? null : install(pack);
}
