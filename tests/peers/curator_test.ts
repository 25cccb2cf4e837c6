import { classPath, java, missingJar } from "./java.ts";
import { beside, build, runs, testPeer } from "./peer.ts";

const jars = [
  "curator-recipes",
  "curator-x-discovery",
  "curator-framework",
  "curator-client",
  "zookeeper",
  "zookeeper-jute",
  "jackson-databind",
  "jackson-core",
  "jackson-annotations",
  "guava",
  "slf4j-simple",
];

/* Of a Stat there is: version, cversion, aversion, whether it is ephemeral, length, children. */

testPeer({
  name: "Curator",
  missing: missing(),
  async command(folder) {
    const sources = ["Main", "Framework", "Watches", "Recipes", "Discovery", "Sessions"]
      .map((name) => beside(`curator/${name}.java`));
    await build(
      "javac",
      "-J-XX:TieredStopAtLevel=1",
      "-J-XX:+UseSerialGC",
      "-nowarn",
      "-d",
      folder,
      "-cp",
      classPath(jars),
      ...sources,
    );
    return java(classPath(jars, folder), "Main");
  },
  expected: {},
});

function missing(): string | null {
  if (!runs("javac", "-version")) return "there is no javac: install Debian's default-jdk-headless";
  return missingJar("curator-recipes", "libcurator-recipes-java") ??
    missingJar("curator-x-discovery", "libcurator-discovery-java");
}
