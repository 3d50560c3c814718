/* SPDX-License-Identifier: Apache-2.0 */
#include "server/controller/pods.h"
#include "tests/base/support.h"
#include "tests/support/fixture.h"

#include <criterion/criterion.h>

#include <stdio.h>

#define LONG_NAME "a-workload-whose-name-is-so-long-that-no-label-holds-it-as-it-is-not-even-nearly"

DEFINE_AUTO(test_cache, struct cache, cache_free);

/* The key of that pod, by way of a cache; false where it has none. */
static bool key_of(const char *metadata, struct demand_key *key)
{
    AUTO(test_cache) struct cache *cache = cache_new(&(struct cache_options){.keep = pods_keep});
    AUTO(cache_items) struct cache_items items = {0};
    AUTO(json) struct json doc = {0};
    struct error err = {0};
    char text[4096];

    (void)snprintf(text, sizeof text,
                   "{\"metadata\":{\"namespace\":\"n\",\"uid\":\"u\",\"resourceVersion\":\"1\",%s},"
                   "\"spec\":{\"containers\":[{\"name\":\"c\"}]}}",
                   metadata);
    cr_assert_eq(json_parse(&doc, slice_of(text), &err), 0, "%s", err.text);
    cr_assert_eq(cache_event_put(cache, value_root(&doc), &err), 0, "%s", err.text);
    cr_assert_eq(cache_list(cache, NULL, &items, &err), 0);
    return pods_key(items.items[0], key);
}

Test(pods, of_a_deployment_are_called_after_it)
{
    struct demand_key key;

    cr_assert(key_of("\"name\":\"web-5d4f-x1\",\"generateName\":\"web-5d4f-\","
                     "\"labels\":{\"podveil.io/gateway\":\"vpn\",\"podveil.io/workload\":\"web\","
                     "\"pod-template-hash\":\"5d4f\"},\"ownerReferences\":[{\"controller\":true,"
                     "\"kind\":\"ReplicaSet\",\"name\":\"web-5d4f\"}]",
                     &key));
    cr_assert_str_eq(key.namespace, "n");
    cr_assert_str_eq(key.gateway, "vpn");
    cr_assert_str_eq(key.label, "web");
    cr_assert_str_eq(key.workload, "web");
}

Test(pods, with_a_cut_label_give_the_whole_name)
{
    char cut[NAME_MAX_LEN + 1];
    char metadata[1024];
    struct demand_key key;
    struct error err = {0};

    cr_assert_eq(name_cut(SLICE(LONG_NAME), LABEL_VALUE_MAX, cut, &err), 0);
    (void)snprintf(metadata, sizeof metadata,
                   "\"name\":\"" LONG_NAME "-0\",\"labels\":{\"podveil.io/gateway\":\"vpn\","
                   "\"podveil.io/workload\":\"%s\"},\"ownerReferences\":[{\"controller\":true,"
                   "\"kind\":\"StatefulSet\",\"name\":\"" LONG_NAME "\"}]",
                   cut);
    cr_assert(key_of(metadata, &key));
    cr_assert_str_eq(key.workload, LONG_NAME);
    cr_assert_str_eq(key.label, cut);
}

/* What is kept of a pod with these members of its metadata. */
static bool keeps(const char *metadata, const char *what)
{
    AUTO(buf) struct buf kept = {0};
    AUTO(json) struct json doc = {0};
    struct error err = {0};
    char text[1024];

    (void)snprintf(text, sizeof text, "{\"metadata\":{%s}}", metadata);
    cr_assert_eq(json_parse(&doc, slice_of(text), &err), 0, "%s", err.text);
    buf_init(&kept, sizeof text);
    cr_assert_eq(pods_keep(value_root(&doc), &kept, &err), 0, "%s", err.text);
    return strstr(buf_cstr(&kept), what) != NULL;
}

Test(pods, keep_an_owner_only_where_the_label_does_not_tell_the_name)
{
    static const char owned[] =
        "\"name\":\"web-0\",\"labels\":{\"podveil.io/workload\":\"%s\"},\"ownerReferences\":"
        "[{\"controller\":true,\"kind\":\"StatefulSet\",\"name\":\"%s\"}]";
    char cut[NAME_MAX_LEN + 1];
    char metadata[512];
    struct error err = {0};

    (void)snprintf(metadata, sizeof metadata, owned, "web", "web");
    cr_assert_not(keeps(metadata, "StatefulSet"));
    cr_assert(keeps(metadata, "podveil.io/workload"));
    cr_assert_eq(name_cut(SLICE(LONG_NAME), LABEL_VALUE_MAX, cut, &err), 0);
    (void)snprintf(metadata, sizeof metadata, owned, cut, LONG_NAME);
    cr_assert(keeps(metadata, "StatefulSet"));
}

Test(pods, keep_of_annotations_the_one_that_is_asked_for)
{
    static const char metadata[] =
        "\"name\":\"a\",\"annotations\":{\"podveil.io/injected\":\"0123\","
        "\"podveil.io/talks-to\":\"db\",\"other\":\"x\"}";

    cr_assert(keeps(metadata, "podveil.io/injected"));
    cr_assert_not(keeps(metadata, "talks-to"));
    cr_assert_not(keeps(metadata, "other"));
}

Test(pods, named_after_their_admission_keep_its_name)
{
    struct demand_key key;

    cr_assert(key_of("\"name\":\"job-x1\",\"generateName\":\"job-\",\"labels\":{"
                     "\"podveil.io/gateway\":\"vpn\",\"podveil.io/workload\":\"job\"}",
                     &key));
    cr_assert_str_eq(key.workload, "job");
}

Test(pods, that_lost_their_owner_go_by_the_label)
{
    struct demand_key key;

    cr_assert(key_of("\"name\":\"web-5d4f-x1\",\"generateName\":\"web-5d4f-\",\"labels\":{"
                     "\"podveil.io/gateway\":\"vpn\",\"podveil.io/workload\":\"web\"}",
                     &key));
    cr_assert_str_eq(key.workload, "web");
}

Test(pods, without_the_workload_label_need_the_floor_alone)
{
    struct demand_key key;

    cr_assert(key_of("\"name\":\"a\",\"labels\":{\"podveil.io/gateway\":\"vpn\"}", &key));
    cr_assert_str_eq(key.label, "");
    cr_assert_str_eq(key.workload, "");
}

Test(pods, that_opted_out_need_nothing)
{
    struct demand_key key;

    cr_assert_not(key_of("\"name\":\"a\",\"labels\":{\"podveil.io/gateway\":\"none\"}", &key));
    cr_assert_not(key_of("\"name\":\"a\",\"labels\":{}", &key));
}

/* Are the pods of the first one's key a gateway's own? */
static bool are_gateways(const char *const *pods, size_t count)
{
    AUTO(test_cache) struct cache *cache = cache_new(&(struct cache_options){.keep = pods_keep});
    AUTO(ruleset) const struct ruleset *ruleset = fixture_ruleset(FIXTURE_EXAMPLE);
    AUTO(cache_item) const struct cache_item *first = NULL;
    struct demand_key key;
    struct error err = {0};
    bool found = false;

    for (size_t i = 0; i < count; i++) {
        AUTO(json) struct json doc = {0};
        fixture_parse(&doc, pods[i]);
        cr_assert_eq(cache_event_put(cache, value_root(&doc), &err), 0, "%s", err.text);
    }
    first = cache_find(cache, SLICE("vpn"), SLICE("a"));
    cr_assert(first != NULL && pods_key(first, &key));
    cr_assert_eq(pods_are_gateways(cache, ruleset, &key, &found, &err), 0, "%s", err.text);
    return found;
}

#define POD_AS(namespace, name, labels, account)                                                   \
    "{\"metadata\":{\"namespace\":\"" namespace "\",\"name\":\"" name "\",\"uid\":\"" name         \
                                                "\",\"resourceVersion\":\"1\",\"labels\":{"        \
                                                "\"podveil.io/gateway\":\"vpn\"" labels            \
                                                "}},\"spec\":{\"serviceAccountName\":\"" account   \
                                                "\"}}"
#define OF_GATEWAY ",\"app.kubernetes.io/name\":\"gluetun\""

static const struct {
    const char *name;
    const char *pods[2];
    bool want;
} own[] = {
    {"a gateway's pod", {POD_AS("vpn", "a", OF_GATEWAY, "gluetun")}, true},
    {"another account", {POD_AS("vpn", "a", OF_GATEWAY, "default")}, false},
    {"other labels", {POD_AS("vpn", "a", "", "gluetun")}, false},
    {"beside one that is none",
     {POD_AS("vpn", "a", OF_GATEWAY, "gluetun"), POD_AS("vpn", "b", "", "gluetun")},
     false},
    {"beside one of a workload",
     {POD_AS("vpn", "a", OF_GATEWAY, "gluetun"),
      POD_AS("vpn", "b", ",\"podveil.io/workload\":\"b\"", "default")},
     true},
    {"beside one of another namespace",
     {POD_AS("vpn", "a", OF_GATEWAY, "gluetun"), POD_AS("media", "b", OF_GATEWAY, "gluetun")},
     true},
};

EACH_ROW(pods, of_a_gateway_are_told_from_private_ones, own)
{
    size_t count = own[*index].pods[1] != NULL ? 2 : 1;

    cr_assert_eq(are_gateways(own[*index].pods, count), own[*index].want, "%s", own[*index].name);
}

static void keep(const char *text, struct json *doc, struct buf *kept)
{
    AUTO(json) struct json pod = {0};
    struct error err = {0};

    buf_init(kept, 65536);
    cr_assert_eq(json_parse(&pod, slice_of(text), &err), 0, "%s", err.text);
    cr_assert_eq(pods_keep(value_root(&pod), kept, &err), 0, "%s", err.text);
    cr_assert_eq(json_parse(doc, buf_view(kept), &err), 0, "%s", err.text);
}

Test(pods, keep_whether_they_have_our_parts)
{
    AUTO(json) struct json with = {0};
    AUTO(json) struct json without = {0};
    AUTO(buf) struct buf kept_with = {0};
    AUTO(buf) struct buf kept_without = {0};

    keep("{\"metadata\":{\"name\":\"a\"},\"spec\":{\"initContainers\":[{\"name\":\"podveil-init\"},"
         "{\"name\":\"podveil-sidecar\"}]},\"status\":{\"phase\":\"Running\"}}",
         &with, &kept_with);
    keep("{\"metadata\":{\"name\":\"a\",\"deletionTimestamp\":\"2026-01-31T08:00:00Z\"},\"spec\":{"
         "\"initContainers\":[{\"name\":\"x\"},{\"name\":\"podveil-init\"}]},"
         "\"status\":{\"phase\":\"Running\"}}",
         &without, &kept_without);
    cr_assert(pods_has_parts(value_root(&with)));
    cr_assert(pods_runs(value_root(&with)));
    cr_assert_not(pods_has_parts(value_root(&without)));
    cr_assert_not(pods_runs(value_root(&without)));
}
