/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A policy that is printed once a configuration and filled in once a pod: the
 * text of floor or companion (companion.h) with holes where its names stand.
 *
 * For the admission of a pod, which needs both texts each time. What a policy
 * is made of is companion.c's alone; here is only where the holes are.
 *
 * Ownership: a form's text comes from the arena and lives as long.
 * Threads:   a form is read-only once it is made.
 */
#ifndef NETPOL_FORM_H
#define NETPOL_FORM_H

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/netpol/companion.h"

enum { FORM_MAX_HOLES = 3 };

struct policy_form {
    struct slice pieces[FORM_MAX_HOLES + 1]; /* before, between and behind the holes */
    size_t len;                              /* of all pieces */
    size_t holes;
};

int form_of_floor(const char *config_id, struct arena *arena, struct policy_form *out,
                  struct error *err) MUST_CHECK;

/* each: one a workload, whose name is a hole too; else one a gateway and namespace. */
int form_of_companion(const char *config_id, bool each, const struct companion_target *target,
                      struct arena *arena, struct policy_form *out, struct error *err) MUST_CHECK;

/* What stands in the holes. `workload` is not looked at where the form has no place for it. */
struct form_names {
    struct slice name;
    struct slice namespace;
    struct slice workload;
};

/* Append the policy, compact. The caller asks buf_check(). */
void form_fill(const struct policy_form *form, const struct form_names *names, struct buf *out);

#endif
