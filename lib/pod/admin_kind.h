/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kinds of policies beside NetworkPolicy whose allow could outrank the killswitch, or be united
 * with it (`AdminAllow`), and by whom they are enforced.
 *
 * To add one: a validator that handles it, and a line here.
 *
 * Threads: no state.
 */
#ifndef POD_ADMIN_KIND_H
#define POD_ADMIN_KIND_H

#include "lib/base/slice.h"
#include "lib/kube/value.h"

#include <stdbool.h>
#include <stddef.h>

#define CALICO_CRD_GROUP "crd.projectcalico.org"
#define CALICO_API_GROUP "projectcalico.org"

enum { ADMIN_KINDS = 12 };

struct admin_kind {
    const char *group;
    const char *plural;
    const char *name;
    bool namespaced;
    bool reaches; /* namespaced, and one may still concern pods of other namespaces */
    bool by_calico;
    bool by_cilium;
};

extern const struct admin_kind admin_kinds[ADMIN_KINDS];

/* By group and plural; NULL: none of them. */
const struct admin_kind *admin_kind_find(struct slice group, struct slice plural);

/* One of another namespace is refused. Does it concern pods out of its namespace? */
bool admin_kind_reaches(const struct admin_kind *kind, struct value object);

/* Where one is, for the pods of the namespace `home`: "the whole cluster", where it has no
 * namespace; "this namespace"; "namespace shop". */
void admin_kind_place(struct slice namespace, struct slice home, char *out, size_t size);

#endif
