/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who leads, as client-go elects by a Lease (coordination.k8s.io/v1): the holder renews;
 * who sees no change of the Lease for its whole duration takes it. Other machines' clocks
 * are written but never compared: what counts is when this process saw the last change. What
 * others write into its annotations (peers.h) is no change of that kind.
 *
 * Pure: the times come in, the object goes out. lease.h asks the API server.
 *
 * The leader leads for `renew_ms` after it sent its last renewal that succeeded, and so
 * stops before anybody else can start.
 *
 * Ownership: in place, owns nothing. The identity is borrowed.
 */
#ifndef CONTROLLER_ELECTION_H
#define CONTROLLER_ELECTION_H

#include "lib/base/buf.h"
#include "lib/kube/value.h"
#include "server/controller/peers.h"

#include <stdint.h>

enum { ELECTION_TEXT = 256 };

struct election_times {
    int64_t lease_ms; /* written in whole seconds */
    int64_t renew_ms; /* shorter */
    int64_t retry_ms; /* shorter still: between two looks */
};

struct election {
    const char *identity;
    struct election_times times;

    /* The Lease as it was seen last; version is "" where there is none. */
    char version[ELECTION_TEXT];
    char holder[ELECTION_TEXT];
    char acquired[ELECTION_TEXT];
    char renewed[ELECTION_TEXT];
    int64_t transitions;
    int64_t lasts_ms;
    int64_t seen_ms; /* when holder or renewal were seen to change */

    int64_t renewed_ms; /* when our last renewal that succeeded was sent; 0: we do not hold it */

    struct peers peers;
};

enum election_step {
    ELECTION_WAIT,   /* somebody else holds it */
    ELECTION_CREATE, /* there is none */
    ELECTION_TAKE,   /* it is nobody's, or its holder is silent */
    ELECTION_RENEW,
    ELECTION_SAY, /* somebody else holds it, and has another configuration: say ours */
};

void election_init(struct election *election, const char *identity,
                   const struct election_times *times);

/* This is the Lease; absent: there is none. */
void election_see(struct election *election, struct value lease, int64_t now_ms);

/* The Lease is ours, unless we only said something: the API server answered a write of ours, which
 * was sent at sent_ms, so. */
void election_hold(struct election *election, struct value lease, int64_t sent_ms);

enum election_step election_next(const struct election *election, int64_t now_ms);

/* Until when (clock_ms()) do we lead? 0: we do not. */
int64_t election_leads_until(const struct election *election);

/* Which Lease, and what an administrator's clock says: microseconds since 1970. */
struct election_place {
    const char *namespace;
    const char *name;
    int64_t wall_us;
    int64_t now_ms;
};

/* What to write for that step. */
int election_print(struct election *election, enum election_step step,
                   const struct election_place *place, struct buf *out,
                   struct error *err) MUST_CHECK;

/* Give it up: the next to look takes it at once. */
int election_print_release(struct election *election, const struct election_place *place,
                           struct buf *out, struct error *err) MUST_CHECK;

#endif
