/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A namespace's guard label and a policy, as they are in the caches and as they are made:
 * for an admission (store.c) and for the loop (repair.c) alike.
 *
 * Errors:  the API server's own words.
 * Threads: any but the client's own.
 */
#ifndef CONTROLLER_WRITE_H
#define CONTROLLER_WRITE_H

#include "lib/pod/marks.h"
#include "server/controller/state.h"

#define GOING_MARK MARK_GOING
#define CONFIG_LABEL "podveil.io/config"
#define MANAGED_LABEL "app.kubernetes.io/managed-by"
#define MANAGED_VALUE "podveil"

enum {
    WRITE_MS = 4000, /* one write; the shortest deadline of a review is 5 s by the chart */
};

enum standing {
    STANDS,         /* as it is made */
    STANDS_BY_SPEC, /* labels or annotations are not ours */
    STANDS_CHANGED,
    STANDS_GOING,  /* it will be deleted */
    STANDS_ENDING, /* it was, and a finalizer holds it: no write brings it back */
    STANDS_ABSENT,
};

struct look {
    enum standing standing;
    bool has_config;                   /* does the one that is there name a configuration? */
    char config_id[CONFIG_ID_LEN + 1]; /* which one; "" where it is none that could be */
    int64_t settles_ms;                /* how long until one that stands counts */
    struct policy_mark mark;           /* which one is there */
};

/* How to write. */
struct write_mode {
    bool dry_run; /* only try: nothing is stored, and a namespace may be missing */

    /* Not NULL: gets whose fields were taken, in the API server's words; to know that costs a
     * request more where somebody's were. */
    struct buf *conflict;
};

bool namespace_is_guarded(const struct controller *controller, const char *namespace);
int namespace_guard(struct controller *controller, const char *namespace, bool dry_run,
                    struct error *err) MUST_CHECK;

/* Is the namespace there, and not on its way out? */
bool namespace_is_open(const struct controller *controller, const char *namespace);

int policy_look(const struct controller *controller, const struct policy_text *policy,
                struct look *out, struct error *err) MUST_CHECK;

/* Make it so, whatever is there. `mark` (may be NULL) gets which one that is. */
int policy_write(struct controller *controller, const struct policy_text *policy,
                 const struct write_mode *mode, struct policy_mark *mark,
                 struct error *err) MUST_CHECK;

#endif
