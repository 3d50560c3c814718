/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the server looks at each second, while memory ends: a new configuration, a
 * new certificate. Either it is in use as a whole, or the old one stays, is counted
 * as a failure, and the new one is in use as soon as there is memory again, without
 * anybody having to touch the file once more.
 */
#include "server/http/ticker.h"
#include "tests/support/fixture.h"
#include "tests/support/torture.h"
#include "tests/torture/site.h"

#include <criterion/criterion.h>

#include <limits.h>
#include <stdio.h>
#include <unistd.h>

enum { HOUR = 3600, RETRY = 61, LOOKS = 5 };

static char dir[] = TEST_BINARY_DIR "/ticker-XXXXXX";
static char config_path[PATH_MAX];
static char ca_path[PATH_MAX];
static char chain_path[PATH_MAX];
static char key_path[PATH_MAX];
static struct buf example;
static struct buf other;
static struct cert_pair *pairs[2];

static struct cert_pair *make_pair(void)
{
    static const char *const names[] = {"localhost"};
    AUTO(cert_source) struct cert_source *source = NULL;
    struct cert_pair *pair = NULL;
    struct error err = {0};

    cr_assert_eq(cert_source_self(names, COUNT_OF(names), &source, &err), 0, "%s", err.text);
    cr_assert_eq(cert_source_poll(source, time(NULL), &pair, &err), 0, "%s", err.text);
    return pair;
}

static void enter(void)
{
    memory_spare("libtasn1.so");
    memory_spare("libgmp.so");
    cr_assert_not_null(mkdtemp(dir));
    (void)snprintf(config_path, sizeof config_path, "%s/podveil.yaml", dir);
    (void)snprintf(ca_path, sizeof ca_path, "%s/ca.crt", dir);
    (void)snprintf(chain_path, sizeof chain_path, "%s/tls.crt", dir);
    (void)snprintf(key_path, sizeof key_path, "%s/tls.key", dir);
    fixture_read(&example, FIXTURE_EXAMPLE);
    fixture_read(&other, "fixtures/config/other.yaml");
    pairs[0] = make_pair();
    pairs[1] = make_pair();
}

static void leave(void)
{
    (void)unlink(config_path);
    (void)unlink(ca_path);
    (void)unlink(chain_path);
    (void)unlink(key_path);
    (void)rmdir(dir);
    buf_done(&example);
    buf_done(&other);
    cert_pair_free(pairs[0]);
    cert_pair_free(pairs[1]);
}
TestSuite(torture_ticker, .init = enter, .fini = leave);

/* Another file under that name, as file_write() makes it, but without a wait for the disk. */
static void put(const char *path, const char *text)
{
    char aside[PATH_MAX + 8];

    (void)snprintf(aside, sizeof aside, "%s.aside", path);
    FILE *file = fopen(aside, "w");
    cr_assert_not_null(file);
    cr_assert_geq(fputs(text, file), 0);
    cr_assert_eq(fclose(file), 0);
    cr_assert_eq(rename(aside, path), 0);
}

/* As much of a server as a look needs. */
struct watch {
    struct server_options options;
    struct service service;
    struct ticker ticker;
};

static void watch_done(struct watch *watch)
{
    ticker_close(&watch->ticker);
    site_done(&watch->service);
}
DEFINE_AUTO_IN_PLACE(watch, struct watch, watch_done);

static void watch_open(struct watch *watch, enum server_certificate certificate)
{
    struct error err = {0};

    watch->options = (struct server_options){
        .config = config_path,
        .certificate = certificate,
        .ca_out = certificate == SERVER_CERTIFICATE_SELF ? ca_path : NULL,
        .cert_dir = certificate == SERVER_CERTIFICATE_FILES ? dir : NULL,
    };
    site_init(&watch->service, &watch->options);
    put(config_path, buf_cstr(&example));
    put(chain_path, pairs[0]->chain);
    put(key_path, pairs[0]->key);
    cr_assert_eq(ticker_open(&watch->ticker, &watch->service, &err), 0, "%s", err.text);
}

/* What a look may change. */
struct state {
    char config[CONFIG_ID_LEN + 1];
    const struct tls_set *certificate;
    int64_t not_after;
    int64_t swapped;
    int64_t failed;
};

static struct state state_of(struct watch *watch)
{
    struct service *service = &watch->service;
    struct state state = {
        .certificate = atomic_load(&service->tls.current),
        .not_after = atomic_load(&service->cert_not_after),
        .swapped = metrics_get(&service->metrics, METRIC_CERT_SWAPPED) +
                   metrics_get(&service->metrics, METRIC_CONFIG_LOADED),
        .failed = metrics_get(&service->metrics, METRIC_CERT_FAILED) +
                  metrics_get(&service->metrics, METRIC_CONFIG_FAILED),
    };

    rulesets_id(&service->rulesets, state.config);
    return state;
}

/* So many looks, a second apart. */
static void look(struct watch *watch, time_t now, bool reload)
{
    for (time_t second = 0; second < LOOKS; second++) {
        ticker_look(&watch->ticker, now + second, reload && second == 0);
    }
}

static void look_without_memory(struct watch *watch, struct memory_plan plan, time_t now,
                                bool reload)
{
    memory_begin(plan);
    look(watch, now, reload);
    (void)memory_end();
}

static int told(const struct state *was, const struct state *is, struct memory_plan plan,
                struct error *err)
{
    if (is->swapped > was->swapped) {
        return 0;
    }
    cr_assert_gt(is->failed, was->failed, "allocation %zu: nothing counts it", plan.nth);
    return error_set(err, ERR_NO_MEMORY, "the old one stays");
}

/* One server for all runs of a test, which go from one configuration to the other. */
struct reloading {
    struct watch watch;
    bool by_signal;
    const struct buf *next;
};

static int reload(struct memory_plan plan, const void *context, struct error *err)
{
    struct reloading *reloading = *(struct reloading *const *)context;
    struct watch *watch = &reloading->watch;
    struct state was = state_of(watch);

    put(config_path, buf_cstr(reloading->next));
    reloading->next = reloading->next == &other ? &example : &other;
    look_without_memory(watch, plan, time(NULL), reloading->by_signal);
    struct state is = state_of(watch);
    int got = told(&was, &is, plan, err);
    cr_assert_eq(strcmp(is.config, was.config) == 0, got != 0, "allocation %zu", plan.nth);
    cr_assert_eq(metrics_get(&watch->service.metrics, METRIC_CONFIG_GOOD), got == 0 ? 1 : 0,
                 "allocation %zu", plan.nth);
    look(watch, time(NULL), false);
    struct state then = state_of(watch);
    cr_assert_str_neq(then.config, was.config, "allocation %zu: forgotten", plan.nth);
    cr_assert_eq(then.certificate, was.certificate, "allocation %zu", plan.nth);
    return got;
}

static void try_reload(bool by_signal, size_t stride)
{
    struct reloading reloading = {.by_signal = by_signal, .next = &other};
    struct reloading *const context = &reloading;

    watch_open(&reloading.watch, SERVER_CERTIFICATE_FILES);
    (void)torture(
        &(struct torture){.work = reload, .context = &context, .stride = stride, .keeps = true});
    watch_done(&reloading.watch);
}

Test(torture_ticker, a_reload_keeps_the_old_configuration_or_takes_the_new)
{
    try_reload(false, 1);
    try_reload(true, 11);
}

/* The pair on disk, or the one that is made, is served at once or as soon as there is memory. */
static int renew(struct watch *watch, struct memory_plan plan, time_t now, struct error *err)
{
    struct state was = state_of(watch);

    look_without_memory(watch, plan, now, false);
    struct state is = state_of(watch);
    int got = told(&was, &is, plan, err);
    cr_assert_eq(is.certificate == was.certificate, got != 0, "allocation %zu", plan.nth);
    look(watch, now + RETRY, false);
    struct state then = state_of(watch);
    cr_assert_neq(then.certificate, was.certificate, "allocation %zu: forgotten", plan.nth);
    cr_assert_str_eq(then.config, was.config, "allocation %zu", plan.nth);
    return got;
}

static int renew_files(struct memory_plan plan, const void *context, struct error *err)
{
    AUTO(watch) struct watch watch = {0};

    (void)context;
    watch_open(&watch, SERVER_CERTIFICATE_FILES);
    put(chain_path, pairs[1]->chain);
    put(key_path, pairs[1]->key);
    return renew(&watch, plan, time(NULL), err);
}

Test(torture_ticker, a_renewal_of_files_keeps_the_old_pair_or_takes_the_new)
{
    (void)torture(&(struct torture){.work = renew_files, .stride = 13, .keeps = true});
}

static int renew_own(struct memory_plan plan, const void *context, struct error *err)
{
    AUTO(watch) struct watch watch = {0};

    (void)context;
    watch_open(&watch, SERVER_CERTIFICATE_SELF);
    int64_t not_after = atomic_load(&watch.service.cert_not_after);
    int got = renew(&watch, plan, time(NULL) + 17 * HOUR, err);
    cr_assert_gt(atomic_load(&watch.service.cert_not_after), not_after, "allocation %zu", plan.nth);
    return got;
}

Test(torture_ticker, a_renewal_of_our_own_keeps_the_old_pair_or_takes_the_new)
{
    (void)torture(&(struct torture){.work = renew_own, .stride = 31, .keeps = true});
}

static int swap(struct memory_plan plan, const void *context, struct error *err)
{
    struct tls tls;
    struct error own = {0};

    (void)context;
    tls_init(&tls);
    cr_assert_eq(tls_swap(&tls, pairs[0]->chain, pairs[0]->key, 0, &own), 0, "%s", own.text);
    const struct tls_set *was = atomic_load(&tls.current);
    memory_begin(plan);
    int got = tls_swap(&tls, pairs[1]->chain, pairs[1]->key, 0, err);
    (void)memory_end();
    cr_assert_eq(atomic_load(&tls.current) == was, got != 0, "allocation %zu", plan.nth);
    tls_done(&tls);
    return got;
}

Test(torture_ticker, a_swap_leaves_one_pair_or_the_other)
{
    (void)torture(&(struct torture){.work = swap});
}
