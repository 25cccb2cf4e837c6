"""Kazoo's recipes, between two or three sessions each."""

import threading

from peer import Log, connect, until


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


scenes = [lock, lock_modes, election, queue, locking_queue, counter, party]
