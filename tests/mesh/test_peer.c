/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/mesh/peer.h"
#include "tests/support/fixture.h"

#include <criterion/criterion.h>

static const struct peer sonarr = {{"media", 5}, {"sonarr", 6}};

static const struct {
    const char *pattern;
    bool want;
} names[] = {
    {"cluster.local/ns/media/sa/sonarr", true},
    {"other.example/ns/media/sa/sonarr", true},
    {"cluster.local/ns/media/sa/*", true},
    {"cluster.local/ns/media/*", true},
    {"cluster.local/*", true},
    {"cluster.*", true},
    {"*", true},
    {"*/ns/media/sa/sonarr", true},
    {"*cluster.local/ns/media/sa/sonarr", true},
    {"*/sa/sonarr", true},
    {"*sonarr", true},
    {"cluster.local/ns/media/sa/radarr", false},
    {"cluster.local/ns/tools/*", false},
    {"cluster.local/ns/media/sa/sonarr2", false},
    {"cluster.local/ns/media/sa/son", false},
    {"*/sa/radarr", false},
    {"*cluster.local/ns/tools/sa/sonarr", false},
    {"sonarr", false},
    {"", false},
};

Test(mesh_peer, is_named_by_patterns_as_istio_has_them)
{
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        cr_assert_eq(peer_is_named(&sonarr, slice_of(names[i].pattern)), names[i].want, "%s",
                     names[i].pattern);
    }
}

#define FROM(members) "[{\"from\":[{\"source\":{" members "}}]}]"

static const struct {
    const char *rules;
    bool want;
} rules[] = {
    {"[]", false},
    {"[{}]", true},
    {"[{\"to\":[{\"operation\":{\"ports\":[\"80\"]}}]}]", true},
    {FROM("\"principals\":[\"cluster.local/ns/media/sa/sonarr\"]"), true},
    {FROM("\"principals\":[\"cluster.local/ns/media/sa/radarr\"]"), false},
    {FROM("\"namespaces\":[\"tools\",\"me*\"]"), true},
    {FROM("\"namespaces\":[\"tools\"]"), false},
    {FROM("\"serviceAccounts\":[\"sonarr\"]"), true},
    {FROM("\"serviceAccounts\":[\"media/sonarr\"]"), true},
    {FROM("\"serviceAccounts\":[\"tools/sonarr\"]"), false},
    {FROM("\"serviceAccounts\":[\"radarr\"]"), false},
    {FROM("\"ipBlocks\":[\"10.0.0.0/8\"]"), true},
    {FROM("\"notPrincipals\":[\"a\"]"), true},
    {FROM("\"namespaces\":[\"media\"],\"principals\":[\"a/ns/media/sa/b\"]"), false},
    {"[{\"from\":[{\"source\":{\"namespaces\":[\"a\"]}},{\"source\":{\"namespaces\":[\"media\"]}}]}"
     "]",
     true},
    {"[{\"from\":[{\"source\":{\"namespaces\":[\"a\"]}}]},{\"when\":[{\"key\":\"source.ip\","
     "\"values\":[\"10.0.0.1\"]}]}]",
     true},
};

Test(mesh_peer, passes_by_a_rule_that_may_mean_it)
{
    for (size_t i = 0; i < COUNT_OF(rules); i++) {
        AUTO(buf) struct buf text = {0};
        AUTO(json) struct json doc = {0};
        AUTO(arena) struct arena arena = {0};
        struct authz policy = {0};
        struct error err = {0};

        buf_init(&text, 4096);
        arena_init(&arena, 65536);
        buf_printf(&text, "{\"spec\":{\"rules\":%s}}", rules[i].rules);
        fixture_parse(&doc, buf_cstr(&text));
        cr_assert_eq(authz_parse(value_root(&doc), SLICE("media"), &arena, &policy, &err), 0, "%s",
                     err.text);

        cr_assert_eq(peer_may_pass(&policy, &sonarr), rules[i].want, "%s", rules[i].rules);
    }
}
