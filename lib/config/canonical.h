/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A value in canonical JSON: the members of objects sorted by name, strings
 * escaped in one way, no space. Numbers keep their text.
 *
 * Private to this folder. Threads: no shared state.
 * Errors: NULL from canonical() is want of memory, as with every constructor of build.h.
 */
#ifndef CONFIG_CANONICAL_H
#define CONFIG_CANONICAL_H

#include "lib/base/arena.h"
#include "lib/kube/build.h"

/* Names are copied to the arena, which must outlive the result. */
struct build *canonical(struct value v, struct arena *arena);

#endif
