/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Policies that nobody writes by mistake. What cannot be read is refused where it can be for a
 * privacy pod, and no concern where it cannot.
 */
#include "tests/validators/policy.h"

#include <criterion/parameterized.h>

#define MINE                                                                                       \
    "{\"matchExpressions\":[{\"key\":\"podveil.io/gateway\",\"operator\":\"DoesNotExist\"}]}"
#define INSIDE "{\"to\":[{\"ipBlock\":{\"cidr\":\"10.1.2.0/24\"}}]"
#define TO(peer) "{\"to\":[" peer "]}"
#define PORTS(ports) INSIDE ",\"ports\":[" ports "]}"

struct hostile {
    const char *name;
    const char *rule; /* of egress */
    enum reason want;
    const char *field;
};

static const struct hostile rules[] = {
    {"port 0", PORTS("{\"port\":0}"), REASON_MALFORMED, "spec.egress[0].ports[0].port"},
    {"port 65536", PORTS("{\"port\":65536}"), REASON_MALFORMED, "spec.egress[0].ports[0].port"},
    {"port -1", PORTS("{\"port\":-1}"), REASON_MALFORMED, "spec.egress[0].ports[0].port"},
    {"a port beyond 64 bits", PORTS("{\"port\":99999999999999999999}"), REASON_MALFORMED,
     "spec.egress[0].ports[0].port"},
    {"a port with a fraction", PORTS("{\"port\":53.5}"), REASON_MALFORMED,
     "spec.egress[0].ports[0].port"},
    {"a port that is a list", PORTS("{\"port\":[53]}"), REASON_MALFORMED,
     "spec.egress[0].ports[0].port"},
    {"a port that is null", PORTS("{\"port\":null}"), REASON_NONE, ""},
    {"endPort below port", PORTS("{\"port\":80,\"endPort\":79}"), REASON_MALFORMED,
     "spec.egress[0].ports[0].endPort"},
    {"endPort 65536", PORTS("{\"port\":80,\"endPort\":65536}"), REASON_MALFORMED,
     "spec.egress[0].ports[0].endPort"},
    {"endPort of a name", PORTS("{\"port\":\"http\",\"endPort\":80}"), REASON_MALFORMED,
     "spec.egress[0].ports[0].endPort"},
    {"an unknown protocol", PORTS("{\"protocol\":\"ICMP\"}"), REASON_MALFORMED,
     "spec.egress[0].ports[0].protocol"},
    {"a protocol in small letters", PORTS("{\"protocol\":\"tcp\"}"), REASON_MALFORMED,
     "spec.egress[0].ports[0].protocol"},
    {"an except that is larger",
     TO("{\"ipBlock\":{\"cidr\":\"10.1.0.0/16\",\"except\":[\"10.0.0.0/8\"]}}"), REASON_MALFORMED,
     "spec.egress[0].to[0].ipBlock.except[0]"},
    {"an except that is the whole",
     TO("{\"ipBlock\":{\"cidr\":\"10.1.0.0/16\",\"except\":[\"10.1.0.0/16\"]}}"), REASON_MALFORMED,
     "spec.egress[0].to[0].ipBlock.except[0]"},
    {"an except of elsewhere",
     TO("{\"ipBlock\":{\"cidr\":\"10.1.0.0/16\",\"except\":[\"10.2.0.0/24\"]}}"), REASON_MALFORMED,
     "spec.egress[0].to[0].ipBlock.except[0]"},
    {"an except of the other family",
     TO("{\"ipBlock\":{\"cidr\":\"10.1.0.0/16\",\"except\":[\"fd00::/64\"]}}"), REASON_MALFORMED,
     "spec.egress[0].to[0].ipBlock.except[0]"},
    {"an except with host bits",
     TO("{\"ipBlock\":{\"cidr\":\"10.1.0.0/16\",\"except\":[\"10.1.2.3/24\"]}}"),
     REASON_NON_CANONICAL_CIDR, "spec.egress[0].to[0].ipBlock.except[0]"},
    {"an except with leading zeros",
     TO("{\"ipBlock\":{\"cidr\":\"10.1.0.0/16\",\"except\":[\"10.01.2.0/24\"]}}"),
     REASON_NON_CANONICAL_CIDR, "spec.egress[0].to[0].ipBlock.except[0]"},
    {"excepts that leave nothing",
     TO("{\"ipBlock\":{\"cidr\":\"8.0.0.0/8\",\"except\":[\"8.0.0.0/9\",\"8.128.0.0/9\"]}}"),
     REASON_NONE, ""},
    {"excepts that leave one address",
     TO("{\"ipBlock\":{\"cidr\":\"8.8.8.8/30\",\"except\":[\"8.8.8.8/31\",\"8.8.8.10/32\"]}}"),
     REASON_EGRESS_LEAK, "spec.egress[0].to[0].ipBlock.cidr"},
    {"no cidr", TO("{\"ipBlock\":{}}"), REASON_MALFORMED, "spec.egress[0].to[0].ipBlock.cidr"},
    {"a cidr that is none", TO("{\"ipBlock\":{\"cidr\":\"everything\"}}"),
     REASON_NON_CANONICAL_CIDR, "spec.egress[0].to[0].ipBlock.cidr"},
    {"a prefix length beyond", TO("{\"ipBlock\":{\"cidr\":\"10.1.0.0/33\"}}"),
     REASON_NON_CANONICAL_CIDR, "spec.egress[0].to[0].ipBlock.cidr"},
    {"upper case", TO("{\"ipBlock\":{\"cidr\":\"FD00::/64\"}}"), REASON_NON_CANONICAL_CIDR,
     "spec.egress[0].to[0].ipBlock.cidr"},
    {"a block and a selector", TO("{\"ipBlock\":{\"cidr\":\"10.1.0.0/16\"},\"podSelector\":{}}"),
     REASON_MALFORMED, "spec.egress[0].to[0].ipBlock"},
    {"a peer without anything", TO("{}"), REASON_MALFORMED, "spec.egress[0].to[0].ipBlock"},
    {"a peer that is null", TO("null"), REASON_MALFORMED, "spec.egress[0].to[0]"},
    {"a rule that is null", "null", REASON_MALFORMED, "spec.egress[0]"},
    {"a selector of a peer with an unknown operator",
     TO("{\"podSelector\":{\"matchExpressions\":[{\"key\":\"a\",\"operator\":\"Gt\",\"values\":["
        "\"1\"]}]}}"),
     REASON_MALFORMED, "spec.egress[0].to[0].podSelector.matchExpressions[0].operator"},
    {"a label that is a number", TO("{\"podSelector\":{\"matchLabels\":{\"a\":1}}}"),
     REASON_MALFORMED, "spec.egress[0].to[0].podSelector.matchLabels"},
};

static struct findings judge_rule(const char *pods, const char *types, const char *rule)
{
    AUTO(buf) struct buf spec = {0};

    buf_init(&spec, JSON_MAX_TEXT);
    buf_printf(&spec, "{\"podSelector\":%s,\"policyTypes\":[%s],\"egress\":[%s]}", pods, types,
               rule);
    return judge_policy(buf_cstr(&spec), FIXTURE_EXAMPLE, NULL);
}

ParameterizedTestParameters(validators_policy_hostile, rule)
{
    static size_t index[COUNT_OF(rules)];

    for (size_t i = 0; i < COUNT_OF(index); i++) {
        index[i] = i;
    }
    return cr_make_param_array(size_t, index, COUNT_OF(index));
}

ParameterizedTest(size_t *index, validators_policy_hostile, rule)
{
    const struct hostile *c = &rules[*index];

    struct findings found = judge_rule("{}", "\"Egress\"", c->rule);
    struct findings of_others = judge_rule(MINE, "\"Egress\"", c->rule);

    cr_assert_str_eq(reason_name(found.denied), reason_name(c->want), "%s: %s", c->name,
                     found.message);
    cr_assert_str_eq(found.field, c->field, "%s: %s", c->name, found.message);
    cr_assert_eq(of_others.denied, REASON_NONE, "%s: %s", c->name, of_others.message);
}

/*
 * Rules that mean nothing by policyTypes open nothing. But their texts are held to the canonical
 * form all the same: an API server lets an update keep any text that stood in the old object.
 */
Test(validators_policy_hostile, rules_that_mean_nothing)
{
    static const char odd[] = TO("{\"ipBlock\":{\"cidr\":\"010.0.0.0/8\"}}");

    cr_assert_eq(judge_rule("{}", "\"Ingress\"", "{}").denied, REASON_NONE);
    cr_assert_eq(judge_rule("{}", "\"Ingress\"", odd).denied, REASON_NON_CANONICAL_CIDR);
    cr_assert_eq(judge_rule(MINE, "\"Ingress\"", odd).denied, REASON_NONE);
    cr_assert_eq(judge_rule("{}", "\"Ingress\",\"Egress\"", "{}").denied, REASON_EGRESS_LEAK);
    cr_assert_eq(judge_rule("{}", "\"Egress\",\"Egress\"", "{}").denied, REASON_EGRESS_LEAK);
    cr_assert_eq(judge_rule("{}", "\"egress\"", "{}").denied, REASON_MALFORMED);
    cr_assert_eq(judge_rule("{}", "null", "{}").denied, REASON_MALFORMED);
    cr_assert_eq(judge_rule("{}", "", "{}").denied, REASON_EGRESS_LEAK);
}

/* What comes in is not podveil's: a killswitch is about what goes out. */
Test(validators_policy_hostile, ingress_is_not_looked_at)
{
    struct findings found =
        judge_policy("{\"podSelector\":{},\"policyTypes\":[\"Ingress\",\"Egress\"],\"ingress\":[{"
                     "\"from\":[{\"ipBlock\":{\"cidr\":\"010.0.0.0/8\"}}]}]}",
                     FIXTURE_EXAMPLE, NULL);

    cr_assert_eq(found.denied, REASON_NONE, "%s", found.message);
}

enum { EXPRESSIONS = 10000 };

static struct findings judge_expressions(const char *last)
{
    AUTO(buf) struct buf spec = {0};

    buf_init(&spec, JSON_MAX_TEXT);
    buf_text(&spec, "{\"podSelector\":{\"matchExpressions\":[");
    for (size_t i = 0; i < EXPRESSIONS; i++) {
        buf_printf(
            &spec,
            "{\"key\":\"example.org/k%zu\",\"operator\":\"NotIn\",\"values\":[\"a\",\"b\"]},",
            i * 7919 % EXPRESSIONS);
    }
    buf_printf(&spec, "%s]},\"policyTypes\":[\"Egress\"],\"egress\":[{}]}", last);
    return judge_policy(buf_cstr(&spec), FIXTURE_EXAMPLE, NULL);
}

Test(validators_policy_hostile, ten_thousand_expressions)
{
    static const char none[] = "{\"key\":\"podveil.io/gateway\",\"operator\":\"DoesNotExist\"}";
    static const char some[] = "{\"key\":\"podveil.io/gateway\",\"operator\":\"Exists\"}";
    static const char wrong[] = "{\"key\":\"a\",\"operator\":\"Like\",\"values\":[\"b\"]}";

    const struct findings closed = judge_expressions(none);
    const struct findings open = judge_expressions(some);
    const struct findings unread = judge_expressions(wrong);

    cr_assert_eq(closed.denied, REASON_NONE, "%s", closed.message);
    cr_assert_eq(open.denied, REASON_EGRESS_LEAK, "%s", open.message);
    cr_assert_eq(unread.denied, REASON_MALFORMED, "%s", unread.message);
    cr_assert_str_eq(unread.field, "spec.podSelector.matchExpressions[10000].operator");
}

/* All of one key: each narrows what is left of it. */
Test(validators_policy_hostile, ten_thousand_expressions_of_one_key)
{
    AUTO(buf) struct buf spec = {0};

    buf_init(&spec, JSON_MAX_TEXT);
    buf_text(&spec, "{\"podSelector\":{\"matchExpressions\":[");
    for (size_t i = 0; i < EXPRESSIONS; i++) {
        buf_printf(
            &spec,
            "%s{\"key\":\"podveil.io/gateway\",\"operator\":\"NotIn\",\"values\":[\"v%zu\"]}",
            i > 0 ? "," : "", i);
    }
    buf_text(&spec, "]},\"policyTypes\":[\"Egress\"],\"egress\":[{}]}");
    const struct findings found = judge_policy(buf_cstr(&spec), FIXTURE_EXAMPLE, NULL);

    cr_assert_eq(found.denied, REASON_EGRESS_LEAK, "%s", found.message);
}
