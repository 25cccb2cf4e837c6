/**
 * A TestServer in a thread of its own, with a heap of its own: what the client's heap holds is then
 * the client's alone. Any message drops its connections.
 */
/// <reference lib="deno.worker" />
import { TestServer } from "../../src/testing/mod.ts";

const server = new TestServer({ tickTime: 10_000 });
self.onmessage = () => server.drop();
self.postMessage(await server.listen());
