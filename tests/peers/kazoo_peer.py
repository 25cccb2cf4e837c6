"""What kazoo, the Python client, sees of a server: see program.ts for how it says so."""

import json
import logging
import sys
import threading

from kazoo.client import KazooClient
from kazoo.exceptions import KazooException
from kazoo.security import ACL, CREATOR_ALL_ACL, Id, READ_ACL_UNSAFE, make_digest_acl

address = sys.argv[-1]
logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
clients = []


def main():
    zk = connect()
    say("server", server(zk))
    for scene in (create, sequence, data, children, ephemeral, watches, watchers, transaction,
                  acl, lock, lock_modes, election, queue, locking_queue, counter, party, chroot,
                  too_large, cut, expiry):
        root = "/" + scene.__name__
        zk.create(root)
        say(scene.__name__, scene(zk, root))
    for client in clients:
        client.stop()
        client.close()


def connect(chroot="", **options):
    client = KazooClient(address + chroot, timeout=10, **options)
    client.start()
    clients.append(client)
    return client


def say(name, value):
    print(json.dumps([name, value]), flush=True)


def please(*what):
    print(json.dumps(["please", *what]), flush=True)
    sys.stdin.readline()


def code(call, *args, **options):
    """The name of the error that a call ends with, or None."""
    try:
        call(*args, **options)
    except KazooException as error:
        return type(error).__name__
    return None


def fields(stat):
    """What a stat says, but for times and zxids."""
    return [stat.version, stat.cversion, stat.aversion, stat.dataLength, stat.numChildren,
            stat.czxid == stat.mzxid, stat.czxid == stat.pzxid, stat.ctime <= stat.mtime,
            stat.ephemeralOwner != 0]


class Log:
    """What came from other threads, in order."""

    def __init__(self):
        self.entries = []
        self.condition = threading.Condition()

    def add(self, entry):
        with self.condition:
            self.entries.append(entry)
            self.condition.notify_all()

    def event(self, event):
        self.add([event.type, event.state, event.path])

    def until(self, count):
        """All entries, once there are so many."""
        with self.condition:
            if not self.condition.wait_for(lambda: len(self.entries) >= count, 20):
                raise AssertionError("Waited for %d entries, had %r" % (count, self.entries))
            return list(self.entries)


def server(zk):
    return {
        "ruok": zk.command(b"ruok"),
        "version": list(zk.server_version()[:2]),
        "isro": zk.command(b"isro"),
        "timeout": zk._session_timeout,
        "password": len(zk.client_id[1]),
    }


def create(zk, root):
    path, stat = zk.create(root + "/a", b"data", include_data=True)
    return {
        "stat": [path, fields(stat)],
        "exists": code(zk.create, root + "/a"),
        "no parent": code(zk.create, root + "/b/c"),
        "makepath": zk.create(root + "/b/c", b"", makepath=True),
        "ensure": zk.ensure_path(root + "/b/c/d"),
        "not empty": code(zk.delete, root + "/b"),
        "recursive": zk.delete(root + "/b", recursive=True),
        "gone": zk.exists(root + "/b"),
        "absent": code(zk.delete, root + "/b"),
        "parent": fields(zk.exists(root)),
        "the root": code(zk.delete, "/"),
    }


def sequence(zk, root):
    names = [zk.create(root + "/n-", sequence=True) for _ in range(2)]
    zk.delete(names[1])
    zk.create(root + "/other")
    names.append(zk.create(root + "/n-", sequence=True))
    names.append(zk.create(root + "/", sequence=True))
    return names


def data(zk, root):
    path = root + "/a"
    zk.create(path, b"one")
    before = zk.get(path)[1]
    after = zk.set(path, b"second")
    return {
        "set": fields(after),
        "later": [after.mzxid > before.mzxid, after.czxid == before.czxid],
        "got": [zk.get(path)[0].decode(), fields(zk.get(path)[1])],
        "bad version": code(zk.set, path, b"x", version=7),
        "right version": zk.set(path, b"", version=1).version,
        "bad delete": code(zk.delete, path, version=1),
        "empty": zk.get(path)[0].decode(),
        "absent": [code(zk.get, root + "/b"), code(zk.set, root + "/b", b"")],
        "sync": zk.sync(path),
        "no sync": zk.sync(root + "/b"),
    }


def children(zk, root):
    for name in ("b", "a", "é"):
        zk.create(root + "/" + name)
    names, stat = zk.get_children(root, include_data=True)
    zk.delete(root + "/a")
    return {
        "names": [sorted(names), fields(stat)],
        "after": [sorted(zk.get_children(root)), fields(zk.exists(root))],
        "none": zk.get_children(root + "/b"),
        "absent": code(zk.get_children, root + "/c"),
        "system": sorted(zk.get_children("/zookeeper")),
    }


def ephemeral(zk, root):
    other = connect()
    path = other.create(root + "/e", ephemeral=True)
    sequential = other.create(root + "/s-", ephemeral=True, sequence=True)
    owner = zk.exists(path).ephemeralOwner == other.client_id[0]
    log = Log()
    zk.exists(path, watch=log.event)
    zk.get_children(root, watch=log.event)
    no_children = code(zk.create, path + "/child")
    other.stop()
    events = sorted(log.until(2))
    return [path, sequential, owner, no_children, events, zk.get_children(root)]


def watches(zk, root):
    log = Log()
    path = root + "/a"
    zk.exists(path, watch=log.event)
    zk.get_children(root, watch=log.event)
    zk.create(path)
    log.until(2)
    zk.get(path, watch=log.event)
    zk.set(path, b"1")
    log.until(3)
    # Once it has fired it is gone.
    zk.set(path, b"2")
    zk.get(path, watch=log.event)
    zk.get_children(path, watch=log.event)
    zk.get_children(root, watch=log.event)
    zk.delete(path)
    return log.until(6)


def watchers(zk, root):
    log = Log()
    path = root + "/a"

    @zk.DataWatch(path)
    def on_data(value, stat, event):
        log.add(["data", value and value.decode(), event and event.type])

    log.until(1)
    for number, change in enumerate([
            lambda: zk.create(path, b"1"), lambda: zk.set(path, b"2"), lambda: zk.delete(path)]):
        change()
        log.until(number + 2)

    @zk.ChildrenWatch(root)
    def on_children(names):
        log.add(["children", sorted(names)])

    log.until(5)
    zk.create(root + "/b")
    return log.until(6)


def transaction(zk, root):
    zk.create(root + "/a", b"a")
    good = zk.transaction()
    good.check(root + "/a", 0)
    good.create(root + "/b", b"b")
    good.create(root + "/b/s-", sequence=True, ephemeral=True)
    good.set_data(root + "/a", b"aa")
    good.create(root + "/c")
    good.delete(root + "/c")
    done = [fields(one) if hasattr(one, "czxid") else one for one in good.commit()]
    a, b = zk.exists(root + "/a"), zk.exists(root + "/b")

    bad = zk.transaction()
    bad.create(root + "/d")
    bad.set_data(root + "/a", b"", version=0)
    bad.delete(root + "/a")
    failed = [type(one).__name__ for one in bad.commit()]
    return {
        "done": done,
        "one zxid": a.mzxid == b.czxid,
        "failed": failed,
        "undone": [zk.exists(root + "/d"), zk.get(root + "/a")[0].decode()],
        "none": zk.transaction().commit(),
        "children": sorted(zk.get_children(root)),
    }


def acl(zk, root):
    path = root + "/a"
    owner = connect(auth_data=[("digest", "me:secret")])
    owner.create(path, b"mine", acl=CREATOR_ALL_ACL)
    owner.create(path + "/child")
    acls, stat = owner.get_acls(path)
    refused = [code(zk.get, path), code(zk.set, path, b""), code(zk.get_children, path),
               code(zk.create, path + "/b"), code(zk.get_acls, path),
               code(zk.delete, path + "/child")]
    zk.add_auth("digest", "me:secret")
    allowed = zk.get(path)[0].decode()
    changed = zk.set_acls(path, READ_ACL_UNSAFE + [make_digest_acl("me", "secret", all=True)])
    stranger = connect()
    return {
        "acls": [[entry.perms, entry.id.scheme, entry.id.id] for entry in acls],
        "stat": fields(stat),
        "refused": refused,
        "allowed": allowed,
        "changed": fields(changed),
        "stranger": [stranger.get(path)[0].decode(), code(stranger.set, path, b"")],
        "bad version": code(zk.set_acls, path, acls, version=0),
        "invalid": [code(zk.create, root + "/b", acl=[ACL(31, Id(scheme, "no colon"))])
                    for scheme in ("digest", "nothing", "world", "ip")],
        "no scheme": code(stranger.add_auth, "nothing", "me:secret"),
        "failed": code(stranger.get, path),
    }


def lock(zk, root):
    other = connect()
    first, second = zk.Lock(root, "first"), other.Lock(root, "second")
    log = Log()
    taken = [first.acquire(), second.acquire(blocking=False)]

    def wait():
        with second:
            log.add(["second", second.contenders()])

    thread = threading.Thread(target=wait)
    thread.start()
    waiting = until(lambda: first.contenders() if len(first.contenders()) == 2 else None)
    log.add(["first", waiting])
    first.release()
    thread.join()

    # The lock of a session that goes is free.
    second.acquire()
    threading.Thread(target=other.stop).start()
    return [taken, log.entries, first.acquire(timeout=20), first.contenders(), first.release()]


def lock_modes(zk, root):
    other = connect()
    readers = [client.ReadLock(root, "reader") for client in (zk, other)]
    writer = other.WriteLock(root, "writer")
    semaphore = [client.Semaphore(root + "/semaphore", max_leases=1) for client in (zk, other)]
    seen = [reader.acquire() for reader in readers]
    seen.append(writer.acquire(blocking=False))
    seen.extend(reader.release() for reader in readers)
    seen.append(writer.acquire())
    seen.append(readers[0].acquire(blocking=False))
    seen.append(writer.release())
    seen.append([semaphore[0].acquire(), semaphore[1].acquire(blocking=False)])
    semaphore[0].release()
    seen.append([semaphore[1].acquire(), semaphore[0].lease_holders() != []])
    semaphore[1].release()
    return seen


def election(zk, root):
    names = ["first", "second", "third"]
    elections = [connect().Election(root, name) for name in names]
    log = Log()
    step_down = threading.Event()

    def lead(name):
        log.add(name)
        if name == "first":
            step_down.wait(20)

    threads = []
    for number, (name, one) in enumerate(zip(names, elections)):
        threads.append(threading.Thread(target=one.run, args=(lead, name)))
        threads[-1].start()
        until(lambda: len(elections[0].contenders()) == number + 1)
    log.until(1)
    contenders = elections[0].contenders()
    elections[1].cancel()
    threads[1].join()
    step_down.set()
    for thread in threads:
        thread.join()
    return [contenders, log.entries]


def queue(zk, root):
    tasks, other = zk.Queue(root), connect().Queue(root)
    for value, priority in ((b"late", 200), (b"first", 100), (b"urgent", 1), (b"second", 100)):
        tasks.put(value, priority)
    sizes = [len(tasks)]
    got = [one.get().decode() for one in (tasks, other, tasks, other)]
    return [sizes + [len(other)], got, other.get()]


def locking_queue(zk, root):
    tasks, other = zk.LockingQueue(root), connect().LockingQueue(root)
    tasks.put(b"one")
    tasks.put_all([b"two", b"three"])
    got = [tasks.get().decode(), tasks.holds_lock(), other.get().decode()]
    consumed = [tasks.consume(), other.release(), other.get(timeout=5).decode(), other.consume()]
    return [got, consumed, tasks.get().decode(), tasks.consume(), len(tasks), tasks.get(timeout=0.05)]


def counter(zk, root):
    counts = [client.Counter(root + "/count") for client in (zk, connect())]

    def add(count):
        for _ in range(20):
            count += 1

    threads = [threading.Thread(target=add, args=(count,)) for count in counts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return counts[0].value


def party(zk, root):
    other = connect()
    parties = [zk.Party(root, "me"), other.Party(root, "you")]
    for one in parties:
        one.join()
    members = sorted(parties[0])
    other.stop()
    until(lambda: len(parties[0]) == 1)
    return [members, list(parties[0])]


def chroot(zk, root):
    inside = connect(root + "/in")
    log = Log()
    missing = code(inside.create, "/a")
    zk.create(root + "/in")
    inside.get_children("/", watch=log.event)
    made = [inside.create("/a"), inside.create("/s-", sequence=True)]
    results = inside.transaction()
    results.create("/t")
    return [missing, made, results.commit(), log.until(1), sorted(zk.get_children(root + "/in"))]


def too_large(zk, root):
    """The server closes the connection; the session goes on."""
    client = connect()
    log, session = Log(), client.client_id[0]
    client.add_listener(log.add)
    client.create(root + "/e", b"x" * 1000000, ephemeral=True)
    lost = code(client.create, root + "/a", b"x" * 1100000)
    states = log.until(2)
    return [lost, states, client.client_id[0] == session, zk.exists(root + "/a"),
            zk.exists(root + "/e").dataLength]


def cut(zk, root):
    """The connection is cut, the session goes on."""
    client = connect(auth_data=[("digest", "me:secret")])
    log, events, data = Log(), Log(), Log()
    client.create(root + "/e", ephemeral=True)
    client.create(root + "/mine", b"mine", acl=CREATOR_ALL_ACL)
    client.create(root + "/data", b"1")
    client.DataWatch(root + "/data", lambda value, stat: data.add(value.decode()))
    before, number = client.client_id, data.until(1)
    client.exists(root + "/e", watch=events.event)
    client.add_listener(log.add)
    held = client.Lock(root + "/lock", "held")
    held.acquire()
    please("drop")
    states = log.until(2)
    kept = client.client_id == before
    client.retry(client.set, root + "/data", b"2")
    other = connect()
    return {
        "states": states,
        "kept": kept,
        "ephemeral": other.exists(root + "/e").ephemeralOwner == before[0],
        "events": events.until(1),
        "data": data.until(2),
        "auth": client.get(root + "/mine")[0].decode(),
        "lock": [other.Lock(root + "/lock").acquire(blocking=False), held.contenders()],
        "released": [held.release(), other.Lock(root + "/lock").acquire(timeout=20)],
    }


def expiry(zk, root):
    """The session expires; kazoo makes a new one."""
    client = connect()
    log, gone, events = Log(), Log(), Log()
    client.create(root + "/e", ephemeral=True)
    zk.exists(root + "/e", watch=gone.event)
    client.exists(root, watch=events.event)
    before = client.client_id
    client.add_listener(log.add)
    please("expire", "%x" % (before[0] & 0xffffffffffffffff), before[1].hex())
    states = [state for state in log.until(2 if log.until(1)[0] == "LOST" else 3)]
    return {
        "states": states,
        "new": client.client_id[0] != before[0],
        "gone": gone.until(1),
        "events": events.until(1),
        "works": client.create(root + "/e", ephemeral=True),
    }


def until(ask):
    """The answer, once there is one. A moment passes with each question to the server."""
    for _ in range(10000):
        answer = ask()
        if answer:
            return answer
    raise AssertionError("Waited for too long")


main()
