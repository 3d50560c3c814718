/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which configurations the podveils that live now have, as they say it in annotations of their
 * common Lease:
 *
 *   peer.podveil.io/<16 hex of the identity's hash>: "<configuration id> <how often it was said>"
 *
 * The holder says its own with each renewal. The others say theirs only while the holder's is
 * another one, so that a Lease costs no more writes than ever where all have the same.
 *
 * Who did not say it for as long as a Lease lasts is believed to be gone, by when this process saw
 * the text change. Whoever writes the Lease leaves out those.
 *
 * Pure: the times come in, the annotations go out.
 *
 * Ownership: in place, owns nothing.
 * Threads:   one at a time.
 * Limits:    PEERS_MAX podveils; of more than that some are not known.
 */
#ifndef CONTROLLER_PEERS_H
#define CONTROLLER_PEERS_H

#include "lib/config/config.h"
#include "lib/kube/build.h"

#include <stdint.h>

enum { PEERS_MAX = 16, PEER_NAME = 17, PEER_TEXT = 48 };

struct peer {
    char name[PEER_NAME];
    char text[PEER_TEXT];
    int64_t seen_ms; /* when the text was seen to change */
};

struct peers {
    char own[PEER_NAME];
    char config[CONFIG_ID_LEN + 1]; /* ours; "": none yet */
    int64_t lasts_ms;
    uint64_t said;
    struct peer items[PEERS_MAX]; /* of the Lease as it was seen last, our own among them */
    size_t count;
};

/* Ids of configurations, each once. */
struct peer_configs {
    char ids[PEERS_MAX][CONFIG_ID_LEN + 1];
    size_t count;
};

void peers_init(struct peers *peers, const char *identity, int64_t lasts_ms);

/* This is ours; "": none. */
void peers_use(struct peers *peers, const char *config_id);

void peers_see(struct peers *peers, struct value lease, int64_t now_ms);

/* Is there something of us that the others have to be told, where `holder` leads? */
bool peers_must_say(const struct peers *peers, const char *holder, int64_t now_ms);

/* The annotations to write: who lives, and what we have. NULL without memory. */
struct build *peers_print(struct peers *peers, int64_t now_ms);

/* What others have that is not ours. */
void peers_others(const struct peers *peers, int64_t now_ms, struct peer_configs *out);

bool peer_configs_have(const struct peer_configs *configs, const char *id);

#endif
