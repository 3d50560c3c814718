/* SPDX-License-Identifier: Apache-2.0 */
/* What a store says of policies before it knows them, and once it may know them no more. */
#include "server/controller/state.h"
#include "tests/support/fixture.h"

#include <criterion/criterion.h>

static struct controller controller;

static const struct ruleset *example(void *arg)
{
    (void)arg;
    return fixture_ruleset(FIXTURE_EXAMPLE);
}

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
    controller.pods.cache = cache_new(&(struct cache_options){.keep = pods_keep});
    cr_assert_not_null(controller.pods.cache);
    controller.nodes.cache = cache_new(&(struct cache_options){.keep = compare_keep_node});
    cr_assert_not_null(controller.nodes.cache);
    controller.voice = (struct voice){.ruleset = example, .arg = NULL};
}

static void stop(void)
{
    cache_free(controller.nodes.cache);
    cache_free(controller.pods.cache);
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

/* ---- What the validators may ask ---- */

#define POD(name, gateway, workload, spec, phase)                                                  \
    "{\"metadata\":{\"name\":\"" name "\",\"namespace\":\"media\",\"uid\":\"" name                 \
    "\",\"resourceVersion\":\"7\",\"labels\":{\"podveil.io/gateway\":\"" gateway                   \
    "\",\"podveil.io/workload\":\"" workload "\"}},\"spec\":{" spec                                \
    "},\"status\":{\"phase\":\"" phase "\"}}"

static void list_objects(struct cache *cache, const char *const *objects, size_t object_count)
{
    struct error err = {0};

    cr_assert_eq(cache_list_begin(cache, SLICE("7"), &err), 0, "%s", err.text);
    for (size_t i = 0; i < object_count; i++) {
        AUTO(json) struct json doc = {0};
        fixture_parse(&doc, objects[i]);
        cr_assert_eq(cache_list_put(cache, value_root(&doc), &err), 0, "%s", err.text);
    }
    cr_assert_eq(cache_list_end(cache, SLICE("7"), &err), 0, "%s", err.text);
}

static void list_pods(void)
{
    static const char *const pods[] = {
        POD("a-1", "vpn", "a", "", "Running"),   POD("a-2", "vpn", "a", "", "Pending"),
        POD("a-3", "vpn", "a", "", "Succeeded"), POD("b-1", "vpn", "b", "", "Failed"),
        POD("b-2", "vpn", "b", "", "Unknown"),   POD("c-1", "other", "a", "", "Running"),
        POD("d-1", "none", "d", "", "Running"),
    };
    list_objects(controller.pods.cache, pods, COUNT_OF(pods));
}

/* -1: not known. */
static int living(const char *namespace, struct slice gateway, struct slice workload,
                  struct error *err)
{
    const struct policy_store store = controller_store(&controller);
    struct slice where = {0};
    size_t count = 99;

    if (namespace != NULL) {
        where = slice_of(namespace);
    }
    return cluster_count_pods(&store.around, where, gateway, workload, &count, err) == 0
               ? (int)count
               : -1;
}

Test(store, counts_the_pods_that_live)
{
    static const struct slice any = {0};
    struct error err = {0};

    list_pods();
    cr_assert_eq(living("media", any, any, &err), 4, "%s", err.text);
    cr_assert_eq(living("media", SLICE("vpn"), any, &err), 3);
    cr_assert_eq(living("media", SLICE("vpn"), SLICE("a"), &err), 2);
    cr_assert_eq(living("media", SLICE("vpn"), SLICE("b"), &err), 1);
    cr_assert_eq(living("media", SLICE("none"), any, &err), 0);
    cr_assert_eq(living("media", any, SLICE("a"), &err), 3);
    cr_assert_eq(living("medi", any, any, &err), 0);
    cr_assert_eq(living(NULL, any, any, &err), 4);
    cr_assert_eq(living(NULL, SLICE("other"), any, &err), 1);
}

/* 1: a privacy pod of media carries the labels, 0: none does, -1: not known. */
static int selects(const char *labels)
{
    const struct policy_store store = controller_store(&controller);
    AUTO(json) struct json doc = {0};
    struct error err = {0};
    bool out = false;

    fixture_parse(&doc, labels);
    if (cluster_selects_pods(&store.around, SLICE("media"), value_root(&doc), &out, &err) != 0) {
        return -1;
    }
    return out ? 1 : 0;
}

Test(store, tells_whether_labels_select_a_pod_that_lives)
{
    cr_assert_eq(selects("{\"podveil.io/workload\":\"a\"}"), -1);
    list_pods();
    cr_assert_eq(selects("{\"podveil.io/workload\":\"a\"}"), 1);
    cr_assert_eq(selects("{\"podveil.io/workload\":\"b\",\"podveil.io/gateway\":\"vpn\"}"), 1);
    cr_assert_eq(selects("{\"podveil.io/workload\":\"b\",\"podveil.io/gateway\":\"other\"}"), 0);
    cr_assert_eq(selects("{\"podveil.io/workload\":\"d\"}"), 0, "it opted out");
    cr_assert_eq(selects("{\"app\":\"a\"}"), 0);
}

Test(store, knows_the_addresses_of_nodes)
{
    static const char *const nodes[] = {
        "{\"metadata\":{\"name\":\"a\",\"uid\":\"a\",\"resourceVersion\":\"7\"},\"status\":"
        "{\"addresses\":[{\"type\":\"InternalIP\",\"address\":\"192.0.2.1\"}]}}",
        "{\"metadata\":{\"name\":\"b\",\"uid\":\"b\",\"resourceVersion\":\"7\"},\"status\":"
        "{\"addresses\":[{\"type\":\"Hostname\",\"address\":\"b\"},"
        "{\"type\":\"InternalIP\",\"address\":\"192.0.2.2\"}]}}",
    };
    const struct policy_store store = controller_store(&controller);
    AUTO(addrset) struct addrset set = {0};
    struct error err = {0};

    addrset_init(&set);
    cr_assert_eq(cluster_add_nodes(&store.around, &set, &err), -1);
    cr_assert_eq(err.code, ERR_SYSTEM);
    list_objects(controller.nodes.cache, nodes, COUNT_OF(nodes));
    cr_assert_eq(cluster_add_nodes(&store.around, &set, &err), 0, "%s", err.text);
    cr_assert(addrset_has(&set, FAMILY_IPV4, (struct address){0, 0xC0000201}));
    cr_assert(addrset_has(&set, FAMILY_IPV4, (struct address){0, 0xC0000202}));
    cr_assert_not(addrset_has(&set, FAMILY_IPV4, (struct address){0, 0xC0000203}));
}

/* A gateway's own pods are none that the floor protects. */
Test(store, counts_no_gateway_as_a_pod_of_its_own)
{
    static const char *const pods[] = {
        "{\"metadata\":{\"name\":\"g\",\"namespace\":\"vpn\",\"uid\":\"g\",\"resourceVersion\":"
        "\"7\","
        "\"labels\":{\"podveil.io/gateway\":\"vpn\",\"app.kubernetes.io/name\":\"gluetun\"}},"
        "\"spec\":{\"serviceAccountName\":\"gluetun\"}}",
        "{\"metadata\":{\"name\":\"h\",\"namespace\":\"vpn\",\"uid\":\"h\",\"resourceVersion\":"
        "\"7\","
        "\"labels\":{\"podveil.io/gateway\":\"vpn\",\"app.kubernetes.io/name\":\"gluetun\"}},"
        "\"spec\":{\"serviceAccountName\":\"default\"}}",
    };
    struct error err = {0};

    list_objects(controller.pods.cache, pods, COUNT_OF(pods));
    cr_assert_eq(living("vpn", (struct slice){0}, (struct slice){0}, &err), 1, "%s", err.text);
}

Test(store, counts_no_pods_that_nobody_tells_of)
{
    static const struct slice any = {0};
    struct error err = {0};

    cr_assert_eq(living("media", any, any, &err), -1);
    cr_assert_str_eq(err.text, "the API server has not told them yet");
    list_pods();
    controller.times.trust_ms = 3600000;
    cache_followed(controller.pods.cache, false);
    cr_assert_eq(living("media", any, any, &err), 4);
    controller.times.trust_ms = -1; /* it is over */
    cr_assert_eq(living("media", any, any, &err), -1);
    cache_followed(controller.pods.cache, true);
    cache_failed(controller.pods.cache, true);
    cr_assert_eq(living("media", any, any, &err), -1);
}

/* 1: it is being deleted, 0: it is not, -1: not known. */
static int terminates(const char *namespace)
{
    const struct policy_store store = controller_store(&controller);
    struct error err = {0};
    bool out = false;

    if (cluster_is_terminating(&store.around, slice_of(namespace), &out, &err) != 0) {
        return -1;
    }
    return out ? 1 : 0;
}

Test(store, tells_a_namespace_that_is_being_deleted)
{
    static const char *const namespaces[] = {
        "{\"metadata\":{\"name\":\"a\",\"uid\":\"a\",\"resourceVersion\":\"7\"}}",
        "{\"metadata\":{\"name\":\"b\",\"uid\":\"b\",\"resourceVersion\":\"7\","
        "\"deletionTimestamp\":\"2026-11-30T19:00:00Z\"}}",
    };

    list_objects(controller.namespaces.cache, namespaces, COUNT_OF(namespaces));
    cr_assert_eq(terminates("a"), 0);
    cr_assert_eq(terminates("b"), 1);
    cr_assert_eq(terminates("c"), -1);
    cache_failed(controller.namespaces.cache, true);
    cr_assert_eq(terminates("b"), -1);
}
