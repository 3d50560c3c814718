/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/validators/judge.h"

#include <criterion/parameterized.h>

struct policy_case {
    const char *name;
    const char *spec;
    enum reason want;
    const char *field;
    const char *says; /* in the message */
};

static const struct policy_case cases[] = {
    {"everything for everybody",
     "{\"podSelector\":{},\"policyTypes\":[\"Egress\"],"
     "\"egress\":[{}]}",
     REASON_EGRESS_LEAK, "spec.egress[0]", "operator: DoesNotExist"},
    {"a public block",
     "{\"podSelector\":{},\"policyTypes\":[\"Egress\"],\"egress\":[{\"to\":"
     "[{\"ipBlock\":{\"cidr\":\"203.0.113.0/24\"}}]}]}",
     REASON_EGRESS_LEAK, "spec.egress[0].to[0].ipBlock.cidr", "203.0.113.0"},
    {"all but a block",
     "{\"podSelector\":{},\"policyTypes\":[\"Egress\"],\"egress\":[{\"to\":"
     "[{\"ipBlock\":{\"cidr\":\"0.0.0.0/0\",\"except\":[\"8.0.0.0/5\"]}}]}]}",
     REASON_EGRESS_LEAK, "spec.egress[0].to[0].ipBlock.cidr", "0.0.0.0"},
    {"the same without privacy pods",
     "{\"podSelector\":{\"matchExpressions\":[{\"key\":\"podveil.io/gateway\",\"operator\":"
     "\"DoesNotExist\"}]},\"policyTypes\":[\"Egress\"],\"egress\":[{}]}",
     REASON_NONE, "", ""},
    {"for pods of an unknown gateway",
     "{\"podSelector\":{\"matchLabels\":{\"podveil.io/gateway\":\"other\"}},"
     "\"policyTypes\":[\"Egress\"],\"egress\":[{}]}",
     REASON_EGRESS_LEAK, "spec.egress[0]", "does not know"},
    {"for one app, which may be private",
     "{\"podSelector\":{\"matchLabels\":{\"app\":\"jellyfin\"}},\"policyTypes\":[\"Egress\"],"
     "\"egress\":[{}]}",
     REASON_EGRESS_LEAK, "spec.egress[0]", "beside the tunnel"},
    {"into the pod network",
     "{\"podSelector\":{},\"policyTypes\":[\"Egress\"],\"egress\":[{\"to\":"
     "[{\"ipBlock\":{\"cidr\":\"10.1.2.0/24\"}}]}]}",
     REASON_NONE, "", ""},
    {"ingress alone", "{\"podSelector\":{},\"policyTypes\":[\"Ingress\"],\"egress\":[{}]}",
     REASON_NONE, "", ""},
    {"types left out, egress given", "{\"podSelector\":{},\"egress\":[{}]}", REASON_EGRESS_LEAK,
     "spec.egress[0]", ""},
    {"no selector selects all", "{\"policyTypes\":[\"Egress\"],\"egress\":[{}]}",
     REASON_EGRESS_LEAK, "spec.egress[0]", ""},
    {"host bits",
     "{\"podSelector\":{},\"policyTypes\":[\"Egress\"],\"egress\":[{\"to\":"
     "[{\"ipBlock\":{\"cidr\":\"10.1.2.3/16\"}}]}]}",
     REASON_NON_CANONICAL_CIDR, "spec.egress[0].to[0].ipBlock.cidr", "10.1.0.0/16"},
    {"leading zeros",
     "{\"podSelector\":{},\"policyTypes\":[\"Egress\"],\"egress\":[{\"to\":"
     "[{\"ipBlock\":{\"cidr\":\"010.1.0.0/16\"}}]}]}",
     REASON_NON_CANONICAL_CIDR, "spec.egress[0].to[0].ipBlock.cidr", ""},
    {"IPv4 in IPv6",
     "{\"podSelector\":{},\"policyTypes\":[\"Egress\"],\"egress\":[{\"to\":"
     "[{\"ipBlock\":{\"cidr\":\"::ffff:0:0/96\"}}]}]}",
     REASON_NON_CANONICAL_CIDR, "spec.egress[0].to[0].ipBlock.cidr", ""},
    {"host bits where no privacy pod is",
     "{\"podSelector\":{\"matchExpressions\":[{\"key\":\"podveil.io/gateway\",\"operator\":"
     "\"DoesNotExist\"}]},\"policyTypes\":[\"Egress\"],\"egress\":[{\"to\":[{\"ipBlock\":"
     "{\"cidr\":\"10.1.2.3/16\"}}]}]}",
     REASON_NONE, "", ""},
    {"a selector of the wrong shape",
     "{\"podSelector\":{\"matchLabels\":5},"
     "\"policyTypes\":[\"Egress\"],\"egress\":[{}]}",
     REASON_MALFORMED, "spec.podSelector.matchLabels", ""},
    {"a selector that is a list",
     "{\"podSelector\":[],\"policyTypes\":[\"Egress\"],\"egress\":[{}]}", REASON_MALFORMED,
     "spec.podSelector", "object"},
    {"an unknown operator",
     "{\"podSelector\":{\"matchExpressions\":[{\"key\":\"a\",\"operator\":"
     "\"Sometimes\"}]},\"policyTypes\":[\"Egress\"],\"egress\":[{}]}",
     REASON_MALFORMED, "spec.podSelector.matchExpressions[0].operator", "operator"},
    {"egress of the wrong shape",
     "{\"podSelector\":{},\"policyTypes\":[\"Egress\"],"
     "\"egress\":{}}",
     REASON_MALFORMED, "spec.egress", ""},
};

ParameterizedTestParameters(validators_network_policy, create)
{
    static size_t index[COUNT_OF(cases)];

    for (size_t i = 0; i < COUNT_OF(index); i++) {
        index[i] = i;
    }
    return cr_make_param_array(size_t, index, COUNT_OF(index));
}

static struct findings judge_spec(const char *operation, const char *spec)
{
    AUTO(buf) struct buf text = {0};
    const char *old = strcmp(operation, "CREATE") == 0 ? "null"
                                                       : "{\"apiVersion\":\"networking.k8s.io/v1\","
                                                         "\"kind\":\"NetworkPolicy\"}";

    buf_init(&text, JSON_MAX_TEXT);
    buf_printf(&text,
               "{\"apiVersion\":\"admission.k8s.io/v1\",\"kind\":\"AdmissionReview\",\"request\":"
               "{\"uid\":\"u\",\"kind\":{\"group\":\"networking.k8s.io\",\"version\":\"v1\","
               "\"kind\":\"NetworkPolicy\"},\"resource\":{\"group\":\"networking.k8s.io\","
               "\"version\":\"v1\",\"resource\":\"networkpolicies\"},\"name\":\"n\","
               "\"namespace\":\"media\",\"operation\":\"%s\",\"object\":{\"apiVersion\":"
               "\"networking.k8s.io/v1\",\"kind\":\"NetworkPolicy\",\"metadata\":{\"name\":\"n\","
               "\"namespace\":\"media\"},\"spec\":%s},\"oldObject\":%s}}",
               operation, spec, old);
    return judge_review(buf_cstr(&text));
}

ParameterizedTest(size_t *index, validators_network_policy, create)
{
    const struct policy_case *c = &cases[*index];

    struct findings findings = judge_spec("CREATE", c->spec);

    cr_assert_str_eq(reason_name(findings.denied), reason_name(c->want), "%s: %s", c->name,
                     findings.message);
    cr_assert_str_eq(findings.field, c->field, "%s", c->name);
    cr_assert_not_null(strstr(findings.message, c->says), "%s: %s", c->name, findings.message);
}

Test(validators_network_policy, an_update_is_judged_as_a_creation)
{
    struct findings findings =
        judge_spec("UPDATE", "{\"podSelector\":{},\"policyTypes\":[\"Egress\"],\"egress\":[{}]}");

    cr_assert_eq(findings.denied, REASON_EGRESS_LEAK, "%s", findings.message);
}

Test(validators_network_policy, that_takes_more_memory_than_one_may_is_to_be_split)
{
    enum { RULES = 2000000 };
    AUTO(buf) struct buf spec = {0};

    buf_init(&spec, JSON_MAX_TEXT);
    buf_text(&spec, "{\"podSelector\":{},\"policyTypes\":[\"Egress\"],\"egress\":[{}");
    for (size_t i = 0; i < RULES; i++) {
        buf_text(&spec, ",{}");
    }
    buf_text(&spec, "]}");
    struct findings findings = judge_spec("CREATE", buf_cstr(&spec));

    cr_assert_eq(findings.denied, REASON_MALFORMED, "%s", findings.message);
    cr_assert_not_null(strstr(findings.message, "Split it"), "%s", findings.message);
}
