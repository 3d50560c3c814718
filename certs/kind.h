/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a kind of certificate source is to source.c. Inside of certs/ only; the
 * contracts are those of source.h.
 *
 * A kind's own struct begins with a struct cert_source, so a pointer to the one
 * is a pointer to the other.
 */
#ifndef CERTS_KIND_H
#define CERTS_KIND_H

#include "certs/source.h"

struct cert_source_kind {
    int (*poll)(struct cert_source *source, time_t now, struct cert_pair **fresh,
                struct error *err);
    struct cert_bundle (*bundle)(const struct cert_source *source);
    void (*free)(struct cert_source *source);
};

struct cert_source {
    const struct cert_source_kind *kind;
};

#endif
