/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Changing an object that stands on a tape: containers on the path of a change
 * are copied into nodes (node.h), everything else stays the text it was.
 * Underneath patch.c, which records, and apply.c, which replays.
 *
 * Ownership: the overlay owns its nodes and what it adopted until
 *            overlay_done(); values that are put in are borrowed.
 * Errors:    ERR_MALFORMED where a place does not exist or is of another kind,
 *            ERR_TOO_LARGE, ERR_NO_MEMORY. A place that was not found leaves
 *            everything as it was.
 * Limits:    OVERLAY_MAX bytes of nodes.
 */
#ifndef KUBE_OVERLAY_H
#define KUBE_OVERLAY_H

#include "lib/base/arena.h"
#include "lib/kube/node.h"
#include "lib/kube/pointer.h"

/* A touched array of 100,000 items takes 9 MiB; a pod's largest has some dozens. */
enum { OVERLAY_MAX = 16777216 };

struct adopted;

struct overlay {
    struct arena arena;
    struct value root;
    struct node *node; /* root.node, once anything changed */
    struct adopted *adopted;
};

void overlay_init(struct overlay *overlay, struct value root);
void overlay_done(struct overlay *overlay);
DEFINE_AUTO_IN_PLACE(overlay, struct overlay, overlay_done);

/* Zeroed memory that lives as long as the overlay; NULL where there is none. */
void *overlay_alloc(struct overlay *overlay, size_t size, struct error *err);
int overlay_copy(struct overlay *overlay, struct slice text, struct slice *out,
                 struct error *err) MUST_CHECK;

/* Parse JSON text strictly and keep a copy of it. */
int overlay_adopt(struct overlay *overlay, struct slice json, struct value *out,
                  struct error *err) MUST_CHECK;

/* `v` so that no later edit can change it: itself where it is text, else a copy. */
int overlay_freeze(struct overlay *overlay, struct value v, struct value *out,
                   struct error *err) MUST_CHECK;

/* The root as a container that can be changed. */
int overlay_open_root(struct overlay *overlay, struct node **out, struct error *err) MUST_CHECK;

/* The member or item `token` of `node`; absent where there is none. */
struct value overlay_child(const struct node *node, struct slice token);

/* The same as a container that can be changed. */
int overlay_open(struct overlay *overlay, struct node *node, struct slice token, struct node **out,
                 struct error *err) MUST_CHECK;

/* The container at the first `count` tokens of the place. */
int overlay_open_path(struct overlay *overlay, const struct pointer *place, size_t count,
                      struct node **out, struct error *err) MUST_CHECK;

/* Add as RFC 6902 4.1 has it: sets a member, puts an item before `token` or, with "-", last. */
int overlay_put(struct overlay *overlay, struct node *node, struct slice token, struct value value,
                struct error *err) MUST_CHECK;

/* The same for a new empty container, which is given back. */
int overlay_put_new(struct overlay *overlay, struct node *node, struct slice token,
                    enum json_kind kind, struct node **out, struct error *err) MUST_CHECK;

/* Take the member or item out. */
int overlay_take(struct overlay *overlay, struct node *node, struct slice token, struct value *out,
                 struct error *err) MUST_CHECK;

/* Move item `from` of an array so that it becomes item `to`; both exist. */
void overlay_shift(struct node *array, size_t from, size_t to);

#endif
