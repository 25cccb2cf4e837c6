import { assert, assertEquals } from "@std/assert";
import {
  maxBufferDefault,
  OpCode,
  Rc,
  replyHeaderSize,
  ttlMax,
  WireEvent,
  Xid,
} from "../../src/proto/constants.ts";

Deno.test("OpCode has the numbers of ZooDefs.OpCode", () => {
  assertEquals(OpCode, {
    notification: 0,
    create: 1,
    delete: 2,
    exists: 3,
    getData: 4,
    setData: 5,
    getACL: 6,
    setACL: 7,
    getChildren: 8,
    sync: 9,
    ping: 11,
    getChildren2: 12,
    check: 13,
    multi: 14,
    create2: 15,
    reconfig: 16,
    checkWatches: 17,
    removeWatches: 18,
    createContainer: 19,
    createTTL: 21,
    multiRead: 22,
    auth: 100,
    setWatches: 101,
    sasl: 102,
    getEphemerals: 103,
    getAllChildrenNumber: 104,
    setWatches2: 105,
    addWatch: 106,
    whoAmI: 107,
    closeSession: -11,
    error: -1,
  });
});

Deno.test("OpCode has nothing that only servers send each other", () => {
  const codes: number[] = Object.values(OpCode);
  assert(!codes.includes(20), "deleteContainer");
  assert(!codes.includes(-10), "createSession");
});

Deno.test("Xid has the numbers that are no request's own", () => {
  assertEquals(Xid, { notification: -1, ping: -2, auth: -4, setWatches: -8, last: 2147483647 });
});

Deno.test("Rc has the numbers of KeeperException.Code and zookeeper.h", () => {
  assertEquals(Rc, {
    OK: 0,
    SYSTEMERROR: -1,
    RUNTIMEINCONSISTENCY: -2,
    DATAINCONSISTENCY: -3,
    CONNECTIONLOSS: -4,
    MARSHALLINGERROR: -5,
    UNIMPLEMENTED: -6,
    OPERATIONTIMEOUT: -7,
    BADARGUMENTS: -8,
    INVALIDSTATE: -9,
    UNKNOWNSESSION: -12,
    NEWCONFIGNOQUORUM: -13,
    RECONFIGINPROGRESS: -14,
    SSLCONNECTIONERROR: -15,
    APIERROR: -100,
    NONODE: -101,
    NOAUTH: -102,
    BADVERSION: -103,
    NOCHILDRENFOREPHEMERALS: -108,
    NODEEXISTS: -110,
    NOTEMPTY: -111,
    SESSIONEXPIRED: -112,
    INVALIDCALLBACK: -113,
    INVALIDACL: -114,
    AUTHFAILED: -115,
    CLOSING: -116,
    NOTHING: -117,
    SESSIONMOVED: -118,
    NOTREADONLY: -119,
    EPHEMERALONLOCALSESSION: -120,
    NOWATCHER: -121,
    REQUESTTIMEOUT: -122,
    RECONFIGDISABLED: -123,
    SESSIONCLOSEDREQUIRESASLAUTH: -124,
    QUOTAEXCEEDED: -125,
    THROTTLEDOP: -127,
  });
});

Deno.test("WireEvent has the numbers of Watcher.Event.EventType", () => {
  assertEquals(WireEvent, {
    none: -1,
    nodeCreated: 1,
    nodeDeleted: 2,
    nodeDataChanged: 3,
    nodeChildrenChanged: 4,
  });
});

Deno.test("maxBufferDefault, ttlMax and replyHeaderSize are the server's", () => {
  assertEquals([maxBufferDefault, ttlMax, replyHeaderSize], [1048575, 1099511627775, 16]);
});
