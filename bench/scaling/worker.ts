/** The client's side of watched_server.ts. */

/** Starts the server; resolves with its address, and with what drops its connections. */
export async function startWatchedServer(): Promise<{ address: string; drop: () => void }> {
  const worker = new Worker(new URL("watched_server.ts", import.meta.url), { type: "module" });
  const address = await new Promise<string>((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = (event) => reject(new Error(event.message));
  });
  return { address, drop: () => worker.postMessage("drop") };
}
