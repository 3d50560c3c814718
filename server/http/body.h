/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The body of a request as it arrives, and the budget that all bodies share.
 *
 * What counts is memory that was really taken, as bytes arrive: a length that a client only
 * announces reserves nothing. Large bodies leave a part for the small ones, so that a few of
 * them do not turn everybody away.
 *
 * Ownership: a body owns its text and its share of the budget until body_done().
 * Threads:   a body has one owner at a time; the budget is shared by all.
 * Limits:    BODY_MAX (spec.md 4), the budget's maximum.
 */
#ifndef HTTP_BODY_H
#define HTTP_BODY_H

#include "lib/base/buf.h"

#include <stdatomic.h>

enum {
    BODY_MAX = 8 * 1024 * 1024,
    BUDGET_MAX = 64 * 1024 * 1024, /* bodies and the memory of their parsing, together */
    BUDGET_KEEP = 8 * 1024 * 1024, /* of that for bodies up to BODY_SMALL alone */
    BODY_SMALL = 65536,            /* most reviews */
};

struct budget {
    atomic_size_t used;
    size_t max;
    size_t keep;
};

void budget_init(struct budget *budget, size_t max, size_t keep);

/* `small`: the part that is kept for small bodies may be used as well. */
bool budget_take(struct budget *budget, size_t n, bool small) MUST_CHECK;
void budget_give(struct budget *budget, size_t n);

struct body {
    struct buf text;
    struct budget *budget;
    size_t taken;
};

enum body_result {
    BODY_FINE,
    BODY_TOO_LARGE,
    BODY_NO_ROOM, /* the budget is used up, or memory is */
};

/* `expected` is the announced length, or 0; a hint. */
void body_init(struct body *body, struct budget *budget, size_t expected);
void body_done(struct body *body);

/* Give it to another owner; an empty one stays. */
struct body body_take(struct body *body);

/* After another result than BODY_FINE the body is empty and given back: add nothing more. */
enum body_result body_add(struct body *body, const void *data, size_t len) MUST_CHECK;

/*
 * Take the share that parsing this body may need beside it. Where there is none the body is given
 * back, at once: many that are refused together would else keep the room until each has its
 * answer, and not one would be served. So of however many the last has room, and is.
 */
bool body_take_parse_room(struct body *body) MUST_CHECK;

#endif
