/* SPDX-License-Identifier: Apache-2.0 */
/* What a store says of policies before it knows them, and once it may know them no more. */
#include "server/controller/state.h"

#include <criterion/criterion.h>

static struct controller controller;

static void list_none(struct cache *cache)
{
    struct error err = {0};

    cr_assert_eq(cache_list_begin(cache, SLICE("7"), &err), 0, "%s", err.text);
    cr_assert_eq(cache_list_end(cache, SLICE("7"), &err), 0, "%s", err.text);
}

static void start(void)
{
    controller.self = &controller;
    controller.policies.cache = cache_new(&(struct cache_options){0});
    controller.namespaces.cache = cache_new(&(struct cache_options){0});
    cr_assert_not_null(controller.policies.cache);
    cr_assert_not_null(controller.namespaces.cache);
    list_none(controller.namespaces.cache);
}

static void stop(void)
{
    cache_free(controller.namespaces.cache);
    cache_free(controller.policies.cache);
}

TestSuite(store, .init = start, .fini = stop);

static int count(void *arg, struct value policy, struct error *err)
{
    size_t *seen = arg;

    (void)policy;
    (void)err;
    (*seen)++;
    return 0;
}

/* How many it knows of the namespace, or -1 with its word for why it does not know. */
static int known(struct error *err)
{
    const struct policy_store store = controller_store(&controller);
    size_t seen = 0;

    return store.visit(store.place, SLICE("media"), count, &seen, err) == 0 ? (int)seen : -1;
}

static void list_one(void)
{
    static const char policy[] = "{\"metadata\":{\"name\":\"a\",\"namespace\":\"media\","
                                 "\"uid\":\"u\",\"resourceVersion\":\"7\"},\"spec\":{}}";
    struct cache *cache = controller.policies.cache;
    AUTO(json) struct json doc = {0};
    struct error err = {0};

    cr_assert_eq(json_parse(&doc, slice_of(policy), &err), 0, "%s", err.text);
    cr_assert_eq(cache_list_begin(cache, SLICE("7"), &err), 0, "%s", err.text);
    cr_assert_eq(cache_list_put(cache, value_root(&doc), &err), 0, "%s", err.text);
    cr_assert_eq(cache_list_end(cache, SLICE("7"), &err), 0, "%s", err.text);
}

Test(store, knows_nothing_before_the_first_list)
{
    struct error err = {0};

    cr_assert_eq(known(&err), -1);
    cr_assert_str_eq(err.text, "the API server has not told them yet");
}

Test(store, knows_nothing_while_a_list_has_to_mend_it)
{
    struct error err = {0};

    list_one();
    cr_assert_eq(known(&err), 1);
    cache_failed(controller.policies.cache, true);
    cr_assert_eq(known(&err), -1);
    cr_assert_str_eq(err.text, "the watch broke, and the API server has to tell them anew");
    list_one();
    cr_assert_eq(known(&err), 1);
}

/* One that was set back may give a version a second time. */
Test(store, a_list_forgets_what_was_found_of_policies)
{
    static const uint8_t secrets[VERDICTS_SECRETS];
    const struct policy_store store = controller_store(&controller);
    struct error err = {0};
    uint64_t before = 0;

    hub_init(&controller.hub);
    loop_init(&controller.loop, &controller);
    verdicts_init(&controller.verdicts, secrets);
    before = store.verdicts->cleared;
    loop_policy_changed(&controller.loop, CACHE_SYNCED, NULL, NULL);
    cr_assert_eq(store.verdicts->cleared, before + 1);
    cr_assert_eq(known(&err), -1);
    verdicts_done(&controller.verdicts);
    hub_done(&controller.hub);
}

Test(store, knows_nothing_once_nobody_tells_for_a_while)
{
    struct error err = {0};

    list_one();
    controller.times.trust_ms = 3600000;
    cache_followed(controller.policies.cache, false);
    cr_assert_eq(known(&err), 1);
    controller.times.trust_ms = -1; /* it is over */
    cr_assert_eq(known(&err), -1);
    cr_assert_str_eq(err.text, "the API server does not tell of changes any more");
    cache_followed(controller.policies.cache, false);
    cache_followed(controller.policies.cache, true);
    cr_assert_eq(known(&err), 1);
}

/* A namespace may have lost its guard meanwhile, and then nobody is asked about its policies. */
Test(store, knows_nothing_while_nobody_tells_of_namespaces)
{
    struct error err = {0};

    list_one();
    cache_failed(controller.namespaces.cache, true);
    cr_assert_eq(known(&err), -1);
    cr_assert_str_eq(err.text, "the watch broke, and the API server has to tell them anew");
    list_none(controller.namespaces.cache);
    cr_assert_eq(known(&err), 1);
    controller.times.trust_ms = -1; /* it is over */
    cache_followed(controller.namespaces.cache, false);
    cr_assert_eq(known(&err), -1);
    cr_assert_str_eq(err.text, "the API server does not tell of changes any more");
}
