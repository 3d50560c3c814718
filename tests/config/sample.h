/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The smallest configuration that is right, and that one with a part exchanged:
 * what the suites of this folder start from.
 */
#ifndef TESTS_CONFIG_SAMPLE_H
#define TESTS_CONFIG_SAMPLE_H

#include "lib/config/config.h"

#include <criterion/criterion.h>

static const char sample[] = "apiVersion: podveil.io/v1\n"         /* 1 */
                             "kind: Configuration\n"               /* 2 */
                             "cluster:\n"                          /* 3 */
                             "  podCIDRs: [10.1.0.0/16]\n"         /* 4 */
                             "  serviceCIDRs: [10.152.183.0/24]\n" /* 5 */
                             "  dns: {address: 10.152.183.10}\n"   /* 6 */
                             "gateways:\n"                         /* 7 */
                             "- name: vpn\n"                       /* 8 */
                             "  address: gluetun.vpn.svc\n"        /* 9 */
                             "  namespace: vpn\n"                  /* 10 */
                             "  podSelector: {app: gluetun}\n"     /* 11 */
                             "  serviceAccount: gluetun\n";        /* 12 */

/* The sample with the first `part` exchanged; `part` of NULL is its end. */
static inline char *sample_with(const char *part, const char *with)
{
    AUTO(buf) struct buf text = {0};
    const char *at = part == NULL ? sample + sizeof sample - 1 : strstr(sample, part);
    buf_init(&text, 1 << 21);

    cr_assert_not_null(at, "%s is not in the sample", part == NULL ? "" : part);
    buf_append(&text, sample, (size_t)(at - sample));
    buf_text(&text, with);
    buf_text(&text, at + (part == NULL ? 0 : strlen(part)));
    return buf_take(&text);
}

/* The configuration of that text, which has to be right. */
static inline const struct config *sample_read(const char *text, struct config_warnings *warnings)
{
    const struct config *config = NULL;
    struct error err = {0};

    cr_assert_eq(config_parse(slice_of(text), "f", &config, warnings, &err), 0, "%s", err.text);
    return config;
}

#endif
