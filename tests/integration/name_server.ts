/*
 * A name server for one service: whatever is asked, it answers with the SRV records that it has.
 */

import { createSocket, type Socket } from "node:dgram";
import type { SrvRecord } from "@zkst/zookeeper";

/** A name server on a port of the loopback address. */
export class NameServer implements AsyncDisposable {
  /** What it knows; nothing is "no such name". */
  records: SrvRecord[] = [];
  readonly #socket: Socket = createSocket("udp4");

  static async start(): Promise<NameServer> {
    const server = new NameServer();
    const socket = server.#socket;
    await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
    socket.on("message", (query, { port, address }) => {
      socket.send(server.#answer(query), port, address);
    });
    return server;
  }

  /** As `Deno.resolveDns` takes it. */
  get options(): Deno.ResolveDnsOptions {
    return { nameServer: { ipAddr: "127.0.0.1", port: this.#socket.address().port } };
  }

  #answer(query: Uint8Array): Uint8Array {
    let end = 12;
    while (query[end] !== 0) end += query[end]! + 1;
    const question = query.subarray(12, end + 5);
    const { length } = this.records;
    return new Uint8Array([
      ...query.subarray(0, 2),
      // An answer; without a record: no such name (RFC 1035, 4.1.1).
      ...[0x81, length > 0 ? 0x80 : 0x83, 0, 1, 0, length, 0, 0, 0, 0],
      ...question,
      ...this.records.flatMap(encode),
    ]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Promise<void>((resolve) => this.#socket.close(() => resolve()));
  }
}

/** A record of the name in question (RFC 2782). */
function encode({ target, port, priority, weight }: SrvRecord): number[] {
  const labels = target.split(".").filter((label) => label !== "");
  const name = labels.flatMap((label) => [label.length, ...new TextEncoder().encode(label)]);
  const data = [...[priority, weight, port].flatMap(short), ...name, 0];
  return [0xc0, 12, ...short(33), ...short(1), ...short(0), ...short(60), ...short(data.length)]
    .concat(data);
}

function short(value: number): number[] {
  return [value >> 8, value & 0xff];
}
