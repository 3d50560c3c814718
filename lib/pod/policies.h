/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The policies that one privacy pod needs: the floor of its namespace and the
 * companion of its workload (spec.md 3), as JSON objects.
 *
 * Ownership: a policy_text owns its text until policy_text_done().
 */
#ifndef POD_POLICIES_H
#define POD_POLICIES_H

#include "lib/pod/subject.h"

struct policy_text {
    char namespace[NAME_MAX_LEN + 1];
    char name[NAME_MAX_LEN + 1];
    char *json;                        /* compact */
    bool is_floor;                     /* it stands before any other of its namespace is made */
    char config_id[CONFIG_ID_LEN + 1]; /* by which it is made */
    uint32_t settle_ms; /* where an API server has it: how old it must be before it counts */
};

void policy_text_done(struct policy_text *policy);

int policies_floor(const struct ruleset *ruleset, struct slice namespace, struct policy_text *out,
                   struct error *err) MUST_CHECK;
int policies_companion(const struct subject *subject, struct policy_text *out,
                       struct error *err) MUST_CHECK;

/* Its name alone. */
int policies_name_companion(const struct subject *subject, char out[static NAME_MAX_LEN + 1],
                            struct error *err) MUST_CHECK;

#endif
