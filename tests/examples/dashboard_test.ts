/** The dashboard, as a user runs it, in a browser: it shows what there is, and what changes. */
import { assert, assertEquals } from "@std/assert";
import { ZooKeeper } from "@zkst/zookeeper";
import { ServiceDiscovery } from "@zkst/zookeeper/discovery";
import { TestServer } from "@zkst/zookeeper/testing";
import { chromium, Page, withoutBrowser } from "./browser.ts";

if (chromium === null) console.log(`examples/dashboard.ts is not tested: ${withoutBrowser}`);

/** The dashboard's process, and where its page is. */
async function dashboard(...args: string[]) {
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-lock", "--allow-net", "examples/dashboard.ts", ...args],
    cwd: new URL("../..", import.meta.url),
    stdout: "null",
    stderr: "piped",
    env: { NO_COLOR: "1" },
  });
  const child = command.spawn();
  const output = child.stderr.pipeThrough(new TextDecoderStream()).getReader();
  let [said, url] = ["", undefined as string | undefined];
  while (url === undefined) {
    const { value, done } = await output.read();
    if (done) throw new Error(`The dashboard ended: ${said}`);
    said += value;
    url = /http:\/\/127\.0\.0\.1:\d+\//.exec(said)?.[0];
  }
  return {
    url,
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGKILL");
      while (!(await output.read()).done);
      await child.status;
    },
  };
}

const user = (id: string, port: number) => ({ name: "user", id, address: "10.0.0.5", port });
const has = (text: string) => `document.body.innerText.includes(${JSON.stringify(text)})`;
const fits = "document.documentElement.scrollWidth <= innerWidth";

Deno.test({
  name: "examples/dashboard.ts shows services, instances and changes as they happen",
  ignore: chromium === null,
  async fn() {
    await using server = new TestServer();
    const address = await server.listen();
    await using zk = await ZooKeeper.connect(address);
    await using discovery = new ServiceDiscovery(zk);
    const one = await discovery.register({ ...user("one", 8000), zone: "<b>a</b>" });
    await using shown = await dashboard(address, "/services", "0");
    await using page = await Page.open(shown.url, 390, 844, "dark");

    await page.until(has("10.0.0.5:8000"));
    await page.until(has("1 of 1 up"));
    assert(await page.evaluate(has("zone <b>a</b>")), "What others wrote is text");
    assertEquals(await page.evaluate("document.querySelectorAll('b b').length"), 0);

    await discovery.register(user("two", 8001));
    await page.until(has("10.0.0.5:8001"));
    await one.setStatus("DRAINING");
    await page.until(has("1 of 2 up"));
    await page.until(has("updated"));
    await one.close();
    await page.until(`!${has("zone <b>a</b>")}`);
    await page.until(has("removed"));
    await discovery.register({ ...user("x", 1), name: "order-of-a-rather-long-name-".repeat(3) });
    await page.until(has("2 services, 2 instances"));
    assert(await page.evaluate(fits), "On a phone nothing is wider than the screen");
    await keep(page, "phone_dark");

    server.refuse();
    await page.until(has("may be out of date"));
    await page.until(has("ZooKeeper: CONNECTING"));
    assert(await page.evaluate(has("10.0.0.5:8001")), "What is known stays");
    server.heal();
    await page.until(has("ZooKeeper: CONNECTED"));
  },
});

Deno.test({
  name: "examples/dashboard.ts by itself shows services that come and go",
  ignore: chromium === null,
  async fn() {
    await using shown = await dashboard("", "/services", "0");
    await using page = await Page.open(shown.url, 1280, 900, "light");
    await page.until(has("removed"));
    assert(await page.evaluate(fits));
    await keep(page, "desktop_light");
  },
});

/** For those who want to look: ZKST_SCREENSHOTS names a directory. */
async function keep(page: Page, name: string): Promise<void> {
  const directory = Deno.env.get("ZKST_SCREENSHOTS");
  const picture = await page.picture();
  assert(picture.length > 1000);
  if (directory !== undefined) await Deno.writeFile(`${directory}/${name}.png`, picture);
}
