/**
 * tiny_rpc's request as a bare loop has it: the length of the header, little endian, the header, and
 * the arguments, whose length stands in its last byte as long as they are short.
 */

const text = new TextEncoder();
/** mprpc.RpcHeader of UserServiceRpc.Login, but for its last byte. */
const header = Uint8Array.of(
  0x0a,
  14,
  ...text.encode("UserServiceRpc"),
  0x12,
  5,
  ...text.encode("Login"),
  0x18,
);
const headerLength = header.length + 1;

/** A request of less than 128 bytes. */
export function writeTinyRequest(body: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(4 + headerLength + body.length);
  bytes[0] = headerLength;
  bytes.set(header, 4);
  bytes[3 + headerLength] = body.length;
  bytes.set(body, 4 + headerLength);
  return bytes;
}

/** The arguments, or null while they are not all there. */
export function readTinyRequest(bytes: Uint8Array): Uint8Array | null {
  const start = 4 + bytes[0]!;
  if (bytes.length < start || bytes.length < start + bytes[start - 1]!) return null;
  return bytes.subarray(start, start + bytes[start - 1]!);
}
