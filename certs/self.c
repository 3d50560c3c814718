/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Certificates of our own: a CA, and serving certificates that it signs.
 *
 * The serving certificate is renewed at two thirds of its day, and at once when
 * the clock is outside of its validity, on whichever side.
 *
 * A new CA is nothing that clients can be surprised with: they have to be given
 * its certificate first. So at two thirds of its year the signing CA (signer)
 * gets a successor (next), which is published but signs nothing until it has been
 * public for LEAD; from then on the next renewal is signed by it, and the CA
 * before it (last) stays published until the certificate that it signed has run
 * out. No serving certificate ever outlives its CA, since a signer that has less
 * than a whole day left is replaced at once. That, and a clock before the
 * signer's first second, is where clients do get a surprise: the clock jumped by
 * months, or back behind the start of this program, and nothing else can work.
 *
 *             0          8 months   + LEAD, next renewal    + what last's leaf lives
 *   published signer     signer, next    last, signer            signer
 */
#include "certs/ca.h"
#include "certs/kind.h"
#include "certs/leaf.h"

enum {
    LEAD = 3600,          /* for clients to fetch the bundle */
    RETRY_AFTER = 60,     /* a failed renewal has hours left */
    BUNDLE_MAX = 8 * 1024 /* three certificates of some 700 bytes */
};

struct self_source {
    struct cert_source base;
    struct names names;
    struct ca *last;
    struct ca *signer;
    struct ca *next;
    time_t last_end;      /* of the last certificate that `last` signed */
    struct validity leaf; /* of the pair that was given out last */
    bool has_leaf;        /* and the signer signed it */
    bool is_started;
    bool has_failed;
    bool bundle_is_stale;
    time_t failed_at;
    struct buf bundle;
    uint64_t generation;
};

static void self_free(struct cert_source *source)
{
    struct self_source *self = (struct self_source *)source;

    ca_free(self->last);
    ca_free(self->signer);
    ca_free(self->next);
    buf_done(&self->bundle);
    free(self);
}

static void set_ca(struct self_source *self, struct ca **slot, struct ca *ca)
{
    if (*slot != ca) {
        ca_free(*slot);
        *slot = ca;
        self->bundle_is_stale = true;
    }
}

static bool can_sign(const struct ca *ca, time_t now)
{
    return ca != NULL && validity_has(ca->validity, now) &&
           now <= ca->validity.not_after - LEAF_LIFE;
}

/* The clock left the signer behind: what else there is of CAs and certificates is no better. */
static int replace_signer(struct self_source *self, time_t now, struct error *err)
{
    AUTO(ca) struct ca *ca = NULL;

    if (can_sign(self->next, now)) {
        ca = STEAL(self->next);
    } else if (ca_make(now, &ca, err) != 0) {
        return -1;
    }
    set_ca(self, &self->last, NULL);
    set_ca(self, &self->next, NULL);
    set_ca(self, &self->signer, STEAL(ca));
    self->has_leaf = false;
    return 0;
}

static int arrange_cas(struct self_source *self, time_t now, struct error *err)
{
    if (!can_sign(self->signer, now)) {
        return replace_signer(self, now, err);
    }
    if (self->last != NULL && now > self->last_end) {
        set_ca(self, &self->last, NULL);
    }
    if (self->next == NULL && validity_is_old(self->signer->validity, now)) {
        struct ca *ca = NULL;
        if (ca_make(now, &ca, err) != 0) {
            return -1;
        }
        set_ca(self, &self->next, ca);
    }
    return 0;
}

static int publish(struct self_source *self, struct error *err)
{
    const struct ca *const all[] = {self->last, self->signer, self->next};

    if (!self->bundle_is_stale) {
        return 0;
    }
    AUTO(buf) struct buf text = {0};
    buf_init(&text, BUNDLE_MAX);
    for (size_t i = 0; i < COUNT_OF(all); i++) {
        if (all[i] != NULL) {
            buf_slice(&text, buf_view(&all[i]->pem));
        }
    }
    if (buf_check(&text, err) != 0) {
        return -1;
    }
    self->bundle_is_stale = false;
    if (!slice_equal(buf_view(&text), buf_view(&self->bundle))) {
        struct buf old = self->bundle;
        self->bundle = text;
        text = old;
        self->generation++;
    }
    return 0;
}

static bool is_leaf_due(const struct self_source *self, time_t now)
{
    return !self->has_leaf || now < self->leaf.not_before || validity_is_old(self->leaf, now);
}

static void hand_over(struct self_source *self)
{
    set_ca(self, &self->last, STEAL(self->signer));
    set_ca(self, &self->signer, STEAL(self->next));
    self->last_end = self->leaf.not_after;
}

static int renew_leaf(struct self_source *self, time_t now, struct cert_pair **out,
                      struct error *err)
{
    struct cert_pair *pair = NULL;

    if (!is_leaf_due(self, now)) {
        return 0;
    }
    bool is_next =
        self->next != NULL && now >= self->next->validity.not_before + CA_BACKDATE + LEAD;
    if (leaf_issue(is_next ? self->next : self->signer, &self->names, now, &pair, err) != 0) {
        return -1;
    }
    if (is_next) {
        hand_over(self);
    }
    self->leaf = pair->validity;
    self->has_leaf = true;
    *out = pair;
    return 0;
}

static bool is_waiting(const struct self_source *self, time_t now)
{
    return self->is_started && self->has_failed && now >= self->failed_at &&
           now < self->failed_at + RETRY_AFTER;
}

static int self_poll(struct cert_source *source, time_t now, struct cert_pair **fresh,
                     struct error *err)
{
    struct self_source *self = (struct self_source *)source;
    struct cert_pair *pair = NULL;

    if (is_waiting(self, now)) {
        *fresh = NULL;
        return 0;
    }
    self->has_failed = arrange_cas(self, now, err) != 0 || publish(self, err) != 0 ||
                       renew_leaf(self, now, &pair, err) != 0;
    if (self->has_failed) {
        self->failed_at = now;
        /* All of it is made here: what cannot be read again was no file of anybody's. */
        err->code = err->code == ERR_NO_MEMORY ? ERR_NO_MEMORY : ERR_SYSTEM;
        return -1;
    }
    self->is_started = true;
    *fresh = pair;
    return 0;
}

static struct cert_bundle self_bundle(const struct cert_source *source)
{
    const struct self_source *self = (const struct self_source *)source;

    return (struct cert_bundle){
        .pem = buf_view(&self->bundle),
        .generation = self->generation,
        .not_after = self->signer == NULL ? 0 : self->signer->validity.not_after,
    };
}

static const struct cert_source_kind self_kind = {
    .poll = self_poll,
    .bundle = self_bundle,
    .free = self_free,
};

int cert_source_self(const char *const *names, size_t count, struct cert_source **out,
                     struct error *err)
{
    struct names parsed = {0};

    if (names_parse(names, count, &parsed, err) != 0) {
        return -1;
    }
    struct self_source *self = calloc(1, sizeof *self);
    if (self == NULL) {
        return error_set(err, ERR_NO_MEMORY, "no memory for a certificate source");
    }
    self->base.kind = &self_kind;
    self->names = parsed;
    buf_init(&self->bundle, BUNDLE_MAX);
    *out = &self->base;
    return 0;
}
