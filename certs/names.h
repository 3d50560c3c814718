/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The names that a serving certificate is made for: DNS names and IP addresses.
 *
 * An address is what inet_pton() takes for one, everything else has to be a DNS
 * name of RFC 1123 section 2.1 (lower-cased). A Kubernetes API server looks at
 * these names only, never at the common name.
 *
 * Ownership: everything is in place; a struct names may be copied.
 * Errors:    ERR_CONFIG with the name, what is wrong with it, what to write.
 *            Wildcards, ports, brackets and the last dot are refused.
 * Limits:    1 to NAMES_MAX names, NAME_MAX_TEXT characters each.
 */
#ifndef CERTS_NAMES_H
#define CERTS_NAMES_H

#include "lib/base/error.h"

#include <stddef.h>

enum {
    NAMES_MAX = 64,      /* a dozen is many */
    NAME_MAX_TEXT = 253, /* RFC 1123 section 2.1, RFC 1035 section 2.3.4 */
    NAME_MAX_LABEL = 63,
};

struct name {
    size_t address_len; /* 4, 16, or 0 for a DNS name */
    unsigned char address[16];
    char text[NAME_MAX_TEXT + 1]; /* "" for an address */
};

struct names {
    size_t count;
    struct name list[NAMES_MAX];
};

/* A name that is there twice is kept once, in the place of the first. */
int names_parse(const char *const *texts, size_t count, struct names *out,
                struct error *err) MUST_CHECK;

#endif
