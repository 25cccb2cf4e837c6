/* See peer.h. */

#include "peer.h"

#include <poll.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>

#define TIMEOUT 10000

const char *address;

/* ---- what is said */

static char said[1 << 16];
static int commas;

void add(const char *format, ...) {
    size_t at = strlen(said);
    if (commas++) at += sprintf(said + at, ", ");
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(said + at, sizeof said - at, format, arguments);
    va_end(arguments);
}

void begin(const char *name) {
    sprintf(said, "[\"%s\", [", name);
    commas = 0;
}

void end(void) {
    printf("%s]]\n", said);
    fflush(stdout);
}

void fail(const char *what) {
    fprintf(stderr, "%s; said so far: %s\n", what, said);
    exit(1);
}

void done(void) {
    char line[100];
    fflush(stdout);
    if (!fgets(line, sizeof line, stdin)) fail("Nobody answers");
}

/* ---- the loop */

/* One turn; the code of what failed in it, if anything did. */
int turn(zhandle_t *zh) {
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

int answers;

void until_answers(zhandle_t *zh, int count) {
    for (time_t start = time(NULL); answers < count; turn(zh)) {
        if (time(NULL) - start > 20) fail("Waited for an answer for too long");
    }
    answers = 0;
}

void until_state(zhandle_t *zh, int state) {
    for (time_t start = time(NULL); zoo_state(zh) != state; turn(zh)) {
        if (time(NULL) - start > 20) fail("Waited for a state for too long");
    }
}

/* ---- watchers */

int events;

/* Adds each event: type, state, path. Its context is the watcher's name, if it has one. */
void watcher(zhandle_t *zh, int type, int state, const char *path, void *context) {
    (void)zh;
    events++;
    add("[\"%s\", %d, %d, \"%s\"]", context ? (char *)context : "", type, state, path);
}

void silent(zhandle_t *zh, int type, int state, const char *path, void *context) {
    (void)zh, (void)type, (void)state, (void)path, (void)context;
}

void until_events(zhandle_t *zh, int count) {
    for (time_t start = time(NULL); events < count; turn(zh)) {
        if (time(NULL) - start > 20) fail("Waited for an event for too long");
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

void on_void(int rc, const void *context) {
    (void)context;
    answers++;
    add("[%d]", rc);
}

void on_string(int rc, const char *value, const void *context) {
    (void)context;
    answers++;
    if (rc != ZOK) add("[%d]", rc);
    else add("[0, \"%s\"]", value);
}

void on_string_stat(int rc, const char *value, const struct Stat *stat, const void *context) {
    char more[300];
    (void)context;
    answers++;
    if (rc != ZOK) { add("[%d]", rc); return; }
    snprintf(more, sizeof more, ", \"%s\"", value);
    add_stat(rc, more, stat);
}

void on_stat(int rc, const struct Stat *stat, const void *context) {
    (void)context;
    answers++;
    if (rc != ZOK) add("[%d]", rc);
    else add_stat(rc, "", stat);
}

void on_data(int rc, const char *value, int length, const struct Stat *stat,
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

void on_strings_stat(int rc, const struct String_vector *strings, const struct Stat *stat,
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

void on_strings(int rc, const struct String_vector *strings, const void *context) {
    (void)context;
    answers++;
    if (rc != ZOK) { add("[%d]", rc); return; }
    add("[0, %d]", strings->count);
}

void on_acl(int rc, struct ACL_vector *acl, struct Stat *stat, const void *context) {
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
void finish(zhandle_t *zh, int rc) {
    if (rc != ZOK) add("[%d, \"at once\"]", rc);
    else until_answers(zh, 1);
}

void create(zhandle_t *zh, const char *path, const char *data, int mode) {
    finish(zh, zoo_acreate(zh, path, data, data ? (int)strlen(data) : -1, &ZOO_OPEN_ACL_UNSAFE,
                           mode, on_string, NULL));
}

void create2(zhandle_t *zh, const char *path, const char *data, int mode) {
    finish(zh, zoo_acreate2(zh, path, data, strlen(data), &ZOO_OPEN_ACL_UNSAFE, mode,
                            on_string_stat, NULL));
}

void delete(zhandle_t *zh, const char *path, int version) {
    finish(zh, zoo_adelete(zh, path, version, on_void, NULL));
}

void set(zhandle_t *zh, const char *path, const char *data, int version) {
    finish(zh, zoo_aset(zh, path, data, strlen(data), version, on_stat, NULL));
}

void get(zhandle_t *zh, const char *path, char *watch) {
    finish(zh, zoo_awget(zh, path, watch ? watcher : NULL, watch, on_data, NULL));
}

void exists(zhandle_t *zh, const char *path, char *watch) {
    finish(zh, zoo_awexists(zh, path, watch ? watcher : NULL, watch, on_stat, NULL));
}

void children(zhandle_t *zh, const char *path, char *watch) {
    finish(zh, zoo_awget_children2(zh, path, watch ? watcher : NULL, watch, on_strings_stat, NULL));
}

zhandle_t *begin_session(const char *chroot, watcher_fn fn, const clientid_t *id) {
    char host[200];
    snprintf(host, sizeof host, "%s%s", address, chroot);
    zhandle_t *zh = zookeeper_init(host, fn, TIMEOUT, id, NULL, 0);
    if (!zh) fail("No handle");
    return zh;
}

zhandle_t *session(const char *chroot) {
    zhandle_t *zh = begin_session(chroot, silent, NULL);
    until_state(zh, ZOO_CONNECTED_STATE);
    return zh;
}
