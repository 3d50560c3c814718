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
 * only written where something is wrong: TYPED_TRUE(findings, context,
 * "privileged", "%s.securityContext", container_place).
 */
#ifndef POD_TYPED_H
#define POD_TYPED_H

#include "lib/kube/value.h"
#include "lib/pod/findings.h"

/* For "%.*s": what a stranger called something, but not all of a megabyte. */
#define CALLED(s) (int)((s).len < 80 ? (s).len : 80), (s).data

/*
 * (findings, parent, name, place...). Macros, since a review asks a few hundred times and a
 * function with a format sets aside each time what it needs to print it.
 */
#define TYPED_TRUE(findings, parent, ...)                                                          \
    value_is_true(TYPED_MEMBER(findings, parent, JSON_BOOL, __VA_ARGS__))
#define TYPED_TEXT(findings, parent, ...)                                                          \
    value_string(TYPED_MEMBER(findings, parent, JSON_STRING, __VA_ARGS__))
#define TYPED_OBJECT(findings, parent, ...) TYPED_MEMBER(findings, parent, JSON_OBJECT, __VA_ARGS__)
#define TYPED_LIST(findings, parent, ...) TYPED_MEMBER(findings, parent, JSON_ARRAY, __VA_ARGS__)

/* (findings, item, kind, place...): is this item of a list, which may not be null, of that kind? */
#define TYPED_ITEM(findings, item, kind, ...)                                                      \
    (value_kind(item) == (kind) || typed_wrong(findings, kind, NULL, __VA_ARGS__))

#define TYPED_MEMBER(findings, parent, kind, name, ...)                                            \
    ((void)(typed_take(findings, value_member(parent, name), kind) ||                              \
            typed_wrong(findings, kind, name, __VA_ARGS__)),                                       \
     (findings)->typed)

/* Into findings->typed, which is absent where v is not of that kind. Is that right, or v not set?
 */
static inline bool typed_take(struct findings *findings, struct value v, enum json_kind kind)
{
    bool fits = value_kind(v) == kind;

    findings->typed = fits ? v : VALUE_ABSENT;
    return fits || !value_is_set(v);
}

/* Denies `name` of what stands at `place`, or that itself where name is NULL. False. */
bool typed_wrong(struct findings *findings, enum json_kind kind, const char *name,
                 const char *place, ...) PRINTF_LIKE(4, 5) __attribute__((cold));

#endif
