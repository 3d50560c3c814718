/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/netpol/cidr.h"

#include "lib/base/parse.h"

#include <arpa/inet.h>
#include <string.h>

enum { GROUPS = 8, MAPPED_PREFIX = 96, SHOWN = 80 };

static unsigned width_of(enum family family)
{
    return family == FAMILY_IPV4 ? 32 : 128;
}

static int shown(struct slice text)
{
    return (int)(text.len < SHOWN ? text.len : SHOWN);
}

/* The lowest n bits of 64. */
static uint64_t low_bits(unsigned n)
{
    return n >= 64 ? UINT64_MAX : (UINT64_C(1) << n) - 1;
}

static struct cidr block_of(enum family family, struct address address, unsigned prefix)
{
    unsigned host = width_of(family) - prefix;
    uint64_t high = low_bits(host > 64 ? host - 64 : 0);
    uint64_t low = low_bits(host);

    return (struct cidr){
        .family = family,
        .prefix = prefix,
        .first = {address.high & ~high, address.low & ~low},
        .last = {address.high | high, address.low | low},
    };
}

static uint64_t big_endian(const unsigned char *bytes, size_t count)
{
    uint64_t value = 0;

    for (size_t i = 0; i < count; i++) {
        value = value << 8 | bytes[i];
    }
    return value;
}

/* Any text that inet_pton() takes: whether it is the canonical one is for the caller. */
static bool read_address(struct slice text, enum family *family, struct address *out)
{
    char copy[ADDRESS_TEXT];
    unsigned char bytes[16];

    if (text.len == 0 || text.len >= sizeof copy) {
        return false;
    }
    memcpy(copy, text.data, text.len);
    copy[text.len] = '\0';
    *family = memchr(copy, ':', text.len) == NULL ? FAMILY_IPV4 : FAMILY_IPV6;
    if (inet_pton(*family == FAMILY_IPV4 ? AF_INET : AF_INET6, copy, bytes) != 1) {
        return false;
    }
    if (*family == FAMILY_IPV4) {
        *out = (struct address){0, big_endian(bytes, 4)};
    } else {
        *out = (struct address){big_endian(bytes, 8), big_endian(bytes + 8, 8)};
    }
    return true;
}

static bool is_mapped(enum family family, struct address address)
{
    return family == FAMILY_IPV6 && address.high == 0 && address.low >> 32 == 0xffff;
}

/* Go's library and those built on it take these for the IPv4 that is inside. */
static int refuse_mapped(struct slice text, const char *ipv4, struct error *err)
{
    return error_set(err, ERR_MALFORMED, "\"%.*s\" is IPv4 written as IPv6; write %s", shown(text),
                     text.data, ipv4);
}

static int refuse_mapped_block(struct slice text, struct address address, unsigned prefix,
                               struct error *err)
{
    struct address inner = {0, address.low & UINT32_MAX};
    char ipv4[CIDR_TEXT];

    if (prefix < MAPPED_PREFIX) {
        return refuse_mapped(text, "an IPv4 block", err);
    }
    struct cidr cidr = block_of(FAMILY_IPV4, inner, prefix - MAPPED_PREFIX);
    cidr_format(&cidr, ipv4);
    return refuse_mapped(text, ipv4, err);
}

/* `head` is the text's part before the slash, which stands for `address`. */
static int check_canonical(struct slice text, struct slice head, struct address address,
                           const struct cidr *cidr, struct error *err)
{
    char wanted[CIDR_TEXT];
    char same[ADDRESS_TEXT];

    cidr_format(cidr, wanted);
    if (slice_is(text, wanted)) {
        return 0;
    }
    address_format(cidr->family, address, same);
    return error_set(err, ERR_MALFORMED, "\"%.*s\" %s; write %s", shown(text), text.data,
                     slice_is(head, same) ? "has host bits set" : "is not in its canonical form",
                     wanted);
}

int cidr_parse(struct slice text, struct cidr *out, struct error *err)
{
    const char *slash = text.len > 0 ? memchr(text.data, '/', text.len) : NULL;
    struct error inner = {0};
    enum family family = FAMILY_IPV4;
    struct address address = {0};
    uint64_t prefix = 0;

    if (slash == NULL) {
        return error_set(err, ERR_MALFORMED,
                         "\"%.*s\" is not a CIDR block; write an address, a slash and a prefix "
                         "length, as in 10.0.0.0/8",
                         shown(text), text.data);
    }
    struct slice head = {text.data, (size_t)(slash - text.data)};
    if (!read_address(head, &family, &address)) {
        return error_set(err, ERR_MALFORMED,
                         "\"%.*s\" is not a CIDR block: no address of four numbers without "
                         "leading zeros, or of IPv6, stands before the slash",
                         shown(text), text.data);
    }
    if (parse_uint(slice_after(text, head.len + 1), width_of(family), &prefix, &inner) != 0) {
        return error_set(err, ERR_MALFORMED,
                         "\"%.*s\" is not a CIDR block: the prefix length is a whole number from "
                         "0 to %u without leading zeros",
                         shown(text), text.data, width_of(family));
    }
    if (is_mapped(family, address)) {
        return refuse_mapped_block(text, address, (unsigned)prefix, err);
    }
    struct cidr cidr = block_of(family, address, (unsigned)prefix);
    if (check_canonical(text, head, address, &cidr, err) != 0) {
        return -1;
    }
    *out = cidr;
    return 0;
}

int address_parse(struct slice text, enum family *family, struct address *out, struct error *err)
{
    enum family found = FAMILY_IPV4;
    struct address address = {0};
    char wanted[ADDRESS_TEXT];

    if (!read_address(text, &found, &address)) {
        return error_set(err, ERR_MALFORMED,
                         "\"%.*s\" is not an address: write four numbers without leading zeros, "
                         "or IPv6",
                         shown(text), text.data);
    }
    if (is_mapped(found, address)) {
        address_format(FAMILY_IPV4, (struct address){0, address.low & UINT32_MAX}, wanted);
        return refuse_mapped(text, wanted, err);
    }
    address_format(found, address, wanted);
    if (!slice_is(text, wanted)) {
        return error_set(err, ERR_MALFORMED, "\"%.*s\" is not in its canonical form; write %s",
                         shown(text), text.data, wanted);
    }
    *family = found;
    *out = address;
    return 0;
}

/* RFC 5952 4.2: the longest run of zero groups, the first of equals, never a single group. */
static void find_zeros(const unsigned groups[static GROUPS], size_t *start, size_t *count)
{
    size_t run = 0;

    *start = GROUPS;
    *count = 1;
    for (size_t i = 0; i < GROUPS; i++) {
        run = groups[i] == 0 ? run + 1 : 0;
        if (run > *count) {
            *count = run;
            *start = i + 1 - run;
        }
    }
}

/*
 * Every block that is read is printed once, to be compared with its text. A policy may have fifty
 * thousand, so the digits are put by hand. No NUL is put behind them; the end is returned.
 */
static char *put_number(char *out, unsigned number, unsigned base)
{
    char digits[16];
    size_t count = 0;

    do {
        digits[count++] = "0123456789abcdef"[number % base];
        number /= base;
    } while (number > 0);
    while (count > 0) {
        *out++ = digits[--count];
    }
    return out;
}

/* inet_ntop() writes ::1.2.3.4 for some addresses, which RFC 5952 and Go do not. */
static char *put_ipv6(char *out, struct address address)
{
    unsigned groups[GROUPS];
    size_t start = 0;
    size_t count = 0;

    for (size_t i = 0; i < GROUPS; i++) {
        uint64_t half = i < GROUPS / 2 ? address.high : address.low;
        groups[i] = (unsigned)(half >> (48 - 16 * (i % (GROUPS / 2))) & 0xffff);
    }
    find_zeros(groups, &start, &count);
    for (size_t i = 0; i < GROUPS;) {
        bool zeros = i == start;
        if (zeros || (i > 0 && i != start + count)) {
            *out++ = ':';
        }
        if (zeros) {
            *out++ = ':';
        } else {
            out = put_number(out, groups[i], 16);
        }
        i += zeros ? count : 1;
    }
    return out;
}

static char *put_ipv4(char *out, struct address address)
{
    for (unsigned shift = 32; shift > 0; shift -= 8) {
        if (shift < 32) {
            *out++ = '.';
        }
        out = put_number(out, (unsigned)(address.low >> (shift - 8)) & 0xff, 10);
    }
    return out;
}

static char *put_address(char *out, enum family family, struct address address)
{
    return family == FAMILY_IPV6 ? put_ipv6(out, address) : put_ipv4(out, address);
}

void address_format(enum family family, struct address address, char out[static ADDRESS_TEXT])
{
    *put_address(out, family, address) = '\0';
}

void cidr_format(const struct cidr *cidr, char out[static CIDR_TEXT])
{
    char *end = put_address(out, cidr->family, cidr->first);

    *end++ = '/';
    end = put_number(end, cidr->prefix, 10);
    *end = '\0';
}

int address_compare(struct address a, struct address b)
{
    if (a.high != b.high) {
        return a.high < b.high ? -1 : 1;
    }
    return a.low == b.low ? 0 : (a.low < b.low ? -1 : 1);
}

bool cidr_contains(const struct cidr *cidr, enum family family, struct address address)
{
    return cidr->family == family && address_compare(cidr->first, address) <= 0 &&
           address_compare(address, cidr->last) <= 0;
}

bool cidr_is_private(const struct cidr *cidr)
{
    static const struct {
        enum family family;
        unsigned prefix;
        struct address first;
    } blocks[] = {
        {FAMILY_IPV4, 8, {0, 0x0a000000}},
        {FAMILY_IPV4, 12, {0, 0xac100000}},
        {FAMILY_IPV4, 16, {0, 0xc0a80000}},
        {FAMILY_IPV4, 10, {0, 0x64400000}},
        {FAMILY_IPV4, 16, {0, 0xa9fe0000}},
        {FAMILY_IPV4, 8, {0, 0x7f000000}},
        {FAMILY_IPV6, 128, {0, 1}},
        {FAMILY_IPV6, 7, {0xfc00000000000000, 0}},
        {FAMILY_IPV6, 10, {0xfe80000000000000, 0}},
    };

    for (size_t i = 0; i < COUNT_OF(blocks); i++) {
        struct cidr block = block_of(blocks[i].family, blocks[i].first, blocks[i].prefix);
        if (cidr->prefix >= block.prefix && cidr_contains(&block, cidr->family, cidr->first)) {
            return true;
        }
    }
    return false;
}
