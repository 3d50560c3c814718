/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Addresses and CIDR blocks, in their canonical text only.
 *
 * "10.0.0.0/8" is one text and one block. "010.0.0.0/8", "10.0.0.5/8",
 * "::ffff:0:0/96" and "10/8" are refused: enforcers read them differently, so
 * each is a way around (policy-semantics.md 0.8). IPv6 in RFC 5952 form.
 *
 * Limits: an address is 128 bits; IPv4 stands in the low 32 bits of `low`.
 * Errors: ERR_MALFORMED with the text, why, and where there is one the canonical form.
 * Threads: no shared state.
 */
#ifndef NETPOL_CIDR_H
#define NETPOL_CIDR_H

#include "lib/base/error.h"
#include "lib/base/slice.h"

#include <stdbool.h>
#include <stdint.h>

enum family {
    FAMILY_IPV4,
    FAMILY_IPV6,
};

struct address {
    uint64_t high; /* 0 for IPv4 */
    uint64_t low;
};

struct cidr {
    enum family family;
    unsigned prefix;
    struct address first;
    struct address last;
};

enum { CIDR_TEXT = 64, ADDRESS_TEXT = 48 };

int cidr_parse(struct slice text, struct cidr *out, struct error *err) MUST_CHECK;
void cidr_format(const struct cidr *cidr, char out[static CIDR_TEXT]);

/* A single address in canonical text, no prefix. */
int address_parse(struct slice text, enum family *family, struct address *out,
                  struct error *err) MUST_CHECK;
void address_format(enum family family, struct address address, char out[static ADDRESS_TEXT]);

int address_compare(struct address a, struct address b); /* < 0, 0, > 0 */
bool cidr_contains(const struct cidr *cidr, enum family family, struct address address);

/* RFC 1918, 100.64.0.0/10, link-local, loopback, fc00::/7, fe80::/10: what needs no allowPublic. */
bool cidr_is_private(const struct cidr *cidr);

#endif
