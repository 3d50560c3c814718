/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How what stands behind the server (an API server's caches and loops) makes itself
 * heard in the server's log, metrics and clock.
 *
 * Ownership: borrowed by whoever speaks until it was stopped; texts for the call.
 * Threads:   any; nothing here waits.
 */
#ifndef ADMISSION_VOICE_H
#define ADMISSION_VOICE_H

#include "lib/pod/ruleset.h"

#include <stdbool.h>

enum voice_count {
    VOICE_LEAK, /* a policy that lets privacy pods out, found where it stands already */
};

struct voice {
    void (*say)(void *arg, bool warning, const char *what, const char *detail);
    void (*count)(void *arg, enum voice_count what);
    void (*changed)(void *arg); /* the configuration may be another one: look at it soon */

    /* The ruleset in use, counted; NULL: there is none yet. */
    const struct ruleset *(*ruleset)(void *arg);
    void *arg;
};

#endif
