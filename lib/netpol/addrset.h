/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sets of addresses, exact: IPv4 and IPv6 apart, each as sorted, disjoint,
 * closed intervals. Closed, so that 255.255.255.255 and the last IPv6 address
 * need no number above them.
 *
 * Use: add and cut blocks in any order, then addrset_seal() once, then ask.
 *
 * Ownership: the set owns its memory until addrset_done().
 * Threads:   a sealed set is read-only and may be shared.
 * Errors:    ERR_NO_MEMORY. Cost: O(n log n) to seal, O(n log m) to compare.
 */
#ifndef NETPOL_ADDRSET_H
#define NETPOL_ADDRSET_H

#include "lib/netpol/cidr.h"

#include <stddef.h>

struct interval {
    struct address first;
    struct address last;
};

struct intervals {
    struct interval *items;
    size_t count;
    size_t cap;
};

struct addrset {
    struct intervals of[2]; /* by enum family */
};

void addrset_init(struct addrset *set);
void addrset_done(struct addrset *set);
DEFINE_AUTO_IN_PLACE(addrset, struct addrset, addrset_done);

int addrset_add(struct addrset *set, const struct cidr *cidr, struct error *err) MUST_CHECK;
int addrset_add_all(struct addrset *set, enum family family, struct error *err) MUST_CHECK;
void addrset_seal(struct addrset *set);

/* Add all of b, sealed or not. Where it fails, a holds a part of b. */
int addrset_append(struct addrset *a, const struct addrset *b, struct error *err) MUST_CHECK;

/* Both sealed: out = a without b, sealed. `out` is initialised by the call, and empty if it fails.
 */
int addrset_subtract(const struct addrset *a, const struct addrset *b, struct addrset *out,
                     struct error *err) MUST_CHECK;

/* Append all of b to a and seal. */
int addrset_unite(struct addrset *a, const struct addrset *b, struct error *err) MUST_CHECK;

bool addrset_is_empty(const struct addrset *set);

/* Sealed. */
bool addrset_has(const struct addrset *set, enum family family, struct address address);

/* Both sealed: is a inside b? Where not, the first address of a that is not in b is the witness,
 * IPv4 before IPv6. */
bool addrset_inside(const struct addrset *a, const struct addrset *b, enum family *family,
                    struct address *witness);

#endif
