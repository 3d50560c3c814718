/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Label selectors (metav1.LabelSelector) as sets of label values, so that
 * questions about all possible pods have exact answers (policy-semantics.md 3.2).
 *
 * For each key: may the label be absent, and which values may it have: one of a
 * list, or any but a list. In and = need the label, NotIn and != do not.
 *
 * Ownership: a selector borrows keys and values from the document that it was
 *            read from (or from the configuration) and owns its tables.
 * Threads:   read-only after selector_parse().
 * Errors:    ERR_MALFORMED with the field below the selector ("matchExpressions[2].operator ...").
 * Cost:      linear in the values after sorting; 10,000 expressions are fine.
 */
#ifndef NETPOL_SELECTOR_H
#define NETPOL_SELECTOR_H

#include "lib/base/arena.h"
#include "lib/kube/value.h"

struct requirement {
    struct slice key;
    bool may_be_absent;
    bool any_but;         /* the values are those that it may not have */
    struct slice *values; /* sorted, no doubles */
    size_t count;
};

/* Requirements sorted by key, one a key. No requirement: selects everything. */
struct selector {
    struct requirement *requirements;
    size_t count;
};

/*
 * Read {matchLabels, matchExpressions}. An empty object selects all. Unknown members, operators and
 * types are refused. Memory comes from the arena.
 */
int selector_parse(struct value v, struct arena *arena, struct selector *out,
                   struct error *err) MUST_CHECK;

/* A selector of one requirement: key Exists, key in values. Memory from the arena; borrowed texts.
 */
int selector_exists(struct slice key, struct arena *arena, struct selector *out,
                    struct error *err) MUST_CHECK;
int selector_in(struct slice key, const struct slice *values, size_t count, struct arena *arena,
                struct selector *out, struct error *err) MUST_CHECK;

/* Can one set of labels match both? Exact. */
bool selectors_overlap(const struct selector *a, const struct selector *b);

/* Does every set of labels that matches `inner` match `outer`? Exact where inner can match at all.
 */
bool selector_covers(const struct selector *outer, const struct selector *inner);

/* Can it match anything? */
bool selector_is_satisfiable(const struct selector *selector);

/* Does it match this object of labels (absent and null are no labels)? */
bool selector_matches(const struct selector *selector, struct value labels);

#endif
