/*
 * What can be learned about servers from outside: an answer to one of ZooKeeper's four-letter
 * words, a port where nobody listens, and the time until something is so.
 */

/**
 * Asks a server one of the four-letter words.
 *
 * @param address The server's address, `host:port`.
 * @param word The word: `ruok`, `srvr`, `mntr`, ….
 * @param timeout How long the whole may take, in milliseconds.
 * @returns The answer.
 */
export async function fourLetterWord(
  address: string,
  word: string,
  timeout = 5000,
): Promise<string> {
  const colon = address.lastIndexOf(":");
  const hostname = address.slice(0, colon).replace(/^\[|\]$/g, "");
  const abort = new AbortController();
  const timer = setTimeout(() => {
    abort.abort(new Error(`No answer to "${word}" from ${address} within ${timeout} ms`));
  }, timeout);
  try {
    const port = Number(address.slice(colon + 1));
    const connection = await Deno.connect({ hostname, port, signal: abort.signal });
    return await converse(connection, word, abort.signal);
  } catch (error) {
    throw abort.signal.aborted ? abort.signal.reason : error;
  } finally {
    clearTimeout(timer);
  }
}

async function converse(connection: Deno.Conn, word: string, signal: AbortSignal): Promise<string> {
  // Only a close ends a pending read.
  const close = () => connection.close();
  signal.addEventListener("abort", close);
  try {
    await connection.write(new TextEncoder().encode(word));
    let answer = "";
    const decoder = new TextDecoder();
    const buffer = new Uint8Array(4096);
    for (let n; (n = await connection.read(buffer)) !== null;) {
      answer += decoder.decode(buffer.subarray(0, n), { stream: true });
    }
    return answer;
  } finally {
    signal.removeEventListener("abort", close);
    if (!signal.aborted) connection.close();
  }
}

/**
 * Asks again and again until there is an answer.
 *
 * @param ask The question, given the number of milliseconds that its answer may take. `null` or an
 * error means not yet.
 * @param time When to give up, in milliseconds from now.
 * @returns The answer, or `null` when time is up.
 */
export async function until<T>(
  ask: (timeout: number) => Promise<T | null>,
  time = 30_000,
): Promise<T | null> {
  const end = performance.now() + time;
  // A server that has just begun to listen may never answer, hence short times; a slow machine may
  // need longer ones.
  for (let timeout = 100; performance.now() < end; timeout = Math.min(timeout + 20, 1000)) {
    const answer = await ask(timeout).catch(() => null);
    if (answer !== null) return answer;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return null;
}

/**
 * Whether somebody listens on a port of the loopback address.
 *
 * @param port The port.
 * @returns Whether it takes a connection.
 */
export async function listens(port: number): Promise<boolean> {
  try {
    (await Deno.connect({ hostname: "127.0.0.1", port })).close();
    return true;
  } catch {
    return false;
  }
}

/** The ports this process has been given: a server that is down for a while still owns its port. */
const given = new Set<number>();

/**
 * Ports of the loopback address where nobody listens. They lie below those which Linux takes for
 * outgoing connections: otherwise, while a server is down, some client's socket could come to sit
 * on its port, or a client that tries to reach it could connect to itself.
 *
 * @param count How many.
 * @returns As many different ports.
 */
export function freePorts(count: number): number[] {
  const ports: number[] = [];
  while (ports.length < count) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    if (given.has(port) || !isFree(port)) continue;
    given.add(port);
    ports.push(port);
  }
  return ports;
}

function isFree(port: number): boolean {
  try {
    Deno.listen({ hostname: "127.0.0.1", port }).close();
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) return false;
    throw error;
  }
}
