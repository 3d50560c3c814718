/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Doubled keys. Two readers that take different ones of them see different
 * objects, so none is let in. Few keys are compared with each other, and only
 * those that agree in a hash of a few characters; many go through a
 * table, hashed under a key that is drawn for each object, so that the sender
 * cannot make them collide.
 */
#include "lib/kube/json_parser.h"
#include "lib/kube/siphash.h"

#include <sys/random.h>

enum {
    FEW_KEYS = 64,
    SHOWN = 64, /* bytes of a key in an error message */
};

static int doubled(struct parser *p, uint32_t token)
{
    const struct json_token *key = &p->doc.tokens[token];
    uint32_t len = key->end - key->start;

    return parser_fail(p, key->start - 1, "the key \"%.*s\" stands twice in its object",
                       (int)(len < SHOWN ? len : SHOWN), p->doc.text.data + key->start);
}

/* One of 256, of the decoded key. managedFields' keys differ before their last quote and brace. */
static unsigned hash_of(struct slice key)
{
    const unsigned char *bytes = (const unsigned char *)key.data;
    size_t len = key.len;

    if (len == 0) {
        return 0;
    }
    return ((unsigned)len + 3U * bytes[0] + 7U * bytes[len / 2] + 31U * bytes[len - len / 4 - 1] +
            131U * bytes[len - 1]) %
           256;
}

static bool stands_before(const struct parser *p, uint32_t first, uint32_t token)
{
    struct slice key = tape_string(&p->doc, token);
    const struct json_token *end = &p->doc.tokens[token];

    for (const struct json_token *each = &p->doc.tokens[first]; each < end;
         each = tape_behind(&p->doc, each + 1)) {
        if (tape_is(&p->doc, each, key)) {
            return true;
        }
    }
    return false;
}

static int check_few(struct parser *p, uint32_t first, uint32_t count)
{
    uint32_t token = first;
    uint64_t seen[4] = {0};

    for (uint32_t i = 0; i < count; i++) {
        unsigned hash = hash_of(tape_string(&p->doc, token));
        uint64_t bit = (uint64_t)1 << hash % 64;
        if ((seen[hash / 64] & bit) != 0 && stands_before(p, first, token)) {
            return doubled(p, token);
        }
        seen[hash / 64] |= bit;
        token = tape_skip(&p->doc, token + 1);
    }
    return 0;
}

DEFINE_AUTO(slots, uint32_t, free);

/* The slot of the key: where it is, or an empty one. Empty is 0, which is no key's token. */
static uint32_t *find_slot(const struct parser *p, uint32_t *slots, size_t size, size_t hash,
                           uint32_t token)
{
    struct slice key = tape_string(&p->doc, token);
    size_t at = hash & (size - 1);

    while (slots[at] != 0 && !slice_equal(tape_string(&p->doc, slots[at]), key)) {
        at = (at + 1) & (size - 1);
    }
    return &slots[at];
}

static int check_many(struct parser *p, uint32_t token, uint32_t count)
{
    uint8_t secret[SIPHASH_KEY];
    size_t size = FEW_KEYS;

    while (size < (size_t)count * 2) {
        size *= 2;
    }
    AUTO(slots) uint32_t *slots = calloc(size, sizeof *slots);
    if (slots == NULL) {
        return error_set(p->err, ERR_NO_MEMORY, "no memory for %u keys", count);
    }
    if (getrandom(secret, sizeof secret, 0) != (ssize_t)sizeof secret) {
        return error_errno(p->err, "no random number");
    }
    for (uint32_t i = 0; i < count; i++) {
        uint64_t hash = siphash(secret, tape_string(&p->doc, token));
        uint32_t *slot = find_slot(p, slots, size, hash, token);
        if (*slot != 0) {
            return doubled(p, token);
        }
        *slot = token;
        token = tape_skip(&p->doc, token + 1);
    }
    return 0;
}

int parser_check_keys(struct parser *p, uint32_t object, uint32_t count)
{
    return count <= FEW_KEYS ? check_few(p, object + 1, count) : check_many(p, object + 1, count);
}
