/**
 * One connection as the service has it: bytes in, frames, replies and events out. The first four
 * bytes say whether it is a client or somebody with a four-letter word. Bytes that make no sense
 * cost the connection, as they do there, and nothing else.
 */
import { type Id, Perms } from "../../proto/acl.ts";
import { MarshallingError, type Reader, Writer } from "../../proto/archive.ts";
import { OpCode, Rc, Xid } from "../../proto/constants.ts";
import { FrameReader } from "../../proto/frames.ts";
import { addIdentities, allows, authenticate, identityOf } from "./access.ts";
import { associate } from "./handshake.ts";
import type { Served, Wire } from "../network/wire.ts";
import { deleteContainer } from "./operations.ts";
import { read } from "./reads.ts";
import type { Client, Service } from "../service.ts";
import type { Session } from "../state/session_tracker.ts";
import type { Watcher } from "../state/watch_manager.ts";
import { answerWord, wordOf } from "./words.ts";
import { write } from "./writes.ts";
import { writeNumber } from "../state/znode.ts";

/** A client's connection, and its watches' owner. */
export class Connection implements Served, Client {
  readonly out: Writer = new Writer(256);
  session: Session | null = null;
  readonly identities: Id[];
  /** Frames received. */
  receivedFrames = 0;
  /** Whether the next write is done, its reply left out, and the connection closed. */
  losesReply = false;
  readonly #frames: FrameReader;
  #closed = false;

  constructor(readonly service: Service, readonly wire: Wire) {
    this.#frames = new FrameReader(service.settings.maxBuffer, bufferFirst);
    this.identities = [identityOf(wire.address)];
    service.clients.add(this);
  }

  get sessionId(): bigint {
    return this.session?.id ?? 0n;
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  space(): Uint8Array {
    return this.#frames.space();
  }

  received(count: number): void {
    this.#frames.received(count);
    this.proceed();
  }

  proceed(): void {
    try {
      while (!this.#closed && this.#frames.whole && this.wire.ready) this.#take();
    } catch (error) {
      if (!(error instanceof MarshallingError)) throw error;
      this.complain(error.message);
      this.close();
    }
    if (this.out.size > 0) this.wire.flush();
  }

  /** The connection is gone; its session goes on until it expires. */
  closed(): void {
    this.#closed = true;
    this.service.clients.delete(this);
    this.service.watches.forget(this);
    if (this.session?.connection === this) this.session.connection = null;
  }

  /** Closes it once what is in `out` has left. */
  close(): void {
    if (this.#closed) return;
    this.closed();
    this.wire.flush();
    this.wire.close();
  }

  /** Something came that makes no sense. */
  complain(why: string): void {
    this.service.malformed++;
    this.service.settings.logger.warn?.(`Closing the connection of ${this.wire.address}: ${why}`);
  }

  tell(
    type: number,
    path: string,
    zxid: number,
    acl: Parameters<Watcher["tell"]>[3],
  ): void {
    const modern = this.service.settings.version !== "3.8";
    // Who may not read a znode is not told of it (since 3.8.4 and 3.9.2, and in Debian's 3.8.0).
    if (acl !== null && !allows(acl, Perms.READ, this.identities)) return;
    const start = this.out.startFrame();
    this.out.int(Xid.notification);
    writeNumber(this.out, modern ? zxid : -1);
    this.out.int(0);
    this.out.int(type);
    this.out.int(syncConnected);
    this.out.string(path);
    this.out.endFrame(start);
    this.wire.flush();
  }

  /** A reply without a body. */
  reply(xid: number, rc: number, zxid: number = this.service.tree.zxid): void {
    const start = this.startReply(xid, rc, zxid);
    this.out.endFrame(start);
  }

  /** Starts a reply; what `out.endFrame` needs is returned. */
  startReply(xid: number, rc: number = 0, zxid: number = this.service.tree.zxid): number {
    const start = this.out.startFrame();
    this.out.int(xid);
    writeNumber(this.out, zxid);
    this.out.int(rc);
    return start;
  }

  #take(): void {
    const word = this.receivedFrames === 0 ? wordOf(this.#frames.length) : null;
    if (word !== null) {
      this.out.appendFrames(new TextEncoder().encode(answerWord(this.service, word)));
      return this.close();
    }
    const frame = this.#frames.next()!;
    this.receivedFrames++;
    if (this.session === null) associate(this, frame);
    else this.#request(frame, this.session);
  }

  #request(frame: Reader, session: Session): void {
    const xid = frame.int();
    const type = frame.int();
    const { service } = this;
    if (type === OpCode.auth) return this.#authenticate(frame, xid);
    if (type === OpCode.sasl) return this.#sasl(frame, xid);
    service.sessions.touch(session);
    if (session.moved) return this.close();
    if (service.readOnly && this.#isRefusedReadOnly(type, session)) {
      return this.reply(xid, Rc.NOTREADONLY);
    }
    switch (type) {
      case OpCode.ping:
        return this.reply(Xid.ping, Rc.OK);
      case OpCode.closeSession:
        service.closeSession(session);
        this.reply(xid, Rc.OK);
        return this.close();
    }
    if (read(this, frame, xid, type) || this.#write(frame, xid, type)) return;
    // An operation that it does not know costs the connection (UnimplementedRequestProcessor).
    this.reply(xid, Rc.UNIMPLEMENTED, -1);
    this.close();
  }

  /** What a server without quorum refuses (ReadOnlyRequestProcessor). */
  #isRefusedReadOnly(type: number, session: Session): boolean {
    if (type === OpCode.closeSession) return !session.local;
    // 3.9 does not know it outside of a multi, here either.
    if (type === OpCode.check) return this.service.settings.version === "3.8";
    return refusedReadOnly.has(type);
  }

  #write(frame: Reader, xid: number, type: number): boolean {
    if (!this.losesReply) return write(this, frame, xid, type);
    // What was answered before still leaves.
    const before = this.out.frames.slice();
    if (!write(this, frame, xid, type)) return false;
    this.out.clear();
    this.out.appendFrames(before);
    this.close();
    return true;
  }

  #authenticate(frame: Reader, xid: number): void {
    frame.int();
    const scheme = frame.nullableString();
    const { superDigest } = this.service.settings;
    const added = authenticate(scheme, frame.buffer(), this.wire.address, superDigest);
    this.reply(xid, added === null ? Rc.AUTHFAILED : Rc.OK, 0);
    if (added === null) this.close();
    else addIdentities(this.identities, added);
  }

  /** As a server that has no SASL: any token is answered with none. */
  #sasl(frame: Reader, xid: number): void {
    frame.buffer();
    const start = this.startReply(xid, Rc.OK, 0);
    this.out.buffer(null);
    this.out.endFrame(start);
  }
}

/** Bytes to begin with: there may be thousands who never say anything. */
const bufferFirst = 512;

/** The state in every event (KeeperState.SyncConnected). */
const syncConnected = 3;

const refusedReadOnly = new Set<number>([
  OpCode.sync,
  OpCode.create,
  OpCode.create2,
  OpCode.createTTL,
  OpCode.createContainer,
  OpCode.delete,
  OpCode.setData,
  OpCode.reconfig,
  OpCode.setACL,
  OpCode.multi,
  deleteContainer,
]);
