/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/kube/siphash.h"
#include "tests/kube/support.h"

static const uint8_t key[SIPHASH_KEY] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

/* The authors' test vectors for this key and the text 00 01 02 ..., by length. */
struct vector {
    size_t len;
    uint64_t want;
};

static const struct vector vectors[] = {
    {0, 0x726fdb47dd0e0e31}, {1, 0x74f839c593dc67fd},  {7, 0xab0200f58b01d137},
    {8, 0x93f5f5799a932462}, {15, 0xa129ca6149be45e5},
};

EACH_ROW(siphash, agrees_with_its_authors, vectors)
{
    const struct vector *c = &vectors[*index];
    char text[16];

    for (size_t i = 0; i < sizeof text; i++) {
        text[i] = (char)i;
    }
    cr_assert_eq(siphash(key, (struct slice){text, c->len}), c->want, "%zu bytes", c->len);
}

Test(siphash, depends_on_the_key)
{
    uint8_t other[SIPHASH_KEY];

    memcpy(other, key, sizeof other);
    other[15] ^= 1;
    cr_assert_neq(siphash(key, SLICE("media")), siphash(other, SLICE("media")));
}
