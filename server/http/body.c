/* SPDX-License-Identifier: Apache-2.0 */
#include "server/http/body.h"

#include "lib/kube/json.h"

enum {
    TOKEN_SIZE = sizeof(struct json_token),
    TOKEN_BYTES = 2, /* a token stands for two bytes of text at least */
};

void budget_init(struct budget *budget, size_t max, size_t keep)
{
    atomic_init(&budget->used, 0);
    budget->max = max;
    budget->keep = keep;
}

bool budget_take(struct budget *budget, size_t n, bool small)
{
    size_t max = budget->max - (small ? 0 : budget->keep);
    size_t used = atomic_load_explicit(&budget->used, memory_order_relaxed);

    do {
        if (used > max || n > max - used) {
            return false;
        }
    } while (!atomic_compare_exchange_weak_explicit(&budget->used, &used, used + n,
                                                    memory_order_relaxed, memory_order_relaxed));
    return true;
}

void budget_give(struct budget *budget, size_t n)
{
    (void)atomic_fetch_sub_explicit(&budget->used, n, memory_order_relaxed);
}

void body_init(struct body *body, struct budget *budget, size_t expected)
{
    *body = (struct body){.budget = budget};
    buf_init(&body->text, BODY_MAX);
    if (expected > 0) {
        size_t first = expected < BODY_SMALL ? expected : BODY_SMALL;
        if (budget_take(budget, first + 1, true)) {
            body->taken = first + 1;
            buf_reserve(&body->text, first);
        }
    }
}

void body_done(struct body *body)
{
    buf_done(&body->text);
    if (body->taken > 0) {
        budget_give(body->budget, body->taken);
        body->taken = 0;
    }
}

struct body body_take(struct body *body)
{
    struct body taken = *body;

    body_init(body, taken.budget, 0);
    return taken;
}

/* The memory that the text will have after `len` more bytes: it grows by doubling. */
static size_t cap_after(const struct buf *text, size_t len)
{
    size_t need = text->len + len + 1;
    size_t twice = text->cap * 2;

    if (need <= text->cap) {
        return text->cap;
    }
    size_t cap = need > twice ? need : twice;
    return cap < BODY_MAX + 1 ? cap : BODY_MAX + 1;
}

enum body_result body_add(struct body *body, const void *data, size_t len)
{
    if (len > BODY_MAX - body->text.len) {
        body_done(body);
        return BODY_TOO_LARGE;
    }
    size_t cap = cap_after(&body->text, len);
    if (cap > body->taken) {
        if (!budget_take(body->budget, cap - body->taken, body->text.len + len <= BODY_SMALL)) {
            body_done(body);
            return BODY_NO_ROOM;
        }
        body->taken = cap;
    }
    buf_append(&body->text, data, len);
    if (body->text.failed != ERR_NONE) {
        body_done(body);
        return BODY_NO_ROOM;
    }
    return BODY_FINE;
}

bool body_take_parse_room(struct body *body)
{
    size_t tokens = body->text.len / TOKEN_BYTES + 1;
    size_t room = (tokens < JSON_MAX_TOKENS ? tokens : JSON_MAX_TOKENS) * TOKEN_SIZE;

    if (!budget_take(body->budget, room, body->text.len <= BODY_SMALL)) {
        body_done(body);
        return false;
    }
    body->taken += room;
    return true;
}
