/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The CAs of all replicas as they stand in the Secret podveil-ca, made there by whoever
 * comes first, changed on condition that nobody else changed it.
 *
 * A Secret that is gone is put back with what is in memory. Who has nothing in memory leaves
 * that to the others for a while, if there may be any. One that holds no CA is left alone:
 * somebody made it so. One that holds quite another CA is taken, and the CA that leaves are
 * still of is added to it as the one before.
 *
 * Ownership: in place; vault_done() wipes the keys. The hub, the namespace and the rules are
 *            borrowed.
 * Threads:   one, which may wait for the API server.
 * Errors:    with the API server's own words, or the Secret's key that is wrong. What was known
 *            is then still known.
 */
#ifndef CONTROLLER_VAULT_H
#define CONTROLLER_VAULT_H

#include "certs/ca_set.h"
#include "lib/kube/client/cache.h"
#include "server/controller/hub.h"

struct vault {
    struct hub *hub;
    const char *namespace;
    const struct ca_rules *rules;

    struct ca_set set;                   /* the signer is NULL before it was read */
    char version[CACHE_MAX_VERSION + 1]; /* of the Secret that has it */
    bool is_old;                         /* the Secret may be another one by now */
    bool has_others;                     /* another replica may have a CA: the caller says so */
    int64_t absent_ms;                   /* since when there is none and we know none; 0 */
    struct ca *lost;                     /* the signer that another one took the place of; NULL */
    struct buf bundle;                   /* of the set, for clients */
    const char *news;                    /* for the log, static; NULL: none, or taken */
};

extern const struct resource resource_secrets;

void vault_init(struct vault *vault, struct hub *hub, const char *namespace,
                const struct ca_rules *rules);
void vault_done(struct vault *vault);

enum { VAULT_PATIENCE_MS = 3000 };

/*
 * What the Secret has now; it is made where it is not there. 0 and no signer: others may put it
 * back within VAULT_PATIENCE_MS.
 */
int vault_read(struct vault *vault, time_t now, struct error *err) MUST_CHECK;

/* One step of the rotation, if one is due: known_s as ca_set_arrange() has it. */
int vault_arrange(struct vault *vault, time_t now, int64_t known_s, struct error *err) MUST_CHECK;

#endif
