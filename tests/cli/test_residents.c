/* SPDX-License-Identifier: Apache-2.0 */
#include "server/cli/residents.h"

#include <criterion/criterion.h>

#define POD(name, namespace, labels)                                                               \
    "apiVersion: v1\nkind: Pod\nmetadata: {name: " name                                            \
    ", namespace: " namespace ", labels: {" labels                                                 \
                              "}}\nspec: {containers: [{name: a, image: a}]}\n---\n"

static const char text[] = POD("a", "m", "podveil.io/gateway: vpn, app: a") //
    POD("b", "m", "setGateway: 'true', app: b, tier: x")                    //
    POD("c", "l", "podveil.io/gateway: vpn, app: c")                        //
    POD("d", "m", "app: d");

struct housed {
    struct job job;
    struct residents residents;
};

static void housed_done(struct housed *housed)
{
    residents_done(&housed->residents);
    job_done(&housed->job);
}
DEFINE_AUTO_IN_PLACE(housed, struct housed, housed_done);

static void house(struct housed *housed)
{
    struct job *job = &housed->job;
    struct error err = {0};

    input_init(&job->input);
    job->namespaces.fallback = SLICE("default");
    cr_assert_eq(config_load(TEST_SOURCE_DIR "/tests/fixtures/config/example.yaml", &job->config,
                             NULL, &err),
                 0, "%s", err.text);
    cr_assert_eq(ruleset_new(job->config, &job->ruleset, &err), 0, "%s", err.text);
    cr_assert_eq(documents_read(&job->input.documents, "a", SLICE(text), &err), 0, "%s", err.text);
    cr_assert_eq(objects_find(&job->input.objects, &job->input.documents, &err), 0, "%s", err.text);
    cr_assert_eq(residents_find(&housed->residents, job, &err), 0, "%s", err.text);
}

static const struct {
    const char *name;
    const char *namespace;
    struct slice gateway;
    struct slice workload;
    size_t want;
} counts[] = {
    {"all of a namespace", "m", {0}, {0}, 2},
    {"of a gateway", "m", {"vpn", 3}, {0}, 2},
    {"of another", "m", {"other", 5}, {0}, 0},
    {"of a workload", "m", {"vpn", 3}, {"b", 1}, 1},
    {"of one that is not private", "m", {"vpn", 3}, {"d", 1}, 0},
    {"of another namespace", "l", {"vpn", 3}, {"c", 1}, 1},
    {"of none", "k", {0}, {0}, 0},
    {"of every namespace", NULL, {0}, {0}, 3},
    {"of a gateway, wherever", NULL, {"vpn", 3}, {0}, 3},
    {"of another, wherever", NULL, {"other", 5}, {0}, 0},
    {"of a workload, wherever", NULL, {"vpn", 3}, {"c", 1}, 1},
};

Test(residents, counts_privacy_pods_where_they_live)
{
    AUTO(housed) struct housed housed = {0};

    house(&housed);
    for (size_t i = 0; i < COUNT_OF(counts); i++) {
        struct slice namespace = {0};
        if (counts[i].namespace != NULL) {
            namespace = slice_of(counts[i].namespace);
        }
        size_t got =
            residents_count(&housed.residents, namespace, counts[i].gateway, counts[i].workload);
        cr_expect_eq(got, counts[i].want, "%s: %zu", counts[i].name, got);
    }
}

static const struct {
    const char *name;
    const char *labels;
    bool want;
} selections[] = {
    {"nothing in particular", "{}", true},
    {"a label", "{\"app\":\"a\"}", true},
    {"two of one pod", "{\"tier\":\"x\",\"app\":\"b\"}", true},
    {"two of two pods", "{\"tier\":\"x\",\"app\":\"a\"}", false},
    {"a pod that is not private", "{\"app\":\"d\"}", false},
    {"a pod of another namespace", "{\"app\":\"c\"}", false},
    {"the mark of an alias", "{\"podveil.io/gateway\":\"vpn\",\"app\":\"b\"}", true},
    {"another mark", "{\"podveil.io/gateway\":\"no\",\"app\":\"b\"}", false},
    {"a workload", "{\"app\":\"b\",\"podveil.io/workload\":\"b\"}", true},
    {"another workload", "{\"app\":\"b\",\"podveil.io/workload\":\"a\"}", false},
    {"no text", "{\"app\":1}", false},
};

Test(residents, carry_what_they_are_labelled_with)
{
    AUTO(housed) struct housed housed = {0};

    house(&housed);
    for (size_t i = 0; i < COUNT_OF(selections); i++) {
        AUTO(json) struct json doc = {0};
        struct error err = {0};
        cr_assert_eq(json_parse(&doc, slice_of(selections[i].labels), &err), 0, "%s", err.text);
        cr_expect_eq(residents_carry(&housed.residents, SLICE("m"), value_root(&doc)),
                     selections[i].want, "%s", selections[i].name);
    }
}
