/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calico's selector language: `a == "b" && !(has(c) || d in {"e", "f"})`.
 *
 * A selector is asked with a few labels that are known and all others unknown,
 * and answers yes, no, or maybe. "No" is sure: whatever the other labels are, it
 * does not match. ("maybe" may be a no: `has(a) && !has(a)` is not looked through.)
 *
 * Strict where Calico's own readers differ or put text together: a selector that
 * ends in the middle, or has a parenthesis too many, is refused. Calico makes
 * `(SELECTOR) && namespace == ...` of it, so `all()) || (all()` would reach into
 * every namespace.
 *
 * Ownership: borrows the text. Threads: no shared state. Cost: linear.
 * Errors:    ERR_MALFORMED with what is wrong and where.
 * Limits:    parentheses CALICO_MAX_DEPTH deep, CALICO_MAX_TEXT characters (Calico takes 1,024).
 */
#ifndef NETPOL_CALICO_SELECTOR_H
#define NETPOL_CALICO_SELECTOR_H

#include "lib/base/error.h"
#include "lib/base/slice.h"

enum { CALICO_MAX_DEPTH = 64, CALICO_MAX_TEXT = 65536 };

enum answer {
    ANSWER_NO,
    ANSWER_MAYBE,
    ANSWER_YES,
};

/* A label that is known to be there with this value; .data NULL: with any. */
struct calico_label {
    struct slice key;
    struct slice value;
};

/* The empty selector is all(). */
int calico_evaluate(struct slice text, const struct calico_label *known, size_t count,
                    enum answer *out, struct error *err) MUST_CHECK;

/*
 * Is it one comparison (== or in) of a namespace's name, and names none but these? false also where
 * it is anything else.
 */
bool calico_names_only(struct slice text, const struct slice *names, size_t count);

/* Would the text that Calico makes of it, `(TEXT) && namespace == ...`, not end where it should: by
 * a parenthesis or a quote that is one too many, or too few? */
bool calico_breaks_out(struct slice text);

/* Whom a policy is for: all three selectors, each as it was read. */
struct calico_subject {
    struct slice pods;       /* spec.selector */
    struct slice namespaces; /* spec.namespaceSelector */
    struct slice accounts;   /* spec.serviceAccountSelector */
    struct slice home;       /* the namespace that is asked about; {NULL, 0}: any */
};

/* Can it select a pod of this gateway ({NULL, 0}: of any)? The texts have been evaluated once: they
 * are right. */
bool calico_may_select(const struct calico_subject *subject, struct slice gateway);

#endif
