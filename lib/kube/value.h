/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading JSON: one handle for a value on a tape (json.h) and for a container
 * that a patch has changed (patch.h), so that a rule reads both alike.
 *
 * A handle of an absent value is fine everywhere: its kind is JSON_ABSENT, it
 * has no members, it equals no text. So a path is followed without asking at
 * each step, and one question at the end decides.
 *
 * Names are case-sensitive, strings are compared and returned decoded, numbers
 * are never rounded.
 *
 * Ownership: a handle borrows; it is valid as long as its document and, where
 *            the value was changed, as long as the patch. A handle taken from a
 *            patch before an edit may show the value before that edit.
 * Threads:   reading is safe from any thread while nobody edits.
 */
#ifndef KUBE_VALUE_H
#define KUBE_VALUE_H

#include "lib/base/buf.h"
#include "lib/kube/json.h"

#include <stdbool.h>
#include <stdint.h>

struct node; /* a container that was changed; patch.c */

struct value {
    const struct json *doc;
    const struct node *node;
    uint32_t token;
};

#define VALUE_ABSENT                                                                               \
    (struct value)                                                                                 \
    {                                                                                              \
        0                                                                                          \
    }

struct value value_root(const struct json *doc);

enum json_kind value_kind(struct value v);
bool value_exists(struct value v); /* there, null included */
bool value_is_set(struct value v); /* there and not null */

/* The member of that name; absent where v is no object or has none. */
struct value value_member_slice(struct value v, struct slice name);

/* The same; here, because the length of a literal is known where it stands. */
static inline struct value value_member(struct value v, const char *name)
{
    return value_member_slice(v, slice_of(name));
}

/* Follow members: value_get(pod, "spec", "securityContext", NULL). */
struct value value_get(struct value v, ...) __attribute__((sentinel));

/* The same along a JSON Pointer of plain names: "/spec/template"; "" is v itself. */
struct value value_at(struct value v, const char *pointer);

/* Members or items; 0 where v is no container. */
size_t value_count(struct value v);
struct value value_item(struct value v, size_t index); /* linear: to visit all use value_next */

/* Visit members or items in order. `key` is empty for an array. A non-container has none. */
struct value_iter {
    struct value parent;
    uint32_t token;
    bool keyed; /* an object of a tape */
    size_t left;
    const void *child;
    size_t index; /* of the item that value_next() returned last; SIZE_MAX before */
};
struct value_iter value_iter(struct value container);
bool value_next(struct value_iter *iter, struct slice *key, struct value *item);

/* The decoded text of a string; {NULL, 0} where v is none. */
struct slice value_string(struct value v);
bool value_is(struct value v, const char *text);

/* true where v is the literal true; false for everything else, absent included. */
bool value_is_true(struct value v);

/* An integer of 64 bits as it stands ("1.0" and "1e3" are none). */
int value_int64(struct value v, int64_t *out, struct error *err) MUST_CHECK;

/* Same kind and same content: members in any order, strings decoded, numbers by their text. Linear
 * where the members stand in the same order; else quadratic in those of one object. */
bool value_equal(struct value a, struct value b);

/* The very same place of one document: equal without a look. */
bool value_is_same(struct value a, struct value b);

/* The JSON text of v: what came in as it came in, what was changed compactly. Appends nothing for
 * an absent value. */
void value_encode(struct value v, struct buf *out);

/* The bytes of a value that stands on a tape (a string with its quotes); {NULL, 0} for a changed
 * container. */
struct slice value_raw(struct value v);

#endif
