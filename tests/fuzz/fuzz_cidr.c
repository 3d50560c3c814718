/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines, each a CIDR block or an address: what is read is what libc reads and is
 * printed as it stood. Lines with a dash are taken from the set of the others,
 * which at each edge must hold what a plain look at the blocks says.
 */
#include "lib/netpol/addrset.h"
#include "tests/fuzz/target.h"

#include <arpa/inet.h>
#include <stdio.h>

enum { BLOCKS_MAX = 16 };

struct blocks {
    struct cidr items[BLOCKS_MAX];
    bool cut[BLOCKS_MAX];
    size_t count;
};

/* 16 bytes of libc's reading, IPv4 in the last four. False where it reads none. */
static bool read_by_libc(const char *text, enum family family, struct address *out)
{
    uint8_t bytes[16] = {0};

    if (inet_pton(family == FAMILY_IPV4 ? AF_INET : AF_INET6, text,
                  family == FAMILY_IPV4 ? bytes + 12 : bytes) != 1) {
        return false;
    }
    *out = (struct address){0};
    for (size_t i = 0; i < 16; i++) {
        uint64_t *half = i < 8 ? &out->high : &out->low;
        *half = *half << 8U | bytes[i];
    }
    return true;
}

/* libc's text of an address that it reads; it writes 1.2.3.4 into more of IPv6 than RFC 5952. */
static bool is_canonical_for_libc(const char *text, enum family family)
{
    uint8_t bytes[16] = {0};
    char again[INET6_ADDRSTRLEN];
    int af = family == FAMILY_IPV4 ? AF_INET : AF_INET6;

    return inet_pton(af, text, bytes) == 1 && inet_ntop(af, bytes, again, sizeof again) != NULL &&
           strcmp(text, again) == 0 && (family == FAMILY_IPV4 || strchr(text, '.') == NULL);
}

static void claim_address(const char *text)
{
    enum family family = FAMILY_IPV4;
    struct address got = {0};
    struct address want = {0};
    char printed[ADDRESS_TEXT];
    struct error err = {0};

    if (address_parse(slice_of(text), &family, &got, &err) != 0) {
        claim(!is_canonical_for_libc(text, FAMILY_IPV4), "refused: %s: %s", text, err.text);
        claim(!is_canonical_for_libc(text, FAMILY_IPV6), "refused: %s: %s", text, err.text);
        return;
    }
    address_format(family, got, printed);
    claim(strcmp(printed, text) == 0, "%s is printed as %s", text, printed);
    claim(read_by_libc(text, family, &want) && address_compare(got, want) == 0,
          "libc reads %s otherwise", text);
}

/* The bits behind the prefix, as a mask over both halves. */
static struct address host_bits(const struct cidr *cidr)
{
    unsigned width = cidr->family == FAMILY_IPV4 ? 32 : 128;
    struct address mask = {0};

    for (unsigned bit = cidr->prefix; bit < width; bit++) {
        unsigned from_low = width - 1 - bit;
        uint64_t *half = from_low < 64 ? &mask.low : &mask.high;
        *half |= UINT64_C(1) << (from_low % 64);
    }
    return mask;
}

static void claim_cidr(const char *text, const struct cidr *cidr)
{
    char printed[CIDR_TEXT];
    char alone[INET6_ADDRSTRLEN] = "";
    struct address want = {0};
    size_t len = strcspn(text, "/");

    cidr_format(cidr, printed);
    claim(strcmp(printed, text) == 0, "%s is printed as %s", text, printed);
    claim(len < sizeof alone, "%s is no address for libc", text);
    memcpy(alone, text, len);
    claim(read_by_libc(alone, cidr->family, &want), "libc does not read %s", alone);
    struct address mask = host_bits(cidr);
    claim(address_compare(cidr->first, want) == 0, "%s begins elsewhere", text);
    claim((want.low & mask.low) == 0 && (want.high & mask.high) == 0, "%s has host bits", text);
    want.low |= mask.low;
    want.high |= mask.high;
    claim(address_compare(cidr->last, want) == 0, "%s ends elsewhere", text);
}

static void read_line(struct slice line, struct blocks *blocks)
{
    char text[CIDR_TEXT + 1] = "";
    struct cidr cidr = {0};
    struct error err = {0};
    bool cut = slice_starts_with(line, "-");
    struct slice rest = slice_after(line, cut ? 1 : 0);
    bool parsed = cidr_parse(rest, &cidr, &err) == 0;

    claim(!parsed || rest.len < sizeof text, "a block of %zu characters", rest.len);
    if (rest.len >= sizeof text || memchr(rest.data, '\0', rest.len) != NULL) {
        claim(!parsed, "a block with a NUL");
        return;
    }
    memcpy(text, rest.data, rest.len);
    claim_address(text);
    if (!parsed || blocks->count == BLOCKS_MAX) {
        return;
    }
    claim_cidr(text, &cidr);
    blocks->items[blocks->count] = cidr;
    blocks->cut[blocks->count] = cut;
    blocks->count++;
}

static bool expect(const struct blocks *blocks, enum family family, struct address address)
{
    bool in = false;
    bool out = false;

    for (size_t i = 0; i < blocks->count; i++) {
        bool holds = cidr_contains(&blocks->items[i], family, address);
        in = in || (holds && !blocks->cut[i]);
        out = out || (holds && blocks->cut[i]);
    }
    return in && !out;
}

static struct address step(struct address a, bool up)
{
    if (up) {
        a.low++;
        a.high += a.low == 0 ? 1 : 0;
    } else {
        a.high -= a.low == 0 ? 1 : 0;
        a.low--;
    }
    return a;
}

static void claim_set(const struct blocks *blocks)
{
    AUTO(addrset) struct addrset added = {0};
    AUTO(addrset) struct addrset cut = {0};
    AUTO(addrset) struct addrset left = {0};
    struct error err = {0};
    bool failed = false;

    addrset_init(&added);
    addrset_init(&cut);
    for (size_t i = 0; i < blocks->count; i++) {
        struct addrset *set = blocks->cut[i] ? &cut : &added;
        failed = addrset_add(set, &blocks->items[i], &err) != 0 || failed;
    }
    addrset_seal(&added);
    addrset_seal(&cut);
    failed = addrset_subtract(&added, &cut, &left, &err) != 0 || failed;
    claim(!failed, "%s", err.text);
    for (size_t i = 0; i < blocks->count; i++) {
        const struct cidr *cidr = &blocks->items[i];
        const struct address edges[] = {cidr->first, step(cidr->first, false), cidr->last,
                                        step(cidr->last, true)};
        for (size_t j = 0; j < COUNT_OF(edges); j++) {
            bool is_other =
                cidr->family == FAMILY_IPV4 && (edges[j].high != 0 || edges[j].low > UINT32_MAX);
            claim(is_other || addrset_has(&left, cidr->family, edges[j]) ==
                                  expect(blocks, cidr->family, edges[j]),
                  "the set is wrong at edge %zu of block %zu", j, i);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice rest = target_input(data, size);
    struct blocks blocks = {.count = 0};

    while (rest.len > 0) {
        const char *end = memchr(rest.data, '\n', rest.len);
        size_t len = end == NULL ? rest.len : (size_t)(end - rest.data);
        read_line((struct slice){rest.data, len}, &blocks);
        rest = slice_after(rest, len + 1);
    }
    claim_set(&blocks);
    return 0;
}
