/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A configuration that comes from behind the server: what vanishes or turns bad leaves the one
 * in use, and is said once.
 */
#include "lib/base/clock.h"
#include "server/http/feed.h"
#include "tests/support/fixture.h"

#include <criterion/criterion.h>

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static struct service service;
static struct feed feed;
static const char *text;    /* NULL: there is none */
static const char *version; /* of it */
static unsigned reads;

static int read_config(const struct controller *place, struct config_text *out, struct error *err)
{
    (void)place;
    reads++;
    if (text == NULL) {
        return error_set(err, ERR_CONFIG, "there is no ConfigMap podveil/settings");
    }
    (void)snprintf(out->name, sizeof out->name, "ConfigMap podveil/settings, podveil.yaml");
    (void)snprintf(out->version, sizeof out->version, "%s", version);
    buf_text(&out->text, text);
    return buf_check(&out->text, err);
}

static const struct server_backend backend = {.read_config = read_config};
static const struct server_options options = {.backend = &backend};
static struct buf example;

static void start(void)
{
    struct error err = {0};

    service = (struct service){.options = &options};
    log_init(&service.log, SERVER_LOG_JSON, open("/dev/null", O_WRONLY | O_CLOEXEC));
    metrics_init(&service.metrics, 0);
    rulesets_init(&service.rulesets);
    fixture_read(&example, FIXTURE_EXAMPLE);
    cr_assert_eq(feed_open(&feed, &service, &err), 0, "%s", err.text);
}

static void stop(void)
{
    buf_done(&example);
    rulesets_done(&service.rulesets);
    (void)close(service.log.fd);
    log_done(&service.log);
}

TestSuite(feed, .init = start, .fini = stop);

static void give(const char *fresh, const char *of)
{
    text = fresh;
    version = of;
    feed_look(&feed, false);
}

/* Has it a gateway, and if not why? */
static bool is_in_use(void)
{
    char why[RULESETS_MISSING];

    return !rulesets_missing(&service.rulesets, why);
}

static int64_t count_of(enum metric metric)
{
    return metrics_get(&service.metrics, metric);
}

static void assert_id(char id[static CONFIG_ID_LEN + 1])
{
    char now[CONFIG_ID_LEN + 1];

    rulesets_id(&service.rulesets, now);
    cr_assert_str_eq(now, id);
}

Test(feed, has_none_at_first_and_says_what_is_missing)
{
    char why[RULESETS_MISSING];

    cr_assert(rulesets_missing(&service.rulesets, why));
    give(NULL, NULL);
    cr_assert(rulesets_missing(&service.rulesets, why));
    cr_assert_not_null(strstr(why, "there is no ConfigMap"), "%s", why);
    cr_assert_null(rulesets_current(&service.rulesets));
    give(buf_cstr(&example), "u@1");
    cr_assert(is_in_use());
    cr_assert_eq(count_of(METRIC_CONFIG_GOOD), 1);
}

static const char *const bad[] = {
    "",
    "a",
    "null",
    "{}",
    "[]",
    "apiVersion: podveil.io/v1\nkind: Configuration\ngateways: 7\n",
    "apiVersion: podveil.io/v9\nkind: Configuration\n",
    "apiVersion: podveil.io/v1\napiVersion: podveil.io/v1\nkind: Configuration\n",
    "{\"apiVersion\":\"podveil.io/v1\",\"kind\":\"Config",
    "a: *b\n",
    "\xff\xfe",
    "kind: ConfigMap\n",
};

Test(feed, keeps_the_one_in_use_where_the_new_one_is_bad_or_gone)
{
    char id[CONFIG_ID_LEN + 1];

    give(buf_cstr(&example), "u@1");
    rulesets_id(&service.rulesets, id);
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        char of[32];
        int64_t failed = count_of(METRIC_CONFIG_FAILED);

        (void)snprintf(of, sizeof of, "u@%zu", 100 + i);
        give(bad[i], of);
        cr_assert(is_in_use(), "%s", bad[i]);
        assert_id(id);
        cr_assert_eq(count_of(METRIC_CONFIG_GOOD), 0, "%s", bad[i]);
        cr_assert_eq(count_of(METRIC_CONFIG_FAILED), failed + 1, "%s", bad[i]);
        give(bad[i], of);
        cr_assert_eq(count_of(METRIC_CONFIG_FAILED), failed + 1, "said once: %s", bad[i]);
        give(NULL, NULL);
        give(NULL, NULL);
        assert_id(id);
        cr_assert_eq(count_of(METRIC_CONFIG_FAILED), failed + 2, "%s", bad[i]);
    }
    give(buf_cstr(&example), "u@1");
    cr_assert_eq(count_of(METRIC_CONFIG_GOOD), 1, "it is there again");
    assert_id(id);
}

Test(feed, gives_no_place_to_what_means_the_same)
{
    char id[CONFIG_ID_LEN + 1];
    struct ruleset_view view;
    AUTO(buf) struct buf spaced = {0};

    buf_init(&spaced, 65536);
    buf_text(&spaced, "# a remark\n");
    buf_text(&spaced, buf_cstr(&example));
    give(buf_cstr(&example), "u@1");
    rulesets_id(&service.rulesets, id);
    int64_t loaded = count_of(METRIC_CONFIG_LOADED);
    give(buf_cstr(&example), "u@1");
    cr_assert_eq(count_of(METRIC_CONFIG_LOADED), loaded, "the version says that nothing changed");
    give(buf_cstr(&spaced), "u@2");
    assert_id(id);
    rulesets_take(&service.rulesets, clock_ms(), &view);
    cr_assert_eq(view.believed_count, 0, "it took no place among those still believed");
    rulesets_give(&view);
}

Test(feed, reads_again_where_it_is_told_to)
{
    give(buf_cstr(&example), "u@1");
    int64_t loaded = count_of(METRIC_CONFIG_LOADED);
    feed_look(&feed, true);
    cr_assert_eq(count_of(METRIC_CONFIG_LOADED), loaded + 1);
}

Test(feed, without_anywhere_to_read_from_does_not_open)
{
    static const struct server_options nowhere = {0};
    struct error err = {0};

    service.options = &nowhere;
    cr_assert_eq(feed_open(&feed, &service, &err), -1);
    cr_assert_str_eq(err.text, "there is nowhere to read a configuration from");
    service.options = &options;
}
