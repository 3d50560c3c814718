/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The giver leaves what is new beside what is used, and the next poll takes it over: so the
 * bundle that was lent out stays as it is until then.
 */
#include "certs/shared.h"

#include "certs/kind.h"
#include "certs/leaf.h"

#include <pthread.h>
#include <stdatomic.h>

enum { RETRY_AFTER = 10, BUNDLE_MAX = 64 * 1024 };

struct shared_source {
    struct cert_source base;
    struct names names;
    struct cert_life life;

    pthread_mutex_t mutex; /* the three below */
    struct ca *given;
    struct buf given_bundle;
    bool is_given;

    _Atomic int64_t ahead_s;

    struct ca *signer;
    struct buf bundle;
    uint64_t generation;
    struct validity leaf; /* of the pair that was given out last */
    bool has_leaf;        /* and the signer signed it */
    bool has_failed;
    time_t failed_at;
};

static void shared_free(struct cert_source *source)
{
    struct shared_source *self = (struct shared_source *)source;

    ca_free(self->given);
    ca_free(self->signer);
    buf_done(&self->given_bundle);
    buf_done(&self->bundle);
    (void)pthread_mutex_destroy(&self->mutex);
    free(self);
}

int cert_shared_give(struct cert_source *source, const struct ca *signer, struct slice bundle,
                     struct error *err)
{
    struct shared_source *self = (struct shared_source *)source;
    AUTO(ca) struct ca *copy = NULL;
    AUTO(buf) struct buf text = {0};

    buf_init(&text, BUNDLE_MAX);
    buf_slice(&text, bundle);
    if (buf_check(&text, err) != 0 || ca_copy(signer, &copy, err) != 0) {
        return -1;
    }
    (void)pthread_mutex_lock(&self->mutex);
    struct ca *old = self->given;
    struct buf old_text = self->given_bundle;
    self->given = STEAL(copy);
    self->given_bundle = text;
    self->is_given = true;
    (void)pthread_mutex_unlock(&self->mutex);
    ca_free(old);
    text = old_text;
    return 0;
}

void cert_shared_clock(struct cert_source *source, int64_t ahead_s)
{
    atomic_store(&((struct shared_source *)source)->ahead_s, ahead_s);
}

static void take_signer(struct shared_source *self, struct ca *given)
{
    bool is_new =
        self->signer == NULL || !slice_equal(buf_view(&self->signer->pem), buf_view(&given->pem));

    if (is_new) {
        self->has_leaf = false;
        self->has_failed = false;
    }
    ca_free(self->signer);
    self->signer = given;
}

static void take_bundle(struct shared_source *self, struct buf *given)
{
    if (slice_equal(buf_view(&self->bundle), buf_view(given))) {
        return;
    }
    struct buf old = self->bundle;
    self->bundle = *given;
    *given = old;
    self->generation++;
}

static void take_over(struct shared_source *self)
{
    (void)pthread_mutex_lock(&self->mutex);
    if (self->is_given) {
        self->is_given = false;
        take_signer(self, STEAL(self->given));
        take_bundle(self, &self->given_bundle);
    }
    (void)pthread_mutex_unlock(&self->mutex);
}

static bool is_due(const struct shared_source *self, time_t now)
{
    bool waits = self->has_failed && now >= self->failed_at && now < self->failed_at + RETRY_AFTER;

    return self->signer != NULL && !waits &&
           (!self->has_leaf || now < self->leaf.not_before || validity_is_old(self->leaf, now));
}

static int shared_poll(struct cert_source *source, time_t here, struct cert_pair **fresh,
                       struct error *err)
{
    struct shared_source *self = (struct shared_source *)source;
    time_t now = here + (time_t)atomic_load(&self->ahead_s);
    struct cert_life life = self->life;

    *fresh = NULL;
    take_over(self);
    if (!is_due(self, now)) {
        return 0;
    }
    if (life.lasts > self->signer->validity.not_after - now) {
        life.lasts = self->signer->validity.not_after - now;
    }
    self->has_failed = leaf_issue_for(self->signer, &self->names, now, life, fresh, err) != 0;
    if (self->has_failed) {
        self->failed_at = now;
        return -1;
    }
    self->leaf = (*fresh)->validity;
    self->has_leaf = true;
    return 0;
}

static struct cert_bundle shared_bundle(const struct cert_source *source)
{
    const struct shared_source *self = (const struct shared_source *)source;

    return (struct cert_bundle){
        .pem = buf_view(&self->bundle),
        .generation = self->generation,
        .not_after = self->signer == NULL ? 0 : self->signer->validity.not_after,
    };
}

static const struct cert_source_kind shared_kind = {
    .poll = shared_poll,
    .bundle = shared_bundle,
    .free = shared_free,
};

int cert_source_shared(const char *const *names, size_t count, struct cert_life leaf,
                       struct cert_source **out, struct error *err)
{
    struct names parsed = {0};

    if (names_parse(names, count, &parsed, err) != 0) {
        return -1;
    }
    struct shared_source *self = calloc(1, sizeof *self);
    if (self == NULL) {
        return error_set(err, ERR_NO_MEMORY, "no memory for a certificate source");
    }
    self->base.kind = &shared_kind;
    self->names = parsed;
    self->life = leaf;
    (void)pthread_mutex_init(&self->mutex, NULL);
    buf_init(&self->given_bundle, BUNDLE_MAX);
    buf_init(&self->bundle, BUNDLE_MAX);
    *out = &self->base;
    return 0;
}
