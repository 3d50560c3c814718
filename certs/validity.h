/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From when to when a certificate is valid, by the wall clock, in seconds since
 * 1970. The clock is always the caller's: nothing in certs/ reads one.
 */
#ifndef CERTS_VALIDITY_H
#define CERTS_VALIDITY_H

#include <stdbool.h>
#include <time.h>

struct validity {
    time_t not_before;
    time_t not_after;
};

/* For what is made here: from `backdate` before now to `lasts` after it. */
struct cert_life {
    time_t lasts;
    time_t backdate;
};

enum { VALIDITY_DATE_SIZE = sizeof "9999-12-31T23:59:59Z" };

/* Both ends belong to it (RFC 5280 section 4.1.2.5). */
bool validity_has(struct validity validity, time_t now);

/* Are two thirds of it over? Then it is time to renew. */
bool validity_is_old(struct validity validity, time_t now);

/* For people: "2026-01-31T08:00:00Z". Returns text. */
const char *validity_date(time_t when, char text[static VALIDITY_DATE_SIZE]);

#endif
