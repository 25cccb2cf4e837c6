/* What zookeeper_st, the C client without threads, sees of a server: see program.ts for how it says so. */

#include "scenes.h"

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
