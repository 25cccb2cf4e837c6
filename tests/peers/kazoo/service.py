"""The service itself: znodes, watches, transactions, ACLs, a chroot."""

from kazoo.security import ACL, CREATOR_ALL_ACL, Id, READ_ACL_UNSAFE, make_digest_acl

from peer import Log, code, connect, fields


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


scenes = [create, sequence, data, children, ephemeral, watches, watchers, transaction, acl, chroot]
