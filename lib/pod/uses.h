/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a container that is not podveil's may not have: podveil's volumes, and
 * raw sockets. The client sources its settings from one of them in a root shell, again on each
 * reconnect, so who can write there runs as root with NET_ADMIN.
 */
#ifndef POD_USES_H
#define POD_USES_H

#include "lib/pod/findings.h"

/*
 * Refuse mounts, devices and variables of `container` that are taken from a volume with one of
 * podveil's names, by `reason`. `at` is the container's field. Wrong types are `Malformed`.
 */
void uses_check(struct value container, enum reason reason, const char *at,
                struct findings *findings);

/*
 * Does the container go without NET_RAW? Only the two names that every runtime takes count as
 * dropped: containerd drops nothing for CAP_NET_RAW.
 */
bool uses_no_net_raw(struct value container);

#endif
