/* SPDX-License-Identifier: Apache-2.0 */
#include "server/controller/authority.h"

#include "certs/shared.h"
#include "lib/base/clock.h"
#include "lib/kube/client/retry.h"
#include "server/controller/secret.h"
#include "server/controller/vault.h"
#include "server/controller/webhooks.h"

#include <stdatomic.h>
#include <time.h>

enum {
    TICK_MS = 1000,
    PAUSE_FIRST_MS = 500,
    PAUSE_MAX_MS = 30000,
};

enum standing {
    STANDS_WITHOUT_CA,
    STANDS_UNREGISTERED,
    STANDS_UNBELIEVED,
    STANDS_GOOD,
};

#define NO_CA                                                                                      \
    "there is no CA yet: the Secret " SECRET_NAME " could not be read or made, see the log"
#define NO_ENTRY                                                                                   \
    "no webhook of podveil is registered yet: the webhook configurations named podveil have no "   \
    "entry for this namespace"
#define NO_BUNDLE "the webhook configurations do not have podveil's CA as caBundle yet"

static const char *const missing[] = {
    [STANDS_WITHOUT_CA] = NO_CA,
    [STANDS_UNREGISTERED] = NO_ENTRY,
    [STANDS_UNBELIEVED] = NO_BUNDLE,
    [STANDS_GOOD] = "",
};

struct authority {
    struct authority_options options;
    struct webhooks webhooks;
    struct cache *secret; /* its version alone */
    struct reflector *reflector;
    pthread_t thread;
    bool runs;
    _Atomic int standing; /* enum standing */
    struct {
        _Atomic int64_t not_after;
        _Atomic int64_t published;
        _Atomic bool mutating;
        _Atomic bool validating;
        _Atomic int64_t secret;
        _Atomic int64_t bundle;
    } figures;

    bool changed; /* under the hub's lock: something was told that is to be looked at */

    /* The thread's own. */
    struct vault vault;
    struct ca *given; /* what this replica's leaf is signed by; NULL: none */
    char known_version[CACHE_MAX_VERSION + 1]; /* of the Secret that `next` is in */
    int64_t next_known_ms;                     /* since when `next` is registered; 0: it is not */
    int64_t unbelieved_ms;                     /* since when `given` is not registered; 0: it is */
    unsigned failures;                         /* in a row */
    int64_t again_ms;                          /* not before that, where there were any */
    char told[sizeof((struct error){0}).text];
};

/* ---- Words ---- */

static void say(const struct authority *authority, bool warning, const char *what,
                const char *detail)
{
    authority->options.say(authority->options.arg, warning, what, detail);
}

/* Once, until it is another failure or none. */
static void tell(struct authority *authority, const struct error *err)
{
    if (strcmp(authority->told, err->text) != 0) {
        (void)memcpy(authority->told, err->text, sizeof authority->told);
        say(authority, true, "the certificate's CA is not in order", err->text);
    }
}

static void tell_good(struct authority *authority)
{
    if (authority->told[0] != '\0') {
        authority->told[0] = '\0';
        say(authority, false, "the certificate's CA is in order again", "");
    }
}

/* ---- Figures ---- */

static void count_failure(int failed, _Atomic int64_t *failures)
{
    (void)atomic_fetch_add(failures, failed != 0 ? 1 : 0);
}

static void publish_figures(struct authority *authority)
{
    const struct ca_set *set = &authority->vault.set;
    const struct webhooks *webhooks = &authority->webhooks;
    struct slice bundle = buf_view(&authority->vault.bundle);

    if (set->signer == NULL) {
        return;
    }
    atomic_store(&authority->figures.not_after, (int64_t)set->signer->validity.not_after);
    atomic_store(&authority->figures.published,
                 1 + (set->last != NULL ? 1 : 0) + (set->next != NULL ? 1 : 0));
    atomic_store(&authority->figures.mutating,
                 webhooks_kind_is(webhooks, WEBHOOKS_MUTATING, bundle) == WEBHOOKS_YES);
    atomic_store(&authority->figures.validating,
                 webhooks_kind_is(webhooks, WEBHOOKS_VALIDATING, bundle) == WEBHOOKS_YES);
}

void authority_read(const struct authority *authority, struct authority_figures *out)
{
    *out = (struct authority_figures){
        .not_after = atomic_load(&authority->figures.not_after),
        .published = atomic_load(&authority->figures.published),
        .mutating = atomic_load(&authority->figures.mutating),
        .validating = atomic_load(&authority->figures.validating),
        .secret = atomic_load(&authority->figures.secret),
        .bundle = atomic_load(&authority->figures.bundle),
    };
}

/* ---- The Secret ---- */

static void tell_news(struct authority *authority)
{
    if (authority->vault.news != NULL) {
        say(authority, false, authority->vault.news, "Secret " SECRET_NAME);
        authority->vault.news = NULL;
    }
}

static int read(struct authority *authority, time_t now, struct error *err)
{
    authority->vault.has_others = webhooks_have_any(&authority->webhooks) != WEBHOOKS_NO;
    int failed = vault_read(&authority->vault, now, err);

    count_failure(failed, &authority->figures.secret);
    tell_news(authority);
    return failed;
}

static int arrange(struct authority *authority, time_t now, struct error *err)
{
    int64_t known_ms = authority->next_known_ms;
    int64_t known_s = known_ms == 0 ? -1 : (clock_ms() - known_ms) / 1000;
    int failed = vault_arrange(&authority->vault, now, known_s, err);

    count_failure(failed, &authority->figures.secret);
    tell_news(authority);
    return failed;
}

/* ---- What is registered ---- */

static int keep_bundle(struct authority *authority, time_t now, struct error *err)
{
    size_t wrote = 0;

    if (webhooks_are(&authority->webhooks, buf_view(&authority->vault.bundle)) != WEBHOOKS_NO) {
        return 0;
    }
    if (read(authority, now, err) != 0) {
        return -1;
    }
    int failed =
        webhooks_write(&authority->webhooks, buf_view(&authority->vault.bundle), &wrote, err);
    count_failure(failed, &authority->figures.bundle);
    if (failed != 0) {
        return -1;
    }
    if (wrote > 0) {
        say(authority, false, "caBundle written", "webhook configurations podveil");
    }
    return 0;
}

static enum webhooks_answer is_registered(const struct authority *authority, const struct ca *ca)
{
    return webhooks_have(&authority->webhooks, buf_view(&ca->pem));
}

static void follow_next(struct authority *authority)
{
    const struct ca *next = authority->vault.set.next;

    if (strcmp(authority->known_version, authority->vault.version) != 0) {
        (void)memcpy(authority->known_version, authority->vault.version,
                     sizeof authority->known_version);
        authority->next_known_ms = 0;
    }
    if (next == NULL || is_registered(authority, next) != WEBHOOKS_YES) {
        authority->next_known_ms = 0;
    } else if (authority->next_known_ms == 0) {
        authority->next_known_ms = clock_ms();
    }
}

static bool is_given(const struct authority *authority)
{
    return authority->given != NULL && slice_equal(buf_view(&authority->given->pem),
                                                   buf_view(&authority->vault.set.signer->pem));
}

/* A new signer is served where it is believed, or where what is served is not believed either. */
static bool may_give(const struct authority *authority)
{
    return authority->given == NULL || is_given(authority) ||
           is_registered(authority, authority->vault.set.signer) == WEBHOOKS_YES ||
           is_registered(authority, authority->given) == WEBHOOKS_NO;
}

static int give(struct authority *authority, struct error *err)
{
    AUTO(ca) struct ca *copy = NULL;

    if (!may_give(authority)) {
        return 0;
    }
    bool was_given = is_given(authority);
    if (ca_copy(authority->vault.set.signer, &copy, err) != 0 ||
        cert_shared_give(authority->options.source, copy, buf_view(&authority->vault.bundle),
                         err) != 0) {
        return -1;
    }
    ca_free(authority->given);
    authority->given = STEAL(copy);
    if (!was_given) {
        authority->options.given(authority->options.arg);
    }
    return 0;
}

static enum standing stand(struct authority *authority)
{
    enum standing before = (enum standing)atomic_load(&authority->standing);

    if (authority->given == NULL) {
        return STANDS_WITHOUT_CA;
    }
    enum webhooks_answer answer = is_registered(authority, authority->given);
    if (answer == WEBHOOKS_YES) {
        authority->unbelieved_ms = 0;
        return STANDS_GOOD;
    }
    if (before != STANDS_GOOD) {
        return answer == WEBHOOKS_NONE ? STANDS_UNREGISTERED : STANDS_UNBELIEVED;
    }
    if (answer != WEBHOOKS_NO) {
        authority->unbelieved_ms = 0;
    } else if (authority->unbelieved_ms == 0) {
        authority->unbelieved_ms = clock_ms();
    } else if (clock_ms() - authority->unbelieved_ms > AUTHORITY_GRACE_MS) {
        return STANDS_UNBELIEVED;
    }
    return STANDS_GOOD;
}

/* ---- The thread ---- */

static int look(struct authority *authority, time_t now, struct error *err)
{
    if (authority->vault.is_old && read(authority, now, err) != 0) {
        return -1;
    }
    if (authority->vault.set.signer == NULL) {
        return 0; /* others may put it back */
    }
    follow_next(authority);
    if (arrange(authority, now, err) != 0 || give(authority, err) != 0) {
        return -1;
    }
    if (keep_bundle(authority, now, err) != 0) {
        return -1;
    }
    return give(authority, err);
}

static void look_and_tell(struct authority *authority)
{
    struct error err = {0};
    time_t now = api_time(authority->options.hub->api); /* who believes it has the say */

    cert_shared_clock(authority->options.source, (int64_t)now - (int64_t)time(NULL));
    if (look(authority, now, &err) == 0) {
        authority->failures = 0;
        tell_good(authority);
    } else {
        authority->failures++;
        authority->again_ms = clock_ms() + retry_pause(authority->failures, PAUSE_FIRST_MS,
                                                       PAUSE_MAX_MS, retry_chance());
        tell(authority, &err);
    }
    atomic_store(&authority->standing, (int)stand(authority));
    publish_figures(authority);
}

/* Until there is something to do; false: it is time to stop. */
static bool wait_for_work(struct authority *authority)
{
    struct hub *hub = authority->options.hub;
    int64_t until_ms = clock_ms() + TICK_MS;

    hub_lock(hub);
    bool goes_on = !hub->quit;
    while (goes_on && !authority->changed && clock_ms() < until_ms) {
        goes_on = hub_wait_locked(hub, until_ms);
    }
    if (authority->changed) {
        authority->changed = false;
        authority->vault.is_old = true;
        authority->again_ms = 0;
    }
    hub_unlock(hub);
    return goes_on;
}

static void *run(void *arg)
{
    struct authority *authority = arg;

    do {
        /* Before it has spoken it is not known what time it is to the API server. */
        bool has_time = cache_state(authority->secret).heard_ms != 0;
        if (has_time && (authority->failures == 0 || clock_ms() >= authority->again_ms)) {
            look_and_tell(authority);
        }
        reflector_kick(authority->reflector);
        webhooks_kick(&authority->webhooks);
    } while (wait_for_work(authority));
    return NULL;
}

static void on_change(void *arg, enum cache_change change, const struct cache_item *before,
                      const struct cache_item *after)
{
    struct authority *authority = arg;
    struct hub *hub = authority->options.hub;

    (void)change;
    (void)before;
    (void)after;
    hub_lock(hub);
    authority->changed = true;
    hub_ring(hub);
    hub_unlock(hub);
}

static void on_trouble(void *arg, const struct error *err, int64_t again_ms)
{
    (void)again_ms;
    say(arg, true, "the API server is not followed", err->text);
}

/* The keys that are in it stay out of the cache. */
static int keep_nothing(struct value object, struct buf *out, struct error *err)
{
    (void)object;
    buf_text(out, "{}");
    return buf_check(out, err);
}

static int follow_secret(struct authority *authority, struct error *err)
{
    const struct cache_options kept = {
        .keep = keep_nothing,
        .changed = on_change,
        .arg = authority,
    };

    authority->secret = cache_new(&kept);
    if (authority->secret == NULL) {
        return error_set(err, ERR_NO_MEMORY, "no memory for a cache");
    }
    const struct reflector_options watch = {
        .resource = &resource_secrets,
        .namespace = authority->options.namespace,
        .field_selector = "metadata.name=" SECRET_NAME,
        .cache = authority->secret,
        .trouble = on_trouble,
        .arg = authority,
    };
    return reflector_start(authority->options.hub->api, &watch, &authority->reflector, err);
}

int authority_start(const struct authority_options *options, struct authority **out,
                    struct error *err)
{
    struct authority *authority = calloc(1, sizeof *authority);

    if (authority == NULL) {
        return error_set(err, ERR_NO_MEMORY, "no memory for a certificate authority");
    }
    *out = authority; /* its watches live until the client has stopped, whatever fails here */
    authority->options = *options;
    vault_init(&authority->vault, options->hub, options->namespace, options->rules);
    const struct webhooks_options webhooks = {
        .hub = options->hub,
        .namespace = options->namespace,
        .trouble = on_trouble,
        .changed = on_change,
        .arg = authority,
    };
    if (follow_secret(authority, err) != 0 ||
        webhooks_start(&authority->webhooks, &webhooks, err) != 0) {
        return -1;
    }
    if (pthread_create(&authority->thread, NULL, run, authority) != 0) {
        return error_set(err, ERR_SYSTEM, "cannot start a thread");
    }
    authority->runs = true;
    return 0;
}

void authority_join(struct authority *authority)
{
    if (authority->runs) {
        (void)pthread_join(authority->thread, NULL);
        authority->runs = false;
    }
}

void authority_free(struct authority *authority)
{
    webhooks_done(&authority->webhooks);
    if (authority->reflector != NULL) {
        reflector_free(authority->reflector);
    }
    if (authority->secret != NULL) {
        cache_free(authority->secret);
    }
    vault_done(&authority->vault);
    ca_free(authority->given);
    free(authority);
}

bool authority_is_ready(const struct authority *authority, const char **why)
{
    int standing = atomic_load(&authority->standing);

    *why = missing[standing];
    return standing == STANDS_GOOD;
}
