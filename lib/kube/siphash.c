/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/kube/siphash.h"

#include <endian.h>

struct state {
    uint64_t v[4];
};

static uint64_t load(const void *bytes)
{
    uint64_t word = 0;
    memcpy(&word, bytes, sizeof word);
    return le64toh(word);
}

static uint64_t rotate(uint64_t x, unsigned bits)
{
    return (x << bits) | (x >> (64 - bits));
}

static void rounds(struct state *s, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        s->v[0] += s->v[1];
        s->v[2] += s->v[3];
        s->v[1] = rotate(s->v[1], 13) ^ s->v[0];
        s->v[3] = rotate(s->v[3], 16) ^ s->v[2];
        s->v[0] = rotate(s->v[0], 32);
        s->v[2] += s->v[1];
        s->v[0] += s->v[3];
        s->v[1] = rotate(s->v[1], 17) ^ s->v[2];
        s->v[3] = rotate(s->v[3], 21) ^ s->v[0];
        s->v[2] = rotate(s->v[2], 32);
    }
}

static void absorb(struct state *s, uint64_t word)
{
    s->v[3] ^= word;
    rounds(s, 2);
    s->v[0] ^= word;
}

uint64_t siphash(const uint8_t key[static SIPHASH_KEY], struct slice text)
{
    uint64_t k0 = load(key);
    uint64_t k1 = load(key + 8);
    struct state s = {{k0 ^ 0x736f6d6570736575U, k1 ^ 0x646f72616e646f6dU, k0 ^ 0x6c7967656e657261U,
                       k1 ^ 0x7465646279746573U}};
    size_t whole = text.len / 8 * 8;

    for (size_t i = 0; i < whole; i += 8) {
        absorb(&s, load(text.data + i));
    }
    uint64_t last = (uint64_t)text.len << 56;
    for (size_t i = whole; i < text.len; i++) {
        last |= (uint64_t)(unsigned char)text.data[i] << (8 * (i - whole));
    }
    absorb(&s, last);
    s.v[2] ^= 0xff;
    rounds(&s, 4);
    return s.v[0] ^ s.v[1] ^ s.v[2] ^ s.v[3];
}
