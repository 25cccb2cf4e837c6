/* The service itself: znodes, watches, multi, ACLs, a chroot. */

#include "scenes.h"

void scene_znodes(zhandle_t *zh) {
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
void scene_containers(zhandle_t *zh) {
    begin("containers");
    create(zh, "/containers", "", 0);
    create2(zh, "/containers/c", "", ZOO_CONTAINER);
    finish(zh, zoo_acreate2_ttl(zh, "/containers/t", "", 0, &ZOO_OPEN_ACL_UNSAFE,
                                ZOO_PERSISTENT_WITH_TTL, 1000, on_string_stat, NULL));
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

void scene_watches(zhandle_t *zh) {
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

void scene_removed_watches(zhandle_t *zh) {
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

void scene_multi(zhandle_t *zh) {
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

void scene_acl(void) {
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

void scene_config(zhandle_t *zh) {
    begin("config");
    finish(zh, zoo_agetconfig(zh, 0, on_data, NULL));
    finish(zh, zoo_areconfig(zh, NULL, "2", NULL, -1, on_data, NULL));
    end();
}

void scene_chroot(zhandle_t *zh) {
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
void scene_close(zhandle_t *zh) {
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
