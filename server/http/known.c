/* SPDX-License-Identifier: Apache-2.0 */
#include "server/http/known.h"

#include <stdint.h>

enum { KNOWN_MAX_TEXT = 2 * 1024 * 1024 };

void known_init(struct known *known)
{
    *known = (struct known){0};
}

void known_done(struct known *known)
{
    for (size_t i = 0; i < KNOWN_SLOTS; i++) {
        free(known->slots[i].text);
    }
    known_init(known);
}

/* FNV-1a, 64 bits. */
static uint64_t hash(uint64_t seed, const char *text)
{
    for (const char *c = text; *c != '\0'; c++) {
        seed = (seed ^ (unsigned char)*c) * 0x100000001b3U;
    }
    return seed;
}

static size_t slot_of(const struct policy_text *policy)
{
    uint64_t sum = hash(0xcbf29ce484222325U, policy->namespace);

    sum = hash(hash(sum, "/"), policy->name);
    return (size_t)((sum ^ (sum >> 32)) % KNOWN_SLOTS);
}

/* The part of `text` that is `piece` and its NUL; false where it is something else. */
static bool take(struct slice *text, const char *piece)
{
    size_t len = strlen(piece) + 1;
    bool same = text->len >= len && memcmp(text->data, piece, len) == 0;

    *text = slice_after(*text, len);
    return same;
}

bool known_has(const struct known *known, const struct policy_text *policy, int64_t now_ms)
{
    const struct known_slot *slot = &known->slots[slot_of(policy)];
    struct slice text = {.data = slot->text, .len = slot->len};

    return slot->text != NULL && now_ms - slot->seen_ms < KNOWN_MS &&
           take(&text, policy->namespace) && take(&text, policy->name) && take(&text, policy->json);
}

void known_add(struct known *known, const struct policy_text *policy, int64_t now_ms)
{
    struct known_slot *slot = &known->slots[slot_of(policy)];
    struct buf text;

    buf_init(&text, KNOWN_MAX_TEXT);
    buf_append(&text, policy->namespace, strlen(policy->namespace) + 1);
    buf_append(&text, policy->name, strlen(policy->name) + 1);
    buf_append(&text, policy->json, strlen(policy->json) + 1);
    free(slot->text);
    slot->len = text.len;
    slot->text = buf_take(&text);
    slot->seen_ms = now_ms;
}
