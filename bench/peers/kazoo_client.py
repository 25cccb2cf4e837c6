"""kazoo, the client in Python. The arguments are those of ../task.ts, the line is ../meter.ts's.

Completions run in kazoo's own thread, which submits the next operations, too.
"""

import json
import math
import os
import resource
import sys
import threading
import time

from kazoo.client import KazooClient

server, operation, depth, size, seconds = sys.argv[1:6]
depth, size, seconds = int(depth), int(size), float(seconds)
path, data = f"/bench/d{size}", bytes(size)
TIMED_EACH = 16


class Load:
    """DEPTH chains, and what is known of them."""

    def __init__(self):
        self.start = math.inf
        self.until = math.inf
        self.cpu = 0.0
        self.done = 0
        self.over = False
        self.running = depth
        self.latencies = []
        self.line = ""
        self.finished = threading.Event()

    def begin(self):
        self.start = time.monotonic() + 0.75 * seconds
        for index in range(depth):
            Chain(index).submit()

    def lap(self, began):
        now = time.monotonic()
        if now >= self.until:
            self.over = True
            self.measure(now)
        elif self.until < math.inf:
            self.latencies.append(1e6 * (now - began))
        elif now >= self.start:
            self.start, self.until, self.cpu, self.done = now, now + seconds, cpu(), 0
        return now

    def measure(self, now):
        used = cpu() - self.cpu
        self.latencies.sort()
        self.line = json.dumps({
            "rate": self.done / (now - self.start),
            "cpu": 1e6 * used / self.done,
            "p50": self.percentile(0.5),
            "p99": self.percentile(0.99),
            "rss": peak_megabytes(),
        })

    def percentile(self, share):
        count = len(self.latencies)
        if count * (1 - share) < 1 - 1e-9:
            return None
        return self.latencies[math.ceil(share * count) - 1]


class Chain:
    """One of DEPTH: each answer begins the next operation."""

    def __init__(self, index):
        self.own = f"/bench/w{index}"
        self.timed = index % TIMED_EACH == 0
        self.began = time.monotonic()

    def submit(self):
        if operation == "get":
            result = zk.get_async(path)
        elif operation == "set":
            result = zk.set_async(path, data)
        elif operation == "exists":
            result = zk.exists_async(path, watch)
        elif operation == "multi":
            result = multi()
        elif operation == "children":
            result = zk.get_children_async("/bench/c1000")
        else:
            return zk.create_async(self.own, data).rawlink(self.created)
        result.rawlink(self.finished)

    def created(self, result):
        result.get_nowait()
        zk.delete_async(self.own).rawlink(self.finished)

    def finished(self, result):
        try:
            result.get_nowait()
        except Exception as error:
            print(f"An operation failed with {error!r}", file=sys.stderr, flush=True)
            os._exit(1)
        load.done += 1
        if self.timed and not load.over:
            self.began = load.lap(self.began)
        if not load.over:
            return self.submit()
        load.running -= 1
        if load.running == 0:
            load.finished.set()


def multi():
    transaction = zk.transaction()
    for _ in range(10):
        transaction.set_data(path, data)
    return transaction.commit_async()


def watch(event):
    pass


def peak_megabytes():
    """What getrusage says begins with what the process that started this one had."""
    try:
        with open("/proc/self/status") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmHWM:")) / 1024
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def cpu():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


zk = KazooClient(hosts=server, timeout=30)
zk.start()
load = Load()
# Begun where all else happens, in kazoo's thread: only then no two threads share the load.
zk.exists_async("/").rawlink(lambda _: load.begin())
load.finished.wait()
print(load.line, flush=True)
os._exit(0)
