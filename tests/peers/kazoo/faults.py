"""What kazoo sees of the faults that a server in memory can have: see program.ts."""

import logging
import sys
import time

from kazoo.security import CREATOR_ALL_ACL

from peer import Log, code, connect, please, say

logging.basicConfig(level=logging.WARNING, stream=sys.stderr)


def hexadecimal(client):
    return "%x" % (client.client_id[0] & 0xffffffffffffffff)


class Session:
    """A session of its own, and the states that kazoo tells of."""

    def __init__(self, **options):
        self.client = connect(**options)
        self.id = self.client.client_id[0]
        self.hex = hexadecimal(self.client)
        self.states = Log()
        self.client.add_listener(self.states.add)

    def came_back(self):
        """The states of a loss and a return, and whether it is the same session."""
        return self.states.until(2), self.client.client_id[0] == self.id


def lost_create(zk, root):
    """A lock whose znode was created although kazoo was told of a loss: it finds it again."""
    one = Session()
    lock = one.client.Lock(root, "me")
    one.client.ensure_path(root)
    please("loseReply", one.hex)
    acquired = lock.acquire(timeout=20)
    return [acquired, len(zk.get_children(root)), one.came_back(), lock.release(),
            zk.get_children(root)]


def lost_set(zk, root):
    one = Session()
    please("loseReply", one.hex)
    return [code(one.client.set, root, b"done"), zk.get(root)[0].decode(), zk.exists(root).version,
            one.came_back()]


def cut_reply(zk, root):
    """A reply that ends in its middle."""
    one = Session()
    zk.set(root, b"x" * 1000)
    please("dropAfter", one.hex, "500")
    return [code(one.client.get, root), one.came_back(), len(one.client.get(root)[0])]


def single_bytes(zk, root):
    one = Session()
    zk.set(root, b"x" * 100)
    please("trickle", one.hex)
    seen = [len(one.client.get(root)[0]), one.client.create(root + "/a"),
            one.client.get_children(root)]
    please("heal")
    return seen + [one.states.entries]


def latency(zk, root):
    one = Session()
    please("delay", one.hex, "100")
    start = time.monotonic()
    one.client.exists(root)
    took = time.monotonic() - start
    please("heal")
    return [took >= 0.1, one.states.entries]


def half_open(zk, root):
    """Nobody answers and nobody hangs up: kazoo notices when it is time for a ping's reply."""
    one = Session(timeout=2)
    one.client.create(root + "/e", ephemeral=True)
    please("halfOpen", one.hex)
    return [one.came_back(), zk.exists(root + "/e").ephemeralOwner == one.id]


def stalled(zk, root):
    """A server that answers nobody for a while: what was asked meanwhile is answered then."""
    one = Session()
    please("stall")
    pending = [one.client.create_async(root + "/" + name) for name in ("a", "b")]
    before = pending[0].wait(0.1)
    please("resume")
    return [before, [each.get(timeout=20) for each in pending], one.states.entries]


def restart(zk, root):
    """The server goes and comes back, with znodes and sessions."""
    one = Session()
    one.client.create(root + "/e", ephemeral=True)
    please("refuse")
    suspended = one.states.until(1)
    please("heal")
    return [suspended, one.came_back(), zk.retry(zk.exists, root + "/e").ephemeralOwner == one.id]


def moved(zk, root):
    """The session's next request tells it that another server has it: it connects again."""
    one = Session()
    please("move", one.hex)
    return [code(one.client.set, root, b"no"), one.came_back(), one.client.get(root)[0].decode()]


def changed_id(zk, root):
    """It returns under another id, and its ephemerals are those of a session that is no more."""
    one = Session(auth_data=[("digest", "me:secret")])
    one.client.create(root + "/mine", b"mine", acl=CREATOR_ALL_ACL)
    please("changeSessionId", one.hex)
    please("drop")
    came_back = one.came_back()
    return [came_back, one.client.retry(one.client.get, root + "/mine")[0].decode()]


def read_only(zk, root):
    zk.retry(zk.set, root, b"there")
    please("readOnly", "on")
    one = Session(read_only=True)
    seen = [one.client.client_state, one.client.get(root)[0].decode(),
            code(one.client.set, root, b"no")]
    please("readOnly", "off")
    seen.append(one.states.until(3))
    return seen + [one.client.retry(one.client.set, root, b"yes").version]


def wiped(zk, root):
    """A server that has lost everything turns those away who have seen more than it has."""
    one = Session()
    please("wipe")
    states = one.states.until(1)
    new = connect()
    return [states, one.client.connected, new.get_children("/"), new.create("/again")]


def main():
    zk = connect()
    for scene in (lost_create, lost_set, cut_reply, single_bytes, latency, half_open, stalled,
                  restart, moved, changed_id, read_only, wiped):
        root = "/" + scene.__name__
        zk.retry(zk.create, root)
        say(scene.__name__, scene(zk, root))


main()
