/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ways out of the pods of one workload, and what closes each, by CNI: what
 * every form of explain shows.
 *
 * What holds a way is a set of layers for each CNI (research: kube-router lets
 * ICMP through whatever policies say and takes a moment to see a new pod, flannel
 * enforces none). Where a policy of the input opens one, the policies hold nothing any more.
 *
 * Ownership: texts are the ways' own but for names of objects, which are borrowed from the input.
 * Errors:    of memory.
 */
#ifndef CLI_WAYS_H
#define CLI_WAYS_H

#include "server/cli/around.h"

enum cni { CNI_KUBE_ROUTER, CNI_CALICO, CNI_CILIUM, CNI_FLANNEL, CNI_COUNT };

enum hold {
    HOLD_NONE = 0,
    HOLD_POLICY = 1, /* floor and companion */
    HOLD_LOCK = 2,   /* the packet filter in the pod */
    HOLD_RAW = 4,    /* NET_RAW is dropped */
    HOLD_RULE = 8,   /* podveil refuses the object that would open it */
};

enum way_state {
    WAY_TUNNEL, /* where traffic is meant to go */
    WAY_CLOSED,
    WAY_INSIDE, /* open on purpose, and stays in the cluster or the LAN */
    WAY_OPEN,   /* left open: by the configuration, or by nature */
    WAY_LEAK,   /* an object of the input opens it */
};

enum { WAY_TEXT = 192, WAYS_MAX = 16 };

struct way {
    const char *name;
    enum way_state state;
    bool by_cni;                    /* `holds` tells it; else `text` does */
    unsigned char holds[CNI_COUNT]; /* of enum hold */
    char text[WAY_TEXT];
    char end[LEAK_WITNESS]; /* where it ends, in a few words */
};

/* What the workload is to podveil. */
enum standing {
    STANDING_PRIVATE,
    STANDING_PLAIN,   /* not private: nothing is closed */
    STANDING_GATEWAY, /* one of a gateway's own pods */
    STANDING_DENIED,  /* not let in for what it is; it has no ways */
};

struct ways {
    const struct object *object;
    struct slice namespace;
    enum standing standing;
    const char *gateway; /* its name, of a private one */
    const char *message; /* of a denial; the outcome's own */

    struct in_the_way policies;      /* those of the input that open a way */
    const struct offender *offender; /* the first, or NULL */

    struct way items[WAYS_MAX];
    size_t count;
};

extern const char *const cni_names[CNI_COUNT];       /* over a column */
extern const char *const cni_short_names[CNI_COUNT]; /* in a list */

/* "policy + lock"; "OPEN" for HOLD_NONE. */
const char *hold_text(unsigned holds);

int ways_find(const struct job *job, const struct around *around, const struct object *object,
              const struct outcome *outcome, struct ways *out, struct error *err) MUST_CHECK;

#endif
