"""What all scenes need: sessions, a way to say things, and to wait for them."""

import json
import sys
import threading

from kazoo.client import KazooClient
from kazoo.exceptions import KazooException

address = sys.argv[-1]
clients = []


def connect(chroot="", timeout=10, **options):
    client = KazooClient(address + chroot, timeout=timeout, **options)
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


def until(ask):
    """The answer, once there is one. A moment passes with each question to the server."""
    for _ in range(10000):
        answer = ask()
        if answer:
            return answer
    raise AssertionError("Waited for too long")


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
