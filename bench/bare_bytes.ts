/**
 * The fields of requests and replies as a bare loop writes and reads them: each at the next place of
 * one buffer, without a look whether there is room or whether it makes sense.
 */
import type { Stat } from "../src/st.ts";

/** Where requests are written. */
export class Out {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly view: DataView;
  /** Where the next field goes. */
  at = 0;

  constructor(capacity: number) {
    this.bytes = new Uint8Array(capacity);
    this.view = new DataView(this.bytes.buffer);
  }

  int(value: number): void {
    this.view.setInt32(this.at, value);
    this.at += 4;
  }

  bool(value: boolean): void {
    this.bytes[this.at++] = value ? 1 : 0;
  }

  string(text: string): void {
    const { bytes, at } = this;
    this.int(text.length);
    for (let i = 0; i < text.length; i++) bytes[at + 4 + i] = text.charCodeAt(i);
    this.at += text.length;
  }

  buffer(data: Uint8Array): void {
    this.int(data.length);
    this.bytes.set(data, this.at);
    this.at += data.length;
  }
}

/** Where replies are read from. */
export class In {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly view: DataView;
  /** Where the next field is. */
  at = 0;

  constructor(capacity: number) {
    this.bytes = new Uint8Array(capacity);
    this.view = new DataView(this.bytes.buffer);
  }

  int(): number {
    const at = this.at;
    this.at = at + 4;
    return this.view.getInt32(at);
  }

  bool(): boolean {
    return this.bytes[this.at++] !== 0;
  }

  /** All strings of the bench are ASCII and short. */
  string(): string {
    const { bytes } = this;
    const end = this.int() + this.at;
    let text = "";
    for (let i = this.at; i < end; i++) text += String.fromCharCode(bytes[i]!);
    this.at = end;
    return text;
  }

  /** A copy, the caller's own. */
  buffer(): Uint8Array {
    const end = this.int() + this.at;
    const data = this.bytes.slice(this.at, end);
    this.at = end;
    return data;
  }

  /** Into the same fields as the client does. */
  stat(): Stat {
    const { view, at } = this;
    this.at = at + 68;
    return {
      czxid: view.getBigInt64(at),
      mzxid: view.getBigInt64(at + 8),
      ctime: view.getInt32(at + 16) * 0x1_0000_0000 + view.getUint32(at + 20),
      mtime: view.getInt32(at + 24) * 0x1_0000_0000 + view.getUint32(at + 28),
      version: view.getInt32(at + 32),
      cversion: view.getInt32(at + 36),
      aversion: view.getInt32(at + 40),
      ephemeralOwner: view.getBigInt64(at + 44),
      dataLength: view.getInt32(at + 52),
      numChildren: view.getInt32(at + 56),
      pzxid: view.getBigInt64(at + 60),
    };
  }
}
