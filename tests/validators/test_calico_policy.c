/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/validators/outranking.h"

#define CRD "crd.projectcalico.org"
#define WORLD "'egress':[{'action':'Allow'}]"

static const struct outranking policy = {CRD, "v1", "NetworkPolicy", "networkpolicies", "media"};
static const struct outranking global = {CRD, "v1", "GlobalNetworkPolicy", "globalnetworkpolicies",
                                         NULL};
static const struct outranking native = {"projectcalico.org", "v3", "GlobalNetworkPolicy",
                                         "globalnetworkpolicies", NULL};
static const struct outranking newer = {CRD, "v2", "NetworkPolicy", "networkpolicies", "media"};
static const struct outranking tier = {CRD, "v1", "Tier", "tiers", NULL};
static const struct outranking staged = {CRD, "v1", "StagedNetworkPolicy", "stagednetworkpolicies",
                                         "media"};

Test(validators_calico_policy, names_the_leak_and_the_way_out)
{
    struct findings open = judge_outranking(
        &policy, "{'selector':'app == \\u0022x\\u0022 || has(b)','order':2000," WORLD "}", NULL);
    struct findings mended = judge_outranking(
        &policy,
        "{'selector':'(app == \\u0022x\\u0022 || has(b)) && !has(podveil.io/gateway)'," WORLD "}",
        NULL);

    check_denied(&open, REASON_ADMIN_ALLOW, "spec.egress[0]",
                 "AdminAllow: spec.egress[0] lets pods of gateway vpn reach 0.0.0.0 on every port "
                 "beside the tunnel, whatever its order. Take that out, or keep privacy pods out "
                 "of the policy by writing in spec: selector: (app == \"x\" || has(b)) && "
                 "!has(podveil.io/gateway).");
    check_allowed(&mended);
}

Test(validators_calico_policy, tells_how_to_select_pods_alone)
{
    const char *dns = "{'selector':'all()','egress':[{'action':'Allow','protocol':'UDP',"
                      "'destination':{'selector':'k8s-app == \\u0022kube-dns\\u0022','ports':[53]"
                      "}}]}";
    const char *mended =
        "{'selector':'all()','egress':[{'action':'Allow','protocol':'UDP','destination':"
        "{'selector':'k8s-app == \\u0022kube-dns\\u0022','namespaceSelector':"
        "'projectcalico.org/name == \\u0022kube-system\\u0022','ports':[53]}}]}";
    struct findings open = judge_outranking(&policy, dns, NULL);
    struct findings pods = judge_outranking(&policy, mended, NULL);

    check_denied(&open, REASON_ADMIN_ALLOW, "spec.egress[0].destination",
                 "AdminAllow: spec.egress[0].destination lets pods of gateway vpn reach any "
                 "address of a NetworkSet (a selector takes those too) beside the tunnel, whatever "
                 "its order. Take that out, or write beside the selector nets, or, for pods of "
                 "namespace kube-system, namespaceSelector: projectcalico.org/name == "
                 "\"kube-system\", or keep privacy pods out of the policy by writing in spec: "
                 "selector: (all()) && !has(podveil.io/gateway).");
    check_allowed(&pods);
}

Test(validators_calico_policy, says_the_line_where_there_is_no_selector)
{
    struct findings none = judge_outranking(&global, "{" WORLD "}", NULL);
    AUTO(buf) struct buf spec = {0};

    buf_init(&spec, 4096);
    buf_printf(&spec, "{'selector':'has(%0300d)'," WORLD "}", 1);
    struct findings longer = judge_outranking(&global, buf_cstr(&spec), NULL);

    cr_assert_not_null(
        strstr(none.message, "by writing in spec: selector: \"!has(podveil.io/gateway)\"."), "%s",
        none.message);
    cr_assert_not_null(strstr(longer.message, "by writing in spec: selector: \"(...) && "
                                              "!has(podveil.io/gateway)\"."),
                       "%s", longer.message);
}

Test(validators_calico_policy, knows_both_of_its_groups)
{
    struct findings findings = judge_outranking(&native, "{" WORLD "}", NULL);

    cr_assert_eq(findings.denied, REASON_ADMIN_ALLOW, "%s", findings.message);
    cr_assert_eq(findings.warning_count, 0, "%s", findings.warnings[0]);
}

Test(validators_calico_policy, warns_of_a_version_that_is_not_known)
{
    struct findings findings = judge_outranking(&newer, "{'selector':'all()'}", NULL);

    cr_assert_eq(findings.denied, REASON_NONE, "%s", findings.message);
    cr_assert_eq(findings.warning_count, 1);
    cr_assert_str_eq(findings.warnings[0], CRD "/v2 is not known to podveil, judged as v1");
}

Test(validators_calico_policy, refuses_a_selector_that_reaches_out_of_its_namespace)
{
    struct findings findings =
        judge_outranking(&policy, "{'selector':'all()) || (all()'," WORLD "}", NULL);

    cr_assert_eq(findings.denied, REASON_MALFORMED, "%s", findings.message);
    cr_assert_str_eq(findings.field, "spec.selector");
}

Test(validators_calico_policy, judges_an_update_by_what_it_changes)
{
    struct findings opened = judge_outranking(&policy, "{" WORLD "}", "{}");
    struct findings as_it_was = judge_outranking(&policy, "{" WORLD "}", "{" WORLD "}");

    cr_assert_eq(opened.denied, REASON_ADMIN_ALLOW, "%s", opened.message);
    check_allowed(&as_it_was);
}

/* The review's object is called open, so a tier of another name is harmless. */
Test(validators_calico_policy, knows_the_tier_that_must_end)
{
    struct findings findings = judge_outranking(&tier, "{'defaultAction':'Pass'}", NULL);
    const char *review =
        "{\"apiVersion\":\"admission.k8s.io/v1\",\"kind\":\"AdmissionReview\",\"request\":{\"uid\":"
        "\"u\",\"kind\":{\"group\":\"" CRD "\",\"version\":\"v1\",\"kind\":\"Tier\"},\"resource\":"
        "{\"group\":\"" CRD "\",\"version\":\"v1\",\"resource\":\"tiers\"},\"name\":\"default\","
        "\"operation\":\"CREATE\",\"object\":{\"metadata\":{\"name\":\"default\"},\"spec\":"
        "{\"defaultAction\":\"Pass\"}}}}";
    struct findings open = judge_review(review);

    check_allowed(&findings);
    check_denied(&open, REASON_ADMIN_ALLOW, "spec.defaultAction",
                 "AdminAllow: spec.defaultAction of the tier default hands what no NetworkPolicy "
                 "allows on to the namespace's profile, which allows everything. Write "
                 "defaultAction: Deny.");
}

Test(validators_calico_policy, has_no_business_with_what_is_only_staged)
{
    struct findings findings = judge_outranking(&staged, "{" WORLD "}", NULL);

    check_allowed(&findings);
}
