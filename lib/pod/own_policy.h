/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which of podveil's own policies an object is, whoever wrote it, and what that one has to
 * be (spec.md 3).
 *
 * A floor is told by its name, a companion by its name and the pods that it selects together, as
 * either setting of `companion` makes it. So a policy that only borrows a companion's name, or
 * selects a workload's pods under another, is none: it is judged as any other, and the name is
 * podveil's to take back.
 *
 * Ownership: owns nothing but its names.
 * Errors:    no memory.
 */
#ifndef POD_OWN_POLICY_H
#define POD_OWN_POLICY_H

#include "lib/pod/names.h"
#include "lib/pod/ruleset.h"

enum own_kind {
    OWN_NONE,
    OWN_FLOOR,
    OWN_COMPANION,
};

struct own_policy {
    enum own_kind kind;
    char gateway[LABEL_VALUE_MAX + 1];  /* of a companion's pods; else "" */
    char workload[LABEL_VALUE_MAX + 1]; /* their podveil.io/workload; "": all of the gateway's */
};

int own_policy_of(struct value policy, struct own_policy *out, struct error *err) MUST_CHECK;

/* The whole object, but for its name and namespace, appended to `out`. Nothing where the ruleset
 * has no such gateway. */
int own_policy_print(const struct own_policy *own, const struct ruleset *ruleset, struct buf *out,
                     struct error *err) MUST_CHECK;

#endif
