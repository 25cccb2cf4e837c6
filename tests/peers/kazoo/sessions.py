"""Sessions that lose their connection, and one that expires."""

from kazoo.security import CREATOR_ALL_ACL

from peer import Log, code, connect, please


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
    states = log.until(3)
    return {
        "states": states,
        "new": client.client_id[0] != before[0],
        "gone": gone.until(1),
        "events": events.until(1),
        "works": client.create(root + "/e", ephemeral=True),
    }


scenes = [too_large, cut, expiry]
