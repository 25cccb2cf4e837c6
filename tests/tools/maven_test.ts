// ZooKeeper 3.9's jars, with small scripts in the place of mvn.

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { fetchJars, jarsFolder, release } from "../../tools/servers/maven.ts";

/** A folder for the jars to be in, and an mvn that does this. */
class Workshop implements AsyncDisposable {
  readonly folder = Deno.makeTempDirSync({ prefix: "zkst maven-" });
  readonly parent = `${this.folder}/cache`;
  readonly mvn = `${this.folder}/mvn`;
  readonly said: string[] = [];

  constructor(script: string) {
    Deno.writeTextFileSync(this.mvn, `#!/bin/sh\necho run >>"$0.log"\n${script}\n`);
    Deno.chmodSync(this.mvn, 0o755);
  }

  fetch(timeout = 20_000): Promise<string | null> {
    const { parent, mvn } = this;
    return fetchJars({ parent, mvn, timeout, say: (line) => void this.said.push(line) });
  }

  get runs(): number {
    return Deno.readTextFileSync(`${this.mvn}.log`).split("\n").length - 1;
  }

  get cached(): string[] {
    return [...Deno.readDirSync(this.parent)].map(({ name }) => name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.folder, { recursive: true });
  }
}

/** What mvn does when all is well: it says a lot, and copies jars where it was told to. */
const works = `cat pom.xml >"$0.pom"
echo Downloading the internet
for arg; do case $arg in -DoutputDirectory=*) out=\${arg#*=};; esac; done
mkdir "$out" && : >"$out/zookeeper-${release}.jar"`;

Deno.test("fetchJars() fetches once, and says so in one line", async () => {
  await using workshop = new Workshop(works);
  assertEquals(await workshop.fetch(), null);
  assertEquals(await workshop.fetch(), null);
  assertEquals([workshop.runs, workshop.said.length], [1, 1]);
  assertEquals(workshop.cached, [`zkst-zookeeper-${release}`]);
  const jars = [...Deno.readDirSync(jarsFolder(workshop.parent))].map(({ name }) => name);
  assertEquals(jars, [`zookeeper-${release}.jar`]);
  const pom = Deno.readTextFileSync(`${workshop.mvn}.pom`);
  for (const part of ["zookeeper", release, "metrics-core", "snappy-java"]) {
    assertStringIncludes(pom, `>${part}<`);
  }
});

Deno.test("fetchJars() is no trouble when two do it at once", async () => {
  await using workshop = new Workshop(works);
  assertEquals(await Promise.all([workshop.fetch(), workshop.fetch()]), [null, null]);
  assertEquals(workshop.cached, [`zkst-zookeeper-${release}`]);
});

Deno.test("fetchJars() tells why mvn failed, and leaves nothing half done", async () => {
  const failures: [script: string, why: RegExp][] = [
    ["echo '[ERROR] No network'; echo '[ERROR] more'; exit 1", /exit code 1: No network$/],
    ["echo; exit 0", /exit code 0: $/],
    [`${works}; echo 'half way'; exit 9`, /exit code 9: Downloading/],
    [`${works}; rm "$out"/*`, /exit code 0: /],
    ["exec sleep 60", /Ended by force: it took more than 0.5 seconds$/],
  ];
  for (const [script, why] of failures) {
    await using workshop = new Workshop(script);
    assertMatch(await workshop.fetch(500) ?? "", why);
    assertEquals(workshop.cached, []);
  }
});

Deno.test("fetchJars() tells that there is no mvn, or no place for its jars", async () => {
  await using workshop = new Workshop(works);
  const { parent, said, mvn } = workshop;
  const say = (line: string) => void said.push(line);
  assertEquals(await fetchJars({ parent, say, mvn: `${mvn}-none` }), "mvn is not installed");
  assertEquals(workshop.cached, []);
  // A file where the folder should be.
  const why = await fetchJars({ parent: mvn, say, mvn });
  assert(why !== null && /exist|directory/i.test(why), `${why}`);
});
