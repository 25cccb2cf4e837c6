/*
 * What zookeeper_st, the C client without threads, sees of a server: see program.ts for how it
 * says so. A scene is a line; what it saw is a list, where each answer starts with its code.
 */

#include <poll.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#include <zookeeper/zookeeper.h>

#define TIMEOUT 10000

static const char *address;

/* ---- what is said */

static char said[1 << 16];
static int commas;

static void add(const char *format, ...) {
    size_t at = strlen(said);
    if (commas++) at += sprintf(said + at, ", ");
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(said + at, sizeof said - at, format, arguments);
    va_end(arguments);
}

static void begin(const char *name) {
    sprintf(said, "[\"%s\", [", name);
    commas = 0;
}

static void end(void) {
    printf("%s]]\n", said);
    fflush(stdout);
}

static void fail(const char *what) {
    fprintf(stderr, "%s; said so far: %s\n", what, said);
    exit(1);
}

static void done(void) {
    char line[100];
    fflush(stdout);
    if (!fgets(line, sizeof line, stdin)) fail("Nobody answers");
}

/* ---- the loop */

/* One turn; the code of what failed in it, if anything did. */
static int turn(zhandle_t *zh) {
    int fd = -1, interest = 0;
    struct timeval tv = {0, 0};
    int rc = zookeeper_interest(zh, &fd, &interest, &tv);
    if (rc != ZOK) return rc;
    struct pollfd one = {fd, 0, 0};
    if (interest & ZOOKEEPER_READ) one.events |= POLLIN;
    if (interest & ZOOKEEPER_WRITE) one.events |= POLLOUT;
    int wait = tv.tv_sec * 1000 + tv.tv_usec / 1000 + 1;
    if (poll(&one, fd < 0 ? 0 : 1, wait) <= 0) return ZOK;
    int events = 0;
    if (one.revents & (POLLIN | POLLHUP | POLLERR)) events |= ZOOKEEPER_READ;
    if (one.revents & POLLOUT) events |= ZOOKEEPER_WRITE;
    return zookeeper_process(zh, events);
}

static int answers;

static void until_answers(zhandle_t *zh, int count) {
    for (int turns = 0; answers < count; turns++) {
        if (turns > 10000) fail("Waited for an answer for too long");
        turn(zh);
    }
    answers = 0;
}

static void until_state(zhandle_t *zh, int state) {
    for (int turns = 0; zoo_state(zh) != state; turns++) {
        if (turns > 10000) fail("Waited for a state for too long");
        turn(zh);
    }
}

/* ---- watchers */

static int events;

/* Adds each event: type, state, path. Its context is the watcher's name, if it has one. */
static void watcher(zhandle_t *zh, int type, int state, const char *path, void *context) {
    (void)zh;
    events++;
    add("[\"%s\", %d, %d, \"%s\"]", context ? (char *)context : "", type, state, path);
}

static void silent(zhandle_t *zh, int type, int state, const char *path, void *context) {
    (void)zh, (void)type, (void)state, (void)path, (void)context;
}

static void until_events(zhandle_t *zh, int count) {
    for (int turns = 0; events < count; turns++) {
        if (turns > 10000) fail("Waited for an event for too long");
        turn(zh);
    }
    events = 0;
}

/* ---- completions */

static void add_stat(int rc, const char *more, const struct Stat *stat) {
    add("[%d%s, %d, %d, %d, \"%llx\", %d, %d]", rc, more, stat->version, stat->cversion,
        stat->aversion,
        /* A session's id is another each time. */
        (unsigned long long)((uint64_t)stat->ephemeralOwner >> 63 ? stat->ephemeralOwner
                                                                   : stat->ephemeralOwner != 0),
        stat->dataLength, stat->numChildren);
}

static void on_void(int rc, const void *context) {
    (void)context;
    answers++;
    add("[%d]", rc);
}

static void on_string(int rc, const char *value, const void *context) {
    (void)context;
    answers++;
    if (rc != ZOK) add("[%d]", rc);
    else add("[0, \"%s\"]", value);
}

static void on_string_stat(int rc, const char *value, const struct Stat *stat, const void *context) {
    char more[300];
    (void)context;
    answers++;
    if (rc != ZOK) { add("[%d]", rc); return; }
    snprintf(more, sizeof more, ", \"%s\"", value);
    add_stat(rc, more, stat);
}

static void on_stat(int rc, const struct Stat *stat, const void *context) {
    (void)context;
    answers++;
    if (rc != ZOK) add("[%d]", rc);
    else add_stat(rc, "", stat);
}

static void on_data(int rc, const char *value, int length, const struct Stat *stat,
                    const void *context) {
    char more[300] = ", null";
    (void)context;
    answers++;
    if (rc != ZOK) { add("[%d]", rc); return; }
    if (length >= 0) snprintf(more, sizeof more, ", \"%.*s\"", length, value);
    add_stat(rc, more, stat);
}

static int by_name(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void on_strings_stat(int rc, const struct String_vector *strings, const struct Stat *stat,
                            const void *context) {
    char more[1000] = "";
    (void)context;
    answers++;
    if (rc != ZOK) { add("[%d]", rc); return; }
    qsort(strings->data, strings->count, sizeof *strings->data, by_name);
    for (int i = 0; i < strings->count; i++) {
        sprintf(more + strlen(more), ", \"%s\"", strings->data[i]);
    }
    add_stat(rc, more, stat);
}

static void on_strings(int rc, const struct String_vector *strings, const void *context) {
    (void)context;
    answers++;
    if (rc != ZOK) { add("[%d]", rc); return; }
    add("[0, %d]", strings->count);
}

static void on_acl(int rc, struct ACL_vector *acl, struct Stat *stat, const void *context) {
    char more[300] = "";
    (void)context;
    answers++;
    if (rc != ZOK) { add("[%d]", rc); return; }
    for (int i = 0; i < acl->count; i++) {
        sprintf(more + strlen(more), ", %d, \"%s:%s\"", acl->data[i].perms,
                acl->data[i].id.scheme, acl->data[i].id.id);
    }
    add_stat(rc, more, stat);
}

/* ---- requests, each to its answer */

/* A request that is refused at once has no answer. */
static void finish(zhandle_t *zh, int rc) {
    if (rc != ZOK) add("[%d, \"at once\"]", rc);
    else until_answers(zh, 1);
}

static void create(zhandle_t *zh, const char *path, const char *data, int mode) {
    finish(zh, zoo_acreate(zh, path, data, data ? (int)strlen(data) : -1, &ZOO_OPEN_ACL_UNSAFE,
                           mode, on_string, NULL));
}

static void create2(zhandle_t *zh, const char *path, const char *data, int mode) {
    finish(zh, zoo_acreate2(zh, path, data, strlen(data), &ZOO_OPEN_ACL_UNSAFE, mode,
                            on_string_stat, NULL));
}

static void delete(zhandle_t *zh, const char *path, int version) {
    finish(zh, zoo_adelete(zh, path, version, on_void, NULL));
}

static void set(zhandle_t *zh, const char *path, const char *data, int version) {
    finish(zh, zoo_aset(zh, path, data, strlen(data), version, on_stat, NULL));
}

static void get(zhandle_t *zh, const char *path, char *watch) {
    finish(zh, zoo_awget(zh, path, watch ? watcher : NULL, watch, on_data, NULL));
}

static void exists(zhandle_t *zh, const char *path, char *watch) {
    finish(zh, zoo_awexists(zh, path, watch ? watcher : NULL, watch, on_stat, NULL));
}

static void children(zhandle_t *zh, const char *path, char *watch) {
    finish(zh, zoo_awget_children2(zh, path, watch ? watcher : NULL, watch, on_strings_stat, NULL));
}

static zhandle_t *begin_session(const char *chroot, watcher_fn fn, const clientid_t *id) {
    char host[200];
    snprintf(host, sizeof host, "%s%s", address, chroot);
    zhandle_t *zh = zookeeper_init(host, fn, TIMEOUT, id, NULL, 0);
    if (!zh) fail("No handle");
    return zh;
}

static zhandle_t *session(const char *chroot) {
    zhandle_t *zh = begin_session(chroot, silent, NULL);
    until_state(zh, ZOO_CONNECTED_STATE);
    return zh;
}

/* ---- scenes */

static void scene_znodes(zhandle_t *zh) {
    begin("znodes");
    create(zh, "/znodes", "root", 0);
    create(zh, "/znodes", "", 0);
    create(zh, "/none/a", "", 0);
    create2(zh, "/znodes/a", "12345", 0);
    create(zh, "/znodes/null", NULL, 0);
    get(zh, "/znodes/null", NULL);
    create(zh, "/znodes/s-", "", ZOO_SEQUENCE);
    create(zh, "/znodes/s-", "", ZOO_SEQUENCE | ZOO_EPHEMERAL);
    create2(zh, "/znodes/e", "", ZOO_EPHEMERAL);
    create(zh, "/znodes/e/child", "", 0);
    get(zh, "/znodes/a", NULL);
    set(zh, "/znodes/a", "two", 0);
    set(zh, "/znodes/a", "three", 0);
    exists(zh, "/znodes/a", NULL);
    exists(zh, "/znodes/b", NULL);
    get(zh, "/znodes/b", NULL);
    children(zh, "/znodes", NULL);
    children(zh, "/znodes/b", NULL);
    finish(zh, zoo_aget_children(zh, "/znodes", 0, on_strings, NULL));
    delete(zh, "/znodes", -1);
    delete(zh, "/znodes/a", 0);
    delete(zh, "/znodes/a", 1);
    delete(zh, "/znodes/a", -1);
    finish(zh, zoo_async(zh, "/znodes", on_string, NULL));
    finish(zh, zoo_aget(zh, "no slash", 0, on_data, NULL));
    exists(zh, "/znodes", NULL);
    end();
}

/* Containers go when their last child has gone, those with a time to live when it is over. */
static void scene_containers(zhandle_t *zh) {
    begin("containers");
    create(zh, "/containers", "", 0);
    create2(zh, "/containers/c", "", ZOO_CONTAINER);
    finish(zh, zoo_acreate2_ttl(zh, "/containers/t", "", 0, &ZOO_OPEN_ACL_UNSAFE,
                                ZOO_PERSISTENT_WITH_TTL, 400, on_string_stat, NULL));
    exists(zh, "/containers/t", "ttl");
    until_events(zh, 1);
    finish(zh, zoo_acreate_ttl(zh, "/containers/t-", "", 0, &ZOO_OPEN_ACL_UNSAFE,
                               ZOO_PERSISTENT_SEQUENTIAL_WITH_TTL, 100000, on_string, NULL));
    create(zh, "/containers/c/child", "", 0);
    exists(zh, "/containers/c", "container");
    delete(zh, "/containers/c/child", -1);
    until_events(zh, 1);
    children(zh, "/containers", NULL);
    end();
}

static void scene_watches(zhandle_t *zh) {
    begin("watches");
    exists(zh, "/watches", "exists");
    create(zh, "/watches", "", 0);
    until_events(zh, 1);
    get(zh, "/watches", "get");
    get(zh, "/watches", "get too");
    children(zh, "/watches", "children");
    set(zh, "/watches", "1", -1);
    until_events(zh, 2);
    /* A watch that has fired is gone. */
    set(zh, "/watches", "2", -1);
    create(zh, "/watches/a", "", 0);
    until_events(zh, 1);
    get(zh, "/watches/a", "get");
    exists(zh, "/watches/a", "exists");
    children(zh, "/watches/a", "children");
    children(zh, "/watches", "parent");
    delete(zh, "/watches/a", -1);
    until_events(zh, 4);
    end();
}

static void scene_removed_watches(zhandle_t *zh) {
    begin("removed watches");
    create(zh, "/removed", "", 0);
    char *first = "first", *second = "second";
    get(zh, "/removed", first);
    get(zh, "/removed", second);
    finish(zh, zoo_aremove_watches(zh, "/removed", ZWATCHTYPE_DATA, watcher, first, 0,
                                   (void_completion_t *)on_void, NULL));
    finish(zh, zoo_aremove_watches(zh, "/removed", ZWATCHTYPE_CHILD, watcher, first, 0,
                                   (void_completion_t *)on_void, NULL));
    set(zh, "/removed", "1", -1);
    until_events(zh, 1);
    children(zh, "/removed", first);
    finish(zh, zoo_aremove_all_watches(zh, "/removed", ZWATCHTYPE_ANY, 0,
                                       (void_completion_t *)on_void, NULL));
    create(zh, "/removed/a", "", 0);
    end();
}

static void on_multi(int rc, const void *results) {
    const zoo_op_result_t *all = results;
    answers++;
    add("[%d, %d, %d, %d, %d]", rc, all[0].err, all[1].err, all[2].err, all[3].err);
}

static void scene_multi(zhandle_t *zh) {
    zoo_op_t ops[4];
    zoo_op_result_t results[4];
    char path[100], path2[100];
    struct Stat stat = {0};
    begin("multi");
    create(zh, "/multi", "", 0);
    zoo_create_op_init(&ops[0], "/multi/s-", "1", 1, &ZOO_OPEN_ACL_UNSAFE, ZOO_SEQUENCE, path, 100);
    zoo_set_op_init(&ops[1], "/multi", "new", 3, 0, &stat);
    zoo_check_op_init(&ops[2], "/multi/s-0000000000", 0);
    zoo_delete_op_init(&ops[3], "/multi/s-0000000000", 0);
    finish(zh, zoo_amulti(zh, 4, ops, results, on_multi, results));
    add("\"%s\", %d", path, stat.version);
    zoo_create_op_init(&ops[0], "/multi/a", "", 0, &ZOO_OPEN_ACL_UNSAFE, 0, path, 100);
    zoo_check_op_init(&ops[1], "/multi", 0);
    zoo_delete_op_init(&ops[2], "/multi/a", -1);
    zoo_create_op_init(&ops[3], "/none/a", "", 0, &ZOO_OPEN_ACL_UNSAFE, 0, path2, 100);
    finish(zh, zoo_amulti(zh, 4, ops, results, on_multi, results));
    zoo_check_op_init(&ops[1], "/multi", 1);
    finish(zh, zoo_amulti(zh, 4, ops, results, on_multi, results));
    children(zh, "/multi", NULL);
    end();
}

static void scene_acl(void) {
    struct ACL wrong = {ZOO_PERM_ALL, {"nothing", ""}};
    struct ACL_vector wrongs = {1, &wrong};
    zhandle_t *owner = session(""), *stranger = session("");
    begin("acl");
    finish(owner, zoo_add_auth(owner, "digest", "me:secret", 9, on_void, NULL));
    finish(owner, zoo_acreate(owner, "/acl", "mine", 4, &ZOO_CREATOR_ALL_ACL, 0, on_string, NULL));
    finish(owner, zoo_aget_acl(owner, "/acl", on_acl, NULL));
    get(stranger, "/acl", NULL);
    set(stranger, "/acl", "", -1);
    create(stranger, "/acl/a", "", 0);
    children(stranger, "/acl", NULL);
    exists(stranger, "/acl", NULL);
    finish(stranger, zoo_aset_acl(stranger, "/acl", -1, &ZOO_OPEN_ACL_UNSAFE, on_void, NULL));
    finish(owner, zoo_aset_acl(owner, "/acl", 7, &ZOO_READ_ACL_UNSAFE, on_void, NULL));
    finish(owner, zoo_aset_acl(owner, "/acl", 0, &wrongs, on_void, NULL));
    finish(owner, zoo_aset_acl(owner, "/acl", 0, &ZOO_READ_ACL_UNSAFE, on_void, NULL));
    finish(stranger, zoo_aget_acl(stranger, "/acl", on_acl, NULL));
    set(stranger, "/acl", "", -1);
    get(stranger, "/acl", NULL);
    finish(stranger, zoo_acreate(stranger, "/acl2", "", 0, &ZOO_CREATOR_ALL_ACL, 0, on_string, NULL));
    /* A scheme that there is not costs the session. */
    zoo_set_watcher(stranger, watcher);
    finish(stranger, zoo_add_auth(stranger, "nothing", "me", 2, on_void, NULL));
    until_state(stranger, ZOO_AUTH_FAILED_STATE);
    get(stranger, "/acl", NULL);
    end();
    zookeeper_close(stranger);
    zookeeper_close(owner);
}

static void scene_config(zhandle_t *zh) {
    begin("config");
    finish(zh, zoo_agetconfig(zh, 0, on_data, NULL));
    finish(zh, zoo_areconfig(zh, NULL, "2", NULL, -1, on_data, NULL));
    end();
}

static void scene_chroot(zhandle_t *zh) {
    zhandle_t *inside = session("/chroot/in");
    begin("chroot");
    create(inside, "/a", "", 0);
    create(zh, "/chroot", "", 0);
    create(zh, "/chroot/in", "inside", 0);
    get(inside, "/", NULL);
    children(inside, "/", "root");
    create2(inside, "/s-", "", ZOO_SEQUENCE);
    until_events(inside, 1);
    children(zh, "/chroot/in", NULL);
    end();
    zookeeper_close(inside);
}

/* The znodes of a session that is closed go with it. */
static void scene_close(zhandle_t *zh) {
    zhandle_t *other = session("");
    begin("close");
    create(zh, "/close", "", 0);
    create(other, "/close/e", "", ZOO_EPHEMERAL);
    exists(zh, "/close/e", "ephemeral");
    zookeeper_close(other);
    until_events(zh, 1);
    children(zh, "/close", NULL);
    end();
}

/* Cut off while it is watching, and what it watches changes meanwhile. */
static void scene_cut(void) {
    zhandle_t *zh = session(""), *other = session("");
    zoo_set_watcher(zh, watcher);
    begin("cut");
    finish(zh, zoo_add_auth(zh, "digest", "me:secret", 9, on_void, NULL));
    create(zh, "/cut", "", 0);
    create(zh, "/cut/e", "", ZOO_EPHEMERAL);
    create(zh, "/cut/gone", "", 0);
    finish(zh, zoo_acreate(zh, "/cut/mine", "mine", 4, &ZOO_CREATOR_ALL_ACL, 0, on_string, NULL));
    clientid_t before = *zoo_client_id(zh);
    get(zh, "/cut", "data");
    children(zh, "/cut", "children");
    exists(zh, "/cut/e", "exists");
    exists(zh, "/cut/new", "none");
    get(zh, "/cut/gone", "gone");
    printf("[\"please\", \"drop\"]\n");
    done();
    /* It has not looked yet; the other is first. */
    while (turn(other) != ZCONNECTIONLOSS);
    until_state(other, ZOO_CONNECTED_STATE);
    set(other, "/cut", "meanwhile", -1);
    create(other, "/cut/new", "", 0);
    delete(other, "/cut/gone", -1);
    /* Each watcher is told of the loss and of the return, and then of what it missed. (To send
     * before the loss is noticed would corrupt the next connection: a defect of this client.) */
    while (turn(zh) != ZCONNECTIONLOSS);
    get(zh, "/cut/mine", NULL);
    add("%d", memcmp(&before, zoo_client_id(zh), sizeof before));
    get(other, "/cut/e", NULL);
    /* A watch that had nothing to tell still stands. */
    zoo_set_watcher(zh, silent);
    events = 0;
    set(other, "/cut/e", "now", -1);
    until_events(zh, 1);
    zookeeper_close(other);

    /* Whoever has its id and password is the session; with a wrong one it is none. */
    zhandle_t *again = begin_session("", silent, &before);
    until_state(again, ZOO_CONNECTED_STATE);
    add("%d", memcmp(&before, zoo_client_id(again), sizeof before));
    get(again, "/cut/e", NULL);
    before.passwd[0] ^= 1;
    zhandle_t *wrong = begin_session("", watcher, &before);
    until_state(wrong, ZOO_EXPIRED_SESSION_STATE);
    end();
    zookeeper_close(wrong);
    zookeeper_close(again);
    zookeeper_close(zh);
}

static void scene_expiry(void) {
    zhandle_t *zh = session("");
    begin("expiry");
    create(zh, "/expiry", "", 0);
    create(zh, "/expiry/e", "", ZOO_EPHEMERAL);
    get(zh, "/expiry", "data");
    zoo_set_watcher(zh, watcher);
    const clientid_t *id = zoo_client_id(zh);
    printf("[\"please\", \"expire\", \"%llx\", \"", (unsigned long long)id->client_id);
    for (int i = 0; i < 16; i++) printf("%02x", (unsigned char)id->passwd[i]);
    printf("\"]\n");
    done();
    until_state(zh, ZOO_EXPIRED_SESSION_STATE);
    get(zh, "/expiry", NULL);
    zookeeper_close(zh);
    zh = session("");
    exists(zh, "/expiry/e", NULL);
    end();
    zookeeper_close(zh);
}

int main(int count, char **arguments) {
    address = arguments[count - 1];
    zoo_set_debug_level(ZOO_LOG_LEVEL_ERROR);
    zhandle_t *zh = session("");
    scene_znodes(zh);
    scene_containers(zh);
    scene_watches(zh);
    scene_removed_watches(zh);
    scene_multi(zh);
    scene_acl();
    scene_config(zh);
    scene_chroot(zh);
    scene_close(zh);
    scene_expiry();
    /* Cuts the others off as well. */
    scene_cut();
    zookeeper_close(zh);
    return 0;
}
