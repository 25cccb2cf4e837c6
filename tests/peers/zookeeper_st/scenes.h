/* All scenes. */

#include "peer.h"

void scene_znodes(zhandle_t *zh);
void scene_containers(zhandle_t *zh);
void scene_watches(zhandle_t *zh);
void scene_removed_watches(zhandle_t *zh);
void scene_multi(zhandle_t *zh);
void scene_acl(void);
void scene_config(zhandle_t *zh);
void scene_chroot(zhandle_t *zh);
void scene_close(zhandle_t *zh);
void scene_cut(void);
void scene_expiry(void);
