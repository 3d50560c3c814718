/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/validators/outranking.h"

#define TIERS "policy.networking.k8s.io"
#define WORLD "'egress':[{'action':'Allow','to':[{'networks':['0.0.0.0/0']}]}]"
#define OPEN "{'priority':5,'subject':{'namespaces':{}}," WORLD "}"
#define CLOSED "{'priority':5,'subject':{'namespaces':{}}}"

static const struct outranking admin = {TIERS, "v1alpha1", "AdminNetworkPolicy",
                                        "adminnetworkpolicies", NULL};
static const struct outranking baseline = {TIERS, "v1alpha1", "BaselineAdminNetworkPolicy",
                                           "baselineadminnetworkpolicies", NULL};
static const struct outranking cluster = {TIERS, "v1beta1", "ClusterNetworkPolicy",
                                          "clusternetworkpolicies", NULL};
static const struct outranking older = {TIERS, "v1alpha2", "ClusterNetworkPolicy",
                                        "clusternetworkpolicies", NULL};
static const struct outranking newer = {TIERS, "v2", "ClusterNetworkPolicy",
                                        "clusternetworkpolicies", NULL};

Test(validators_admin_policy, names_the_leak_and_the_way_out)
{
    struct findings findings = judge_outranking(&admin, OPEN, NULL);

    check_denied(&findings, REASON_ADMIN_ALLOW, "spec.egress[0].to[0].networks[0]",
                 "AdminAllow: spec.egress[0].to[0].networks[0] lets pods of gateway vpn reach "
                 "0.0.0.0 on every port beside the tunnel, above every NetworkPolicy. Take that "
                 "out, or keep privacy pods out of the policy by naming pods in spec.subject: "
                 "{pods: {namespaceSelector: (that of namespaces), podSelector: "
                 "{matchExpressions: [{key: podveil.io/gateway, operator: DoesNotExist}]}}}.");
}

Test(validators_admin_policy, lets_in_what_the_message_says)
{
    struct findings open =
        judge_outranking(&admin, "{'priority':5,'subject':{'pods':{}}," WORLD "}", NULL);
    struct findings mended =
        judge_outranking(&admin,
                         "{'priority':5,'subject':{'pods':{'namespaceSelector':{},'podSelector':"
                         "{'matchExpressions':[{'key':'podveil.io/gateway','operator':"
                         "'DoesNotExist'}]}}}," WORLD "}",
                         NULL);

    cr_assert_not_null(strstr(open.message, "by adding to spec.subject.pods.podSelector: "
                                            "matchExpressions: [{key: podveil.io/gateway, "
                                            "operator: DoesNotExist}]."),
                       "%s", open.message);
    check_allowed(&mended);
}

Test(validators_admin_policy, judges_an_update_by_what_it_changes)
{
    struct findings opened = judge_outranking(&admin, OPEN, CLOSED);
    struct findings as_it_was = judge_outranking(&admin, OPEN, OPEN);

    cr_assert_eq(opened.denied, REASON_ADMIN_ALLOW, "%s", opened.message);
    check_allowed(&as_it_was);
}

Test(validators_admin_policy, has_no_business_with_the_baseline)
{
    struct findings kind = judge_outranking(&baseline, OPEN, NULL);
    struct findings tier = judge_outranking(
        &cluster,
        "{'tier':'Baseline','subject':{'namespaces':{}},'egress':[{'action':'Accept','to':"
        "[{'networks':['0.0.0.0/0']}]}]}",
        NULL);

    check_allowed(&kind);
    check_allowed(&tier);
}

Test(validators_admin_policy, knows_two_versions_and_warns_of_another)
{
    struct findings known = judge_outranking(&older, OPEN, NULL);
    struct findings open = judge_outranking(&newer, OPEN, NULL);
    struct findings harmless = judge_outranking(&newer, CLOSED, NULL);
    struct findings unread =
        judge_outranking(&newer, "{'subject':{'namespaces':{}},'rules':[]}", NULL);

    cr_assert_eq(known.denied, REASON_ADMIN_ALLOW, "%s", known.message);
    cr_assert_eq(known.warning_count, 0, "%s", known.warnings[0]);
    cr_assert_eq(open.denied, REASON_ADMIN_ALLOW, "%s", open.message);
    cr_assert_eq(harmless.denied, REASON_NONE, "%s", harmless.message);
    cr_assert_eq(harmless.warning_count, 1);
    cr_assert_str_eq(harmless.warnings[0], TIERS "/v2 is not known to podveil, judged as v1beta1");
    check_denied(&unread, REASON_MALFORMED, "spec.rules",
                 "Malformed: spec.rules: there is no such member. podveil cannot tell what this "
                 "lets privacy pods reach: write it as policy.networking.k8s.io/v1beta1 has it, "
                 "or keep them out of the policy by naming pods in spec.subject: {pods: "
                 "{namespaceSelector: (that of namespaces), podSelector: {matchExpressions: "
                 "[{key: podveil.io/gateway, operator: DoesNotExist}]}}}.");
}

Test(validators_admin_policy, refuses_a_text_that_enforcers_read_differently)
{
    struct findings findings = judge_outranking(
        &admin,
        "{'subject':{'namespaces':{}},'egress':[{'action':'Allow','to':[{'networks':"
        "['010.0.0.0/8']}]}]}",
        NULL);

    cr_assert_eq(findings.denied, REASON_NON_CANONICAL_CIDR, "%s", findings.message);
    cr_assert_str_eq(findings.field, "spec.egress[0].to[0].networks[0]");
}

Test(validators_admin_policy, that_takes_more_memory_than_one_may_is_to_be_split)
{
    enum { RULES = 1000000 };
    AUTO(buf) struct buf spec = {0};

    buf_init(&spec, JSON_MAX_TEXT);
    buf_text(&spec, "{'subject':{'namespaces':{}},'egress':[{}");
    for (size_t i = 0; i < RULES; i++) {
        buf_text(&spec, ",{}");
    }
    buf_text(&spec, "]}");
    struct findings findings = judge_outranking(&admin, buf_cstr(&spec), NULL);

    check_denied(&findings, REASON_MALFORMED, "spec",
                 "Malformed: the policy is too large to be judged. Split it into several.");
}
