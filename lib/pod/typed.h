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

/* bool, struct slice, struct value, struct value: (findings, parent, name, place...) */
#define typed_true(findings, parent, ...)                                                          \
    value_is_true(TYPED_MEMBER(findings, parent, JSON_BOOL, __VA_ARGS__))
#define typed_text(findings, parent, ...)                                                          \
    value_string(TYPED_MEMBER(findings, parent, JSON_STRING, __VA_ARGS__))
#define typed_object(findings, parent, ...) TYPED_MEMBER(findings, parent, JSON_OBJECT, __VA_ARGS__)
#define typed_list(findings, parent, ...) TYPED_MEMBER(findings, parent, JSON_ARRAY, __VA_ARGS__)

/* bool: is this item of a list, which may not be null, of that kind? `place` is its own. */
#define typed_item(findings, item, kind, ...)                                                      \
    (value_kind(item) == (kind) || typed_wrong(findings, kind, NULL, __VA_ARGS__))

/*
 * Macros, since a review asks a few hundred times and a function with a format sets aside what it
 * needs to print it each time.
 */
#define TYPED_MEMBER(findings, parent, kind, name, ...)                                            \
    __extension__({                                                                                \
        struct value typed_v = value_member(parent, name);                                         \
        if (value_kind(typed_v) != (kind)) {                                                       \
            if (value_is_set(typed_v)) {                                                           \
                (void)typed_wrong(findings, kind, name, __VA_ARGS__);                              \
            }                                                                                      \
            typed_v = VALUE_ABSENT;                                                                \
        }                                                                                          \
        typed_v;                                                                                   \
    })

/* Denies `name` of what stands at `place`, or that itself where name is NULL. False. */
bool typed_wrong(struct findings *findings, enum json_kind kind, const char *name,
                 const char *place, ...) PRINTF_LIKE(4, 5) __attribute__((cold));

#endif
