/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The CAs that several servers share, and how one follows another without anybody
 * being asked to believe a certificate before its CA is known:
 *
 *             0         2/3 of its life   known for `lead`      + what a leaf lives
 *   published signer    signer, next      last, signer          signer
 *
 * What changes is written to where the set is shared first, by whoever is fastest, and
 * counts once it stands there. The previous CA is kept as a certificate, without its key.
 *
 * Only a signer that ended, or ends within a leaf's life, is replaced at once: nothing else
 * can work then. One that is not valid yet is left alone, since the clock that says so may
 * be this machine's alone.
 *
 * Ownership: ca_set_done() frees the CAs, which wipes their keys.
 * Threads:   one at a time.
 * Errors:    as ca.h. The set is then as it was.
 */
#ifndef CERTS_CA_SET_H
#define CERTS_CA_SET_H

#include "certs/ca.h"

#include <stdint.h>

struct ca_set {
    struct ca *last; /* NULL: none */
    time_t last_until;
    struct ca *signer;
    struct ca *next; /* NULL: none */
};

struct ca_rules {
    struct cert_life ca;
    struct cert_life leaf;
    time_t lead; /* how long a new CA is known to clients before it signs */
};

enum { CA_SET_LEAD = 60, CA_SET_BUNDLE_MAX = 64 * 1024 };

/* What users get. */
extern const struct ca_rules ca_set_rules;

void ca_set_done(struct ca_set *set);
DEFINE_AUTO_IN_PLACE(ca_set, struct ca_set, ca_set_done);

/* As STEAL(): what it has goes to another owner. */
static inline struct ca_set ca_set_steal(struct ca_set *set)
{
    struct ca_set taken = *set;

    *set = (struct ca_set){0};
    return taken;
}

/* A first one. `set` is empty. */
int ca_set_make(struct ca_set *set, const struct ca_rules *rules, time_t now,
                struct error *err) MUST_CHECK;
int ca_set_copy(const struct ca_set *set, struct ca_set *out, struct error *err) MUST_CHECK;

/* known_s: for how long the clients have had `next`; -1: they do not have it. */
int ca_set_arrange(struct ca_set *set, const struct ca_rules *rules, time_t now, int64_t known_s,
                   bool *changed, struct error *err) MUST_CHECK;

/* What clients have to believe; `out` is emptied first. */
int ca_set_bundle(const struct ca_set *set, struct buf *out, struct error *err) MUST_CHECK;

#endif
