/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/buf.h"
#include "lib/netpol/addrset.h"
#include "tests/netpol/random.h"

#include <criterion/criterion.h>

#include <stdlib.h>

static void add(struct addrset *set, struct slice text)
{
    struct cidr cidr;
    struct error err = {0};

    cr_assert_eq(cidr_parse(text, &cidr, &err), 0, "%s", err.text);
    cr_assert_eq(addrset_add(set, &cidr, &err), 0, "%s", err.text);
}

/* Blocks with one space between. */
static void add_words(struct addrset *set, const char *words)
{
    while (*words != '\0') {
        size_t len = strcspn(words, " ");
        add(set, (struct slice){words, len});
        words += len + (words[len] == ' ' ? 1 : 0);
    }
    addrset_seal(set);
}

/* "10.0.0.0-10.255.255.255 ::-::1": the intervals as they stand in the set. */
static char *text_of(const struct addrset *set)
{
    AUTO(buf) struct buf text = {0};

    buf_init(&text, 4096);
    for (int f = 0; f < 2; f++) {
        for (size_t i = 0; i < set->of[f].count; i++) {
            char first[ADDRESS_TEXT];
            char last[ADDRESS_TEXT];
            address_format(f == 0 ? FAMILY_IPV4 : FAMILY_IPV6, set->of[f].items[i].first, first);
            address_format(f == 0 ? FAMILY_IPV4 : FAMILY_IPV6, set->of[f].items[i].last, last);
            buf_printf(&text, "%s%s-%s", text.len == 0 ? "" : " ", first, last);
        }
    }
    buf_text(&text, "");
    return buf_take(&text);
}

struct seal_case {
    const char *name;
    const char *blocks;
    const char *want;
};

Test(addrset, seals_to_disjoint_intervals)
{
    static const struct seal_case cases[] = {
        {"nothing", "", ""},
        {"one", "10.0.0.0/8", "10.0.0.0-10.255.255.255"},
        {"sorts", "192.168.0.0/24 10.0.0.0/8", "10.0.0.0-10.255.255.255 192.168.0.0-192.168.0.255"},
        {"doubles", "10.0.0.0/8 10.0.0.0/8", "10.0.0.0-10.255.255.255"},
        {"one in another", "10.1.0.0/16 10.0.0.0/8 10.2.0.0/16", "10.0.0.0-10.255.255.255"},
        {"neighbours", "10.0.0.0/9 10.128.0.0/9 11.0.0.0/8", "10.0.0.0-11.255.255.255"},
        {"a gap of one", "10.0.0.0/32 10.0.0.2/32", "10.0.0.0-10.0.0.0 10.0.0.2-10.0.0.2"},
        {"the top of IPv4", "255.255.255.255/32 255.255.255.254/32 0.0.0.0/32",
         "0.0.0.0-0.0.0.0 255.255.255.254-255.255.255.255"},
        {"all of IPv4 by halves", "128.0.0.0/1 0.0.0.0/1", "0.0.0.0-255.255.255.255"},
        {"the top of IPv6", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128 ::/128",
         "::-:: ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
        {"all of IPv6 by halves", "8000::/1 ::/1", "::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
        {"over the low half", "0:0:0:1::/64 ::/64", "::-::1:ffff:ffff:ffff:ffff"},
        {"families apart", "::/96 0.0.0.0/0", "0.0.0.0-255.255.255.255 ::-::ffff:ffff"},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        AUTO(addrset) struct addrset set = {0};
        add_words(&set, cases[i].blocks);
        AUTO(chars) char *text = text_of(&set);
        cr_assert_str_eq(text, cases[i].want, "%s", cases[i].name);
        cr_assert_eq(addrset_is_empty(&set), cases[i].want[0] == '\0', "%s", cases[i].name);
    }
}

Test(addrset, takes_all_of_a_family)
{
    AUTO(addrset) struct addrset set = {0};
    struct error err = {0};

    addrset_init(&set);
    cr_assert_eq(addrset_add_all(&set, FAMILY_IPV6, &err), 0, "%s", err.text);
    cr_assert_eq(addrset_add_all(&set, FAMILY_IPV4, &err), 0, "%s", err.text);
    addrset_seal(&set);

    AUTO(chars) char *text = text_of(&set);
    cr_assert_str_eq(text, "0.0.0.0-255.255.255.255 ::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
}

struct pair_case {
    const char *name;
    const char *a;
    const char *b;
    const char *want;
};

Test(addrset, subtracts)
{
    static const struct pair_case cases[] = {
        {"nothing", "10.0.0.0/8", "", "10.0.0.0-10.255.255.255"},
        {"from nothing", "", "10.0.0.0/8", ""},
        {"itself", "10.0.0.0/8 ::/0", "10.0.0.0/8 ::/0", ""},
        {"the begin", "10.0.0.0/8", "10.0.0.0/9", "10.128.0.0-10.255.255.255"},
        {"the end", "10.0.0.0/8", "10.128.0.0/9", "10.0.0.0-10.127.255.255"},
        {"a hole", "10.0.0.0/8", "10.1.0.0/16", "10.0.0.0-10.0.255.255 10.2.0.0-10.255.255.255"},
        {"two holes", "10.0.0.0/30", "10.0.0.0/32 10.0.0.2/32",
         "10.0.0.1-10.0.0.1 10.0.0.3-10.0.0.3"},
        {"one hole in two pieces", "10.0.0.0/30 10.0.0.8/30", "10.0.0.2/31 10.0.0.4/30 10.0.0.8/31",
         "10.0.0.0-10.0.0.1 10.0.0.10-10.0.0.11"},
        {"the last address", "255.255.255.254/31", "255.255.255.255/32",
         "255.255.255.254-255.255.255.254"},
        {"the ends of IPv6", "::/0", "::/128 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128",
         "::1-ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe"},
        {"at the border of the halves", "::/0", "0:0:0:1::/64",
         "::-::ffff:ffff:ffff:ffff 0:0:0:2::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
        {"another family", "0.0.0.0/0", "::/0", "0.0.0.0-255.255.255.255"},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        AUTO(addrset) struct addrset a = {0};
        AUTO(addrset) struct addrset b = {0};
        AUTO(addrset) struct addrset out = {0};
        struct error err = {0};
        add_words(&a, cases[i].a);
        add_words(&b, cases[i].b);
        cr_assert_eq(addrset_subtract(&a, &b, &out, &err), 0, "%s", err.text);
        AUTO(chars) char *text = text_of(&out);
        cr_assert_str_eq(text, cases[i].want, "%s", cases[i].name);
    }
}

Test(addrset, unites)
{
    AUTO(addrset) struct addrset a = {0};
    AUTO(addrset) struct addrset b = {0};
    struct error err = {0};

    add_words(&a, "10.0.0.0/9 fd00::/8");
    add_words(&b, "10.128.0.0/9 192.168.0.0/16 fc00::/8");
    cr_assert_eq(addrset_unite(&a, &b, &err), 0, "%s", err.text);

    AUTO(chars) char *text = text_of(&a);
    cr_assert_str_eq(text, "10.0.0.0-10.255.255.255 192.168.0.0-192.168.255.255 "
                           "fc00::-fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
}

Test(addrset, names_the_first_address_that_is_not_inside)
{
    static const struct pair_case cases[] = {
        {"inside", "10.1.0.0/16", "10.0.0.0/8", "inside"},
        {"the same", "10.0.0.0/8 ::/0", "10.0.0.0/8 ::/0", "inside"},
        {"nothing", "", "", "inside"},
        {"in two that touch", "10.0.0.0/8", "10.0.0.0/9 10.128.0.0/9", "inside"},
        {"in nothing", "10.0.0.0/8", "", "10.0.0.0"},
        {"begins before", "10.0.0.0/8", "10.0.0.1/32", "10.0.0.0"},
        {"ends behind", "10.0.0.0/8", "10.0.0.0/9", "10.128.0.0"},
        {"a gap", "10.0.0.0/30", "10.0.0.0/32 10.0.0.2/31", "10.0.0.1"},
        {"the second", "10.0.0.0/32 198.51.100.0/24", "10.0.0.0/8", "198.51.100.0"},
        {"the last address", "255.255.255.254/31", "255.255.255.254/32", "255.255.255.255"},
        {"IPv6 after IPv4", "fd00::/8 10.0.0.0/8", "10.0.0.0/8", "fd00::"},
        {"above the low half", "::/63", "::/64", "0:0:0:1::"},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        AUTO(addrset) struct addrset a = {0};
        AUTO(addrset) struct addrset b = {0};
        enum family family = FAMILY_IPV4;
        struct address witness = {0};
        char text[ADDRESS_TEXT] = "inside";
        add_words(&a, cases[i].a);
        add_words(&b, cases[i].b);
        if (!addrset_inside(&a, &b, &family, &witness)) {
            address_format(family, witness, text);
        }
        cr_assert_str_eq(text, cases[i].want, "%s", cases[i].name);
    }
}

/* --- against a bitmap: 256 addresses at the end of each family, where overflow lives --- */

enum { SMALL = 256, ROUNDS = 3000 };

struct model {
    bool has[2][SMALL];
};

static const struct address bases[2] = {{0, 0xffffff00}, {UINT64_MAX, UINT64_MAX - 255}};
static const enum family families[2] = {FAMILY_IPV4, FAMILY_IPV6};

static struct address at(int family, unsigned low)
{
    return (struct address){bases[family].high, bases[family].low + low};
}

static void grow(uint64_t *state, struct addrset *set, struct model *model)
{
    struct error err = {0};

    for (unsigned n = random_below(state, 12); n > 0; n--) {
        unsigned f = random_below(state, 2);
        unsigned bits = random_below(state, 6);
        unsigned first = random_below(state, SMALL) >> bits << bits;
        unsigned last = first + (1U << bits) - 1;
        struct cidr cidr = {.family = families[f],
                            .prefix = (f == 0 ? 32 : 128) - bits,
                            .first = at((int)f, first),
                            .last = at((int)f, last)};
        cr_assert_eq(addrset_add(set, &cidr, &err), 0, "%s", err.text);
        for (unsigned i = first; i <= last; i++) {
            model->has[f][i] = true;
        }
    }
    addrset_seal(set);
}

static void compare(const struct addrset *set, const struct model *model, uint64_t seed)
{
    size_t runs = 0;

    for (int f = 0; f < 2; f++) {
        for (unsigned i = 0; i < SMALL; i++) {
            cr_assert_eq(addrset_has(set, families[f], at(f, i)), model->has[f][i],
                         "family %d, address %u, " SEED, f, i, seed);
            runs += model->has[f][i] && (i == 0 || !model->has[f][i - 1]) ? 1 : 0;
        }
    }
    cr_assert_eq(set->of[0].count + set->of[1].count, runs, "not merged, " SEED, seed);
}

static void compare_inside(const struct addrset *a, const struct model *of_a,
                           const struct addrset *b, const struct model *of_b, uint64_t seed)
{
    enum family family = FAMILY_IPV4;
    struct address witness = {0};
    bool inside = addrset_inside(a, b, &family, &witness);

    for (int f = 0; f < 2; f++) {
        for (unsigned i = 0; i < SMALL; i++) {
            if (of_a->has[f][i] && !of_b->has[f][i]) {
                cr_assert(!inside && family == families[f] &&
                              address_compare(witness, at(f, i)) == 0,
                          "family %d, address %u, " SEED, f, i, seed);
                return;
            }
        }
    }
    cr_assert(inside, SEED, seed);
}

Test(addrset, agrees_with_a_bitmap)
{
    uint64_t seed = random_seed();
    uint64_t state = seed;

    for (int round = 0; round < ROUNDS; round++) {
        AUTO(addrset) struct addrset a = {0};
        AUTO(addrset) struct addrset b = {0};
        AUTO(addrset) struct addrset out = {0};
        struct model of_a = {0};
        struct model of_b = {0};
        struct model want = {0};
        struct error err = {0};
        grow(&state, &a, &of_a);
        grow(&state, &b, &of_b);
        compare(&a, &of_a, seed);
        compare_inside(&a, &of_a, &b, &of_b, seed);
        cr_assert_eq(addrset_subtract(&a, &b, &out, &err), 0, "%s", err.text);
        for (int f = 0; f < 2; f++) {
            for (unsigned i = 0; i < SMALL; i++) {
                want.has[f][i] = of_a.has[f][i] && !of_b.has[f][i];
                of_a.has[f][i] = of_a.has[f][i] || of_b.has[f][i];
            }
        }
        compare(&out, &want, seed);
        cr_assert_eq(addrset_unite(&a, &b, &err), 0, "%s", err.text);
        compare(&a, &of_a, seed);
    }
}
