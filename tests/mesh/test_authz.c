/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/mesh/authz.h"
#include "tests/support/fixture.h"

#include <criterion/criterion.h>

static const struct {
    const char *policy;
    const char *says;
} wrong[] = {
    {"{\"spec\":[]}", "spec: must be an object"},
    {"{\"spec\":{\"action\":\"PERHAPS\"}}", "spec.action: must be ALLOW"},
    {"{\"spec\":{\"action\":1}}", "spec.action: must be a string"},
    {"{\"spec\":{\"selector\":[]}}", "spec.selector: must be an object"},
    {"{\"spec\":{\"selector\":{\"matchLabels\":[]}}}", "spec.selector.matchLabels: must be"},
    {"{\"spec\":{\"selector\":{\"matchLabels\":{\"a\":1}}}}",
     "spec.selector.matchLabels[a]: must be a string"},
    {"{\"spec\":{\"targetRef\":[]}}", "spec.targetRef: must be an object"},
    {"{\"spec\":{\"targetRef\":{\"kind\":1}}}", "spec.targetRef.kind: must be a string"},
    {"{\"spec\":{\"targetRefs\":{}}}", "spec.targetRefs: must be a list"},
    {"{\"spec\":{\"targetRefs\":[1]}}", "spec.targetRefs[0].kind: the reference must be"},
    {"{\"spec\":{\"targetRefs\":[{\"name\":1}]}}", "spec.targetRefs[0].name: must be a string"},
    {"{\"spec\":{\"rules\":{}}}", "spec.rules: must be a list"},
    {"{\"spec\":{\"rules\":[null]}}", "spec.rules[0].from: the rule must be an object"},
    {"{\"spec\":{\"rules\":[{\"from\":{}}]}}", "spec.rules[0].from: must be a list"},
    {"{\"spec\":{\"rules\":[{\"from\":[1]}]}}", "spec.rules[0].from[0].source: must be an object"},
    {"{\"spec\":{\"rules\":[{\"from\":[{}]}]}}", "spec.rules[0].from[0].source: must name"},
    {"{\"spec\":{\"rules\":[{},{\"to\":[{\"operation\":{\"ports\":80}}]}]}}",
     "spec.rules[1].to[0].operation.ports: must be a list"},
    {"{\"spec\":{\"rules\":[{\"to\":[{\"operation\":{\"ports\":[80]}}]}]}}",
     "spec.rules[0].to[0].operation.ports[0]: must be a text"},
    {"{\"spec\":{\"rules\":[{\"to\":[{\"operation\":{\"ports\":[\"65536\"]}}]}]}}",
     "spec.rules[0].to[0].operation.ports[0]: \"65536\" is no port"},
    {"{\"spec\":{\"rules\":[{\"to\":[{\"operation\":{\"ports\":[\"http\"]}}]}]}}",
     "spec.rules[0].to[0].operation.ports[0]: \"http\" is no port"},
    {"{\"spec\":{\"rules\":[{\"from\":[{\"source\":{\"principals\":[\"\"]}}]}]}}",
     "spec.rules[0].from[0].source.principals[0]: must be a text that is not empty"},
    {"{\"spec\":{\"rules\":[{\"when\":[{\"values\":[\"a\"]}]}]}}",
     "spec.rules[0].when[0].key: must"},
    {"{\"spec\":{\"rules\":[{\"when\":[{\"key\":\"source.ip\",\"values\":\"a\"}]}]}}",
     "spec.rules[0].when[0].values: must be a list"},
};

Test(mesh_authz, what_has_another_shape_is_refused_with_its_place)
{
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        AUTO(json) struct json doc = {0};
        AUTO(arena) struct arena arena = {0};
        struct authz policy = {0};
        struct error err = {0};

        arena_init(&arena, 1048576);
        fixture_parse(&doc, wrong[i].policy);

        cr_assert_eq(authz_parse(value_root(&doc), SLICE("media"), &arena, &policy, &err), -1, "%s",
                     wrong[i].policy);
        cr_assert_eq(err.code, ERR_MALFORMED, "%s", wrong[i].policy);
        cr_assert_not_null(strstr(err.text, wrong[i].says), "%s: %s", wrong[i].policy, err.text);
    }
}

Test(mesh_authz, more_than_the_arena_holds_is_an_error)
{
    AUTO(json) struct json doc = {0};
    AUTO(arena) struct arena arena = {0};
    struct authz policy = {0};
    struct error err = {0};

    arena_init(&arena, 64);
    fixture_parse(&doc, "{\"spec\":{\"rules\":[{},{},{},{},{}]}}");

    cr_assert_eq(authz_parse(value_root(&doc), SLICE("media"), &arena, &policy, &err), -1);
    cr_assert_eq(err.code, ERR_NO_MEMORY);
    cr_assert(arena.full);
}

Test(mesh_authz, a_policy_for_gateways_is_told_by_its_selector)
{
    static const struct {
        const char *labels;
        bool want;
    } cases[] = {
        {"{\"istio\":\"ingressgateway\"}", true},
        {"{\"app\":\"istio-ingressgateway\"}", true},
        {"{\"gateway.networking.k8s.io/gateway-name\":\"web\"}", true},
        {"{\"app\":\"sabnzbd\"}", false},
        {"{}", false},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        AUTO(json) struct json doc = {0};
        fixture_parse(&doc, cases[i].labels);
        const struct authz policy = {.labels = value_root(&doc)};
        cr_assert_eq(authz_is_for_gateways(&policy), cases[i].want, "%s", cases[i].labels);
    }
}
