/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading a pod where a refusal looks: a member of another type than the API's
 * is `Malformed` with its place, never skipped, because what a rule does not
 * understand another reader may.
 *
 * Missing and null are the same and fine, as they are to the API server: the
 * answer is then false, {NULL, 0} or an absent value, as after a denial.
 *
 * The place of `parent` is a printf format with its arguments, so that it is
 * only written where something is wrong: typed_true(findings, context,
 * "privileged", "%s.securityContext", container_place).
 */
#ifndef POD_TYPED_H
#define POD_TYPED_H

#include "lib/kube/value.h"
#include "lib/pod/findings.h"

/* For "%.*s": what a stranger called something, but not all of a megabyte. */
#define CALLED(s) (int)((s).len < 80 ? (s).len : 80), (s).data

bool typed_true(struct findings *findings, struct value parent, const char *name, const char *place,
                ...) PRINTF_LIKE(4, 5);
struct slice typed_text(struct findings *findings, struct value parent, const char *name,
                        const char *place, ...) PRINTF_LIKE(4, 5);
struct value typed_object(struct findings *findings, struct value parent, const char *name,
                          const char *place, ...) PRINTF_LIKE(4, 5);
struct value typed_list(struct findings *findings, struct value parent, const char *name,
                        const char *place, ...) PRINTF_LIKE(4, 5);

/* Is this item of a list, which may not be null, of that kind? `place` is its own. */
bool typed_item(struct findings *findings, struct value item, enum json_kind kind,
                const char *place, ...) PRINTF_LIKE(4, 5);

#endif
