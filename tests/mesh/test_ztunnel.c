/* SPDX-License-Identifier: Apache-2.0 */
/* What ztunnel makes of a rule: policy-semantics.md 4.4 as a table. */
#include "lib/mesh/ztunnel.h"
#include "tests/base/support.h"
#include "tests/support/fixture.h"

#include <criterion/criterion.h>

struct effect_case {
    const char *name;
    const char *action;
    const char *rule;
    enum ztunnel_effect want;
    const char *field;
};

#define SOURCE(members) "\"from\":[{\"source\":{" members "}}]"
#define OPERATION(members) "\"to\":[{\"operation\":{" members "}}]"
#define WHEN(key) "\"when\":[{\"key\":\"" key "\",\"values\":[\"a\"]}]"
#define PEER "\"principals\":[\"cluster.local/ns/a/sa/b\"]"
#define TRUST "\"trustDomains\":[\"a\"]"
#define POST "\"methods\":[\"POST\"]"
#define PORT "\"ports\":[\"80\"]"
#define TO_METHODS "spec.rules[0].to[0].operation.methods"

static const struct effect_case cases[] = {
    {"everybody", "ALLOW", "", RULE_AS_WRITTEN, ""},
    {"nobody", "DENY", "", RULE_AS_WRITTEN, ""},
    {"a peer", "ALLOW", SOURCE(PEER), RULE_AS_WRITTEN, ""},
    {"not a peer", "DENY", SOURCE("\"notPrincipals\":[\"a\"]"), RULE_AS_WRITTEN, ""},
    {"a namespace", "ALLOW", SOURCE("\"namespaces\":[\"a\"]"), RULE_AS_WRITTEN, ""},
    {"an account", "ALLOW", SOURCE("\"serviceAccounts\":[\"a/b\"]"), RULE_AS_WRITTEN, ""},
    {"addresses", "DENY", SOURCE("\"ipBlocks\":[\"10.0.0.0/8\"]"), RULE_AS_WRITTEN, ""},
    {"a peer at a port", "ALLOW", SOURCE(PEER) "," OPERATION(PORT), RULE_AS_WRITTEN, ""},
    {"other ports", "DENY", OPERATION("\"notPorts\":[\"80\"]"), RULE_AS_WRITTEN, ""},
    {"source.ip", "DENY", WHEN("source.ip"), RULE_AS_WRITTEN, ""},
    {"source.namespace", "DENY", WHEN("source.namespace"), RULE_AS_WRITTEN, ""},
    {"source.principal", "ALLOW", WHEN("source.principal"), RULE_AS_WRITTEN, ""},
    {"destination.ip", "ALLOW", WHEN("destination.ip"), RULE_AS_WRITTEN, ""},
    {"destination.port", "DENY", WHEN("destination.port"), RULE_AS_WRITTEN, ""},
    {"an empty list", "DENY", SOURCE(PEER ",\"requestPrincipals\":[]"), RULE_AS_WRITTEN, ""},
    {"null for a list", "DENY", SOURCE(PEER ",\"requestPrincipals\":null"), RULE_AS_WRITTEN, ""},

    {"methods", "ALLOW", OPERATION(POST), RULE_LEFT_OUT, TO_METHODS},
    {"methods at a port", "ALLOW", OPERATION(PORT "," POST), RULE_LEFT_OUT, TO_METHODS},
    {"methods of a peer", "ALLOW", SOURCE(PEER) "," OPERATION(POST), RULE_LEFT_OUT, TO_METHODS},
    {"methods or a port", "ALLOW", "\"to\":[{\"operation\":{" PORT "}},{\"operation\":{" POST "}}]",
     RULE_LEFT_OUT, "spec.rules[0].to[1].operation.methods"},
    {"hosts", "ALLOW", OPERATION("\"hosts\":[\"a\"]"), RULE_LEFT_OUT,
     "spec.rules[0].to[0].operation.hosts"},
    {"a token's subject", "ALLOW", SOURCE("\"requestPrincipals\":[\"*\"]"), RULE_LEFT_OUT,
     "spec.rules[0].from[0].source.requestPrincipals"},
    {"the first hop", "ALLOW", SOURCE("\"remoteIpBlocks\":[\"10.0.0.0/8\"]"), RULE_LEFT_OUT,
     "spec.rules[0].from[0].source.remoteIpBlocks"},
    {"a header", "ALLOW", WHEN("request.headers[x]"), RULE_LEFT_OUT, "spec.rules[0].when[0].key"},
    {"connection.sni", "ALLOW", WHEN("connection.sni"), RULE_LEFT_OUT, "spec.rules[0].when[0].key"},
    {"source.serviceAccount", "ALLOW", WHEN("source.serviceAccount"), RULE_LEFT_OUT,
     "spec.rules[0].when[0].key"},

    {"methods denied", "DENY", OPERATION(POST), RULE_NEVER, TO_METHODS},
    {"paths denied", "DENY", OPERATION("\"paths\":[\"/admin\"]"), RULE_NEVER,
     "spec.rules[0].to[0].operation.paths"},
    {"a peer's methods denied", "DENY", SOURCE(PEER) "," OPERATION(POST), RULE_NEVER, TO_METHODS},
    {"a header of a peer denied", "DENY", SOURCE(PEER) "," WHEN("request.headers[x]"), RULE_NEVER,
     "spec.rules[0].when[0].key"},
    {"connection.sni denied", "DENY", WHEN("connection.sni"), RULE_NEVER,
     "spec.rules[0].when[0].key"},
    {"two conditions, one of HTTP", "DENY",
     "\"when\":[{\"key\":\"source.ip\",\"values\":[\"10.0.0.1\"]},{\"key\":\"request.headers[x]\","
     "\"values\":[\"a\"]}]",
     RULE_NEVER, "spec.rules[0].when[1].key"},
    {"methods at a port denied", "DENY", OPERATION(PORT "," POST), RULE_STRICTER, TO_METHODS},
    {"methods or a port denied", "DENY",
     "\"to\":[{\"operation\":{" PORT "}},{\"operation\":{" POST "}}]", RULE_IN_PART,
     "spec.rules[0].to[1].operation.methods"},
    {"a token or a peer denied", "DENY",
     "\"from\":[{\"source\":{\"requestPrincipals\":[\"*\"]}},{\"source\":{" PEER "}}]",
     RULE_IN_PART, "spec.rules[0].from[0].source.requestPrincipals"},

    {"a trust domain alone", "ALLOW", SOURCE(TRUST), RULE_LEFT_OUT,
     "spec.rules[0].from[0].source.trustDomains"},
    {"a namespace of a trust domain", "ALLOW", SOURCE(TRUST ",\"namespaces\":[\"a\"]"), RULE_WIDER,
     "spec.rules[0].from[0].source.trustDomains"},
    {"a trust domain denied", "DENY", SOURCE("\"notTrustDomains\":[\"a\"]"), RULE_NEVER,
     "spec.rules[0].from[0].source.notTrustDomains"},
    {"a namespace of a trust domain denied", "DENY", SOURCE(TRUST ",\"namespaces\":[\"a\"]"),
     RULE_STRICTER, "spec.rules[0].from[0].source.trustDomains"},
    {"a trust domain or a peer", "ALLOW",
     "\"from\":[{\"source\":{" TRUST "}},{\"source\":{" PEER "}}]", RULE_IN_PART,
     "spec.rules[0].from[0].source.trustDomains"},
};

static void parse(const char *text, struct json *doc, struct arena *arena, struct authz *policy)
{
    struct error err = {0};

    arena_init(arena, 1048576);
    fixture_parse(doc, text);
    cr_assert_eq(authz_parse(value_root(doc), SLICE("media"), arena, policy, &err), 0, "%s: %s",
                 text, err.text);
}

EACH_ROW(mesh_ztunnel, effect, cases)
{
    const struct effect_case *c = &cases[*index];
    AUTO(buf) struct buf text = {0};
    AUTO(json) struct json doc = {0};
    AUTO(arena) struct arena arena = {0};
    struct authz policy = {0};

    buf_init(&text, 4096);
    buf_printf(&text, "{\"spec\":{\"action\":\"%s\",\"rules\":[{%s}]}}", c->action, c->rule);
    parse(buf_cstr(&text), &doc, &arena, &policy);

    struct ztunnel_verdict verdict = ztunnel_rule(&policy, 0, NULL);

    cr_assert_eq(verdict.effect, c->want, "%s: %d", c->name, (int)verdict.effect);
    cr_assert_str_eq(verdict.field, c->field, "%s", c->name);
}

static const struct {
    const char *policy;
    enum ztunnel_takes want;
} taken[] = {
    {"{}", ZTUNNEL_ENFORCES},
    {"{\"spec\":{}}", ZTUNNEL_ENFORCES},
    {"{\"spec\":{\"action\":\"DENY\",\"selector\":{\"matchLabels\":{\"a\":\"b\"}}}}",
     ZTUNNEL_ENFORCES},
    {"{\"spec\":{\"targetRefs\":[]}}", ZTUNNEL_ENFORCES},
    {"{\"spec\":{\"targetRefs\":[{\"kind\":\"Service\",\"name\":\"a\"}]}}",
     ZTUNNEL_LEAVES_TO_WAYPOINT},
    {"{\"spec\":{\"targetRef\":{\"kind\":\"Service\",\"name\":\"a\"}}}",
     ZTUNNEL_LEAVES_TO_WAYPOINT},
    {"{\"spec\":{\"action\":\"CUSTOM\"}}", ZTUNNEL_KNOWS_NO_ACTION},
    {"{\"spec\":{\"action\":\"AUDIT\"}}", ZTUNNEL_KNOWS_NO_ACTION},
    {"{\"spec\":{\"action\":\"CUSTOM\",\"targetRefs\":[{\"kind\":\"Service\",\"name\":\"a\"}]}}",
     ZTUNNEL_LEAVES_TO_WAYPOINT},
    {"{\"metadata\":{\"annotations\":{\"istio.io/dry-run\":\"true\"}}}", ZTUNNEL_IS_NOT_TOLD},
    {"{\"metadata\":{\"annotations\":{\"istio.io/dry-run\":\"false\"}}}", ZTUNNEL_ENFORCES},
};

Test(mesh_ztunnel, takes_policies_without_targets_that_allow_or_deny)
{
    for (size_t i = 0; i < COUNT_OF(taken); i++) {
        AUTO(json) struct json doc = {0};
        AUTO(arena) struct arena arena = {0};
        struct authz policy = {0};

        parse(taken[i].policy, &doc, &arena, &policy);
        cr_assert_eq(ztunnel_takes(&policy), taken[i].want, "%s", taken[i].policy);
    }
}

Test(mesh_ztunnel, an_attribute_that_is_not_known_is_told_and_counts_as_understood)
{
    AUTO(json) struct json doc = {0};
    AUTO(arena) struct arena arena = {0};
    struct authz policy = {0};
    const struct authz_attribute *unknown = NULL;

    parse("{\"spec\":{\"action\":\"DENY\",\"rules\":[{" SOURCE("\"planets\":[\"mars\"]") "}]}}",
          &doc, &arena, &policy);

    cr_assert_eq(ztunnel_rule(&policy, 0, &unknown).effect, RULE_AS_WRITTEN);
    cr_assert_not_null(unknown);
    cr_assert(slice_is(unknown->name, "planets"));
}
