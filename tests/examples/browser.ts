/** A headless Chromium, driven over its own protocol, where one is installed. */

const places = ["chromium", "chromium-browser", "google-chrome"].map((name) => `/usr/bin/${name}`);

/** The program, or null where there is none. */
export const chromium: string | null = places.find(isThere) ?? null;

/** Why there is no browser to test in. */
export const withoutBrowser: string = `There is none of ${places.join(", ")}`;

function isThere(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

const flags = (
  "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-sync " +
  "--disable-background-networking --disable-component-update --remote-debugging-port=0"
).split(" ");

/** One page of a browser of its own. */
export class Page implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #profile: string;
  readonly #errors: ReadableStreamDefaultReader<string>;
  readonly #socket: WebSocket;
  readonly #answers = new Map<number, (answer: { result?: never; error?: unknown }) => void>();
  #lastId = 0;

  private constructor(
    child: Deno.ChildProcess,
    profile: string,
    errors: ReadableStreamDefaultReader<string>,
    socket: WebSocket,
  ) {
    this.#child = child;
    this.#profile = profile;
    this.#errors = errors;
    this.#socket = socket;
    socket.onmessage = ({ data }) => {
      const answer = JSON.parse(data);
      this.#answers.get(answer.id)?.(answer);
    };
  }

  /** Opens a page, so many pixels wide and high, in light or in dark. */
  static async open(
    url: string,
    width: number,
    height: number,
    scheme: "light" | "dark",
  ): Promise<Page> {
    const profile = await Deno.makeTempDir({ prefix: "zkst_browser_" });
    const args = [...flags, `--user-data-dir=${profile}`, `--window-size=${width},${height}`];
    const command = new Deno.Command(chromium!, { args, stdout: "null", stderr: "piped" });
    const child = command.spawn();
    const errors = child.stderr.pipeThrough(new TextDecoderStream()).getReader();
    let said = "";
    let port;
    while (port === undefined) {
      const { value, done } = await errors.read();
      if (done) throw new Error(`The browser ended: ${said}`);
      said += value;
      port = /listening on ws:\/\/127\.0\.0\.1:(\d+)\//.exec(said)?.[1];
    }
    const targets = await (await fetch(`http://127.0.0.1:${port}/json/list`)).json();
    const target = targets.find(({ type }: { type: string }) => type === "page");
    const socket = new WebSocket(target.webSocketDebuggerUrl);
    await new Promise((resolve, reject) => {
      socket.onopen = resolve;
      socket.onerror = reject;
    });
    const page = new Page(child, profile, errors, socket);
    const features = [{ name: "prefers-color-scheme", value: scheme }];
    await page.#send("Emulation.setEmulatedMedia", { features });
    const metrics = { width, height, deviceScaleFactor: 1, mobile: width < 600 };
    await page.#send("Emulation.setDeviceMetricsOverride", metrics);
    await page.#send("Page.navigate", { url });
    return page;
  }

  /** The value of an expression in the page. */
  async evaluate<T>(expression: string): Promise<T> {
    const found = await this.#send("Runtime.evaluate", { expression, returnByValue: true });
    return (found as { result: { value: T } }).result.value;
  }

  /** Resolves when an expression is true in the page. */
  async until(expression: string): Promise<void> {
    const deadline = performance.now() + 20_000;
    while (!await this.evaluate<boolean>(`Boolean(${expression})`)) {
      if (performance.now() < deadline) continue;
      throw new Error(
        `Not in 20 s: ${expression}\n${await this.evaluate("document.body.innerText")}`,
      );
    }
  }

  /** A picture of it, PNG. */
  async picture(): Promise<Uint8Array> {
    const { data } = await this.#send("Page.captureScreenshot", { format: "png" }) as {
      data: string;
    };
    return Uint8Array.fromBase64(data);
  }

  async #send(method: string, params: object): Promise<unknown> {
    const id = ++this.#lastId;
    const { promise, resolve } = Promise.withResolvers<{ result?: never; error?: unknown }>();
    this.#answers.set(id, resolve);
    this.#socket.send(JSON.stringify({ id, method, params }));
    const { result, error } = await promise;
    this.#answers.delete(id);
    if (error !== undefined) throw new Error(`${method}: ${JSON.stringify(error)}`);
    return result;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => this.#socket.onclose = resolve);
    this.#socket.send(JSON.stringify({ id: ++this.#lastId, method: "Browser.close" }));
    await closed;
    // It writes to its profile until its end, and its helpers hold its stderr a little longer.
    while (!(await this.#errors.read()).done);
    await this.#child.status;
    await Deno.remove(this.#profile, { recursive: true });
  }
}
