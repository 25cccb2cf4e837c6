/* Sessions that lose their connection, and one that expires. */

#include "scenes.h"

/* Cut off while it is watching, and what it watches changes meanwhile. */
void scene_cut(void) {
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

void scene_expiry(void) {
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
