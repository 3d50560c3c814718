/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which kind goes with which resource, for those that podveil judges. A review
 * in which they disagree could be taken for something harmless by one rule and
 * for a pod by the next. Private to review.c.
 *
 * Errors: ERR_MALFORMED.
 */
#ifndef KUBE_REVIEW_KINDS_H
#define KUBE_REVIEW_KINDS_H

#include "lib/kube/review.h"

/* Do request.kind, request.resource and the subresource agree, and is their version known? */
int review_check_kind(const struct review *review, struct error *err) MUST_CHECK;

/* Is the object, which stands at `path`, of request.kind? Kinds that podveil does not know pass. */
int review_check_object(const struct review *review, struct value object, const char *path,
                        struct error *err) MUST_CHECK;

#endif
