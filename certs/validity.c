/* SPDX-License-Identifier: Apache-2.0 */
#include "certs/validity.h"

#include <stddef.h>

bool validity_has(struct validity validity, time_t now)
{
    return validity.not_before <= now && now <= validity.not_after;
}

bool validity_is_old(struct validity validity, time_t now)
{
    return now >= validity.not_after - (validity.not_after - validity.not_before) / 3;
}

const char *validity_date(time_t when, char text[static VALIDITY_DATE_SIZE])
{
    struct tm tm;

    text[0] = '\0';
    if (gmtime_r(&when, &tm) != NULL) {
        (void)strftime(text, VALIDITY_DATE_SIZE, "%Y-%m-%dT%H:%M:%SZ", &tm);
    }
    return text;
}
