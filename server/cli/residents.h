/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The privacy pods of an input, a template counting as one: how many live where,
 * and which labels they carry.
 *
 * Ownership: owns its tables until residents_done(); borrows from the job.
 * Errors:    of memory.
 * Cost:      n log n in the labels of all pods; a question is log n.
 */
#ifndef CLI_RESIDENTS_H
#define CLI_RESIDENTS_H

#include "server/cli/outcome.h"

struct resident {
    struct slice namespace;
    struct slice gateway;
    struct slice workload; /* as the label has it */
    struct value labels;   /* as they are written: without marks */
};

/* One label of one resident. */
struct carried {
    struct slice namespace;
    struct slice key;
    struct slice value;
    const struct resident *by;
};

struct residents {
    struct arena memory;
    struct resident *items; /* sorted by namespace, gateway, workload */
    size_t count;
    size_t cap;
    struct carried *carried; /* sorted by all of its texts */
    size_t carried_count;
};

int residents_find(struct residents *residents, const struct job *job,
                   struct error *err) MUST_CHECK;
void residents_done(struct residents *residents);
DEFINE_AUTO_IN_PLACE(residents, struct residents, residents_done);

/* Of this namespace, gateway and workload, where those are not {NULL, 0}. Without a namespace each
 * is looked at. */
size_t residents_count(const struct residents *residents, struct slice namespace,
                       struct slice gateway, struct slice workload);

/* Does one that lives there carry all of these labels, an object? */
bool residents_carry(const struct residents *residents, struct slice namespace,
                     struct value labels);

#endif
