import { assertEquals, assertMatch } from "@std/assert";

/** Calls installPeers() where dpkg knows what is installed, and apt-get ends with a code. */
async function installPeers({ there, code }: { there: string[]; code: number }) {
  const bin = await Deno.makeTempDir({ prefix: "zkst-bin-" });
  const programs = {
    "dpkg-query": there.map((name) => `echo ${name} install ok installed`).join("\n"),
    "apt-get": `echo "$@" >>"$0.log"\nexit ${code}`,
    "env": 'exec /usr/bin/env "$@"',
    "sudo": 'exec "$@"',
  };
  try {
    for (const [name, script] of Object.entries(programs)) {
      await Deno.writeTextFile(`${bin}/${name}`, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    }
    const module = JSON.stringify(import.meta.resolve("../../tools/debian.ts"));
    const code = `import { installPeers } from ${module}; await installPeers();`;
    const { success, stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["eval", "--no-lock", code],
      env: { PATH: bin },
    }).output();
    const asked = await Deno.readTextFile(`${bin}/apt-get.log`).catch(() => "");
    return { success, output: new TextDecoder().decode(stdout), asked };
  } finally {
    await Deno.remove(bin, { recursive: true });
  }
}

const [kazoo, recipes, discovery, st, protobuf, protoc] = [
  "python3-kazoo",
  "libcurator-recipes-java",
  "libcurator-discovery-java",
  "libzookeeper-st-dev",
  "libprotobuf-dev",
  "protobuf-compiler",
];

Deno.test("installPeers() asks for those that are missing", async () => {
  const { success, asked } = await installPeers({ there: [kazoo, discovery, protoc], code: 0 });
  assertEquals(
    asked,
    `-q update\n-q install -y --no-install-recommends ${recipes} ${st} ${protobuf}\n`,
  );
  assertEquals(success, true);
});

Deno.test("installPeers() asks for nothing when all are there", async () => {
  const { asked, output } = await installPeers({
    there: [kazoo, recipes, discovery, st, protobuf, protoc],
    code: 0,
  });
  assertEquals([asked, output], ["", ""]);
});

Deno.test("installPeers() goes on when that fails, and says so", async () => {
  const { success, output } = await installPeers({ there: [], code: 1 });
  assertMatch(
    output,
    /Installing other clients failed at: .*update. Tests with them are skipped\n$/,
  );
  assertEquals(success, true);
});
