/* What all scenes need: a way to say things, the loop, watchers, and requests to their answer. */

#include <stdio.h>
#include <string.h>

#include <zookeeper/zookeeper.h>

extern const char *address;

/* A scene is a line; what it saw is a list, where each answer starts with its code. */
void begin(const char *name);
void add(const char *format, ...);
void end(void);
void fail(const char *what);
/* Waits until what the program asked for is done. */
void done(void);

/* One turn of the loop; the code of what failed in it, if anything did. */
int turn(zhandle_t *zh);
void until_state(zhandle_t *zh, int state);

/* So many answers came, events came; the waiting functions start the count anew. */
extern int answers, events;
void until_answers(zhandle_t *zh, int count);
void until_events(zhandle_t *zh, int count);

/* Adds each event: type, state, path. Its context is the watcher's name, if it has one. */
void watcher(zhandle_t *zh, int type, int state, const char *path, void *context);
void silent(zhandle_t *zh, int type, int state, const char *path, void *context);

zhandle_t *begin_session(const char *chroot, watcher_fn fn, const clientid_t *id);
zhandle_t *session(const char *chroot);

/* Adds the answer of a request, or that it was refused at once. */
void finish(zhandle_t *zh, int rc);
void create(zhandle_t *zh, const char *path, const char *data, int mode);
void create2(zhandle_t *zh, const char *path, const char *data, int mode);
void delete(zhandle_t *zh, const char *path, int version);
void set(zhandle_t *zh, const char *path, const char *data, int version);
void get(zhandle_t *zh, const char *path, char *watch);
void exists(zhandle_t *zh, const char *path, char *watch);
void children(zhandle_t *zh, const char *path, char *watch);

void on_void(int rc, const void *context);
void on_string(int rc, const char *value, const void *context);
void on_string_stat(int rc, const char *value, const struct Stat *stat, const void *context);
void on_data(int rc, const char *value, int length, const struct Stat *stat, const void *context);
void on_stat(int rc, const struct Stat *stat, const void *context);
void on_strings_stat(int rc, const struct String_vector *strings, const struct Stat *stat, const
    void *context);
void on_strings(int rc, const struct String_vector *strings, const void *context);
void on_acl(int rc, struct ACL_vector *acl, struct Stat *stat, const void *context);
