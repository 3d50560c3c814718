/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The client's settings as the shell text that our containers carry (spec.md 3).
 *
 * A root shell sources settings.sh, so only what the configuration checked goes
 * in: canonical CIDRs and addresses, and numbers.
 *
 * Errors: the buffer's, asked by the caller.
 */
#ifndef POD_SETTINGS_H
#define POD_SETTINGS_H

#include "lib/config/config.h"

enum { SETTINGS_MAX = 65536 }; /* some thousand CIDRs; one argument may have 128 KiB */

/* settings.sh, its five lines. */
void settings_print(const struct config *config, const struct gateway *gateway, struct buf *out);

/* What of IPv6 the lock lets out: pod, service, local, node, probe CIDRs, one space between. */
void settings_cidrs6(const struct config *config, struct buf *out);

#endif
