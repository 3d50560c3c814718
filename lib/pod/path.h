/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Paths of files as text: what a path means after //, /./ and /../, and how
 * two of them lie. No disk is looked at: a symbolic link is not seen.
 *
 * Threads: no shared state.
 */
#ifndef POD_PATH_H
#define POD_PATH_H

#include "lib/base/slice.h"

enum { PATH_LEN = 4096 };

/*
 * The path without doubled or trailing slashes and without . and .. ("/" above the root stays
 * "/"); a relative path is taken from "/", as the kubelet does. False where it is longer than
 * PATH_LEN.
 */
bool path_clean(struct slice path, char out[static PATH_LEN + 1]);

/* Has it a component ".."? */
bool path_climbs(struct slice path);

/* Both clean: is `path` the same as `above`, or inside it? */
bool path_is_in(const char *path, const char *above);

/* Both clean: is one in the other? */
bool path_touches(const char *a, const char *b);

#endif
