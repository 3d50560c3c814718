/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The admin tier stands above every NetworkPolicy: what it allows, the killswitch
 * cannot take back. The baseline tier stands below them, so that its kind and its
 * tier are none of ours: the floor selects every privacy pod.
 */
#include "lib/netpol/admin_tiers.h"
#include "validators/admin_case.h"

#define GROUP "policy.networking.k8s.io"
#define WITHOUT_PRIVACY "matchExpressions: [{key: " ADMIN_GATEWAY_LABEL ", operator: DoesNotExist}]"

static bool is_resource(const struct review *review, const char *name)
{
    return slice_is(review->resource.group, GROUP) && slice_is(review->resource.name, name);
}

static bool handles(const struct review *review)
{
    return (is_resource(review, "adminnetworkpolicies") ||
            is_resource(review, "clusternetworkpolicies")) &&
           review->subresource.len == 0 &&
           (review->operation == OPERATION_CREATE || review->operation == OPERATION_UPDATE);
}

static int check(const struct judgement *judgement, struct findings *findings, struct error *err)
{
    static const char *const of_admin[] = {"v1alpha1"};
    static const char *const of_cluster[] = {"v1alpha2", "v1beta1"};
    const struct review *review = judgement->review;
    bool of_pods = value_is_set(value_get(review->object, "spec", "subject", "pods", NULL));
    bool is_admin = is_resource(review, "adminnetworkpolicies");
    const struct admin_language language = {
        .read = admin_tiers_read,
        .above = "above every NetworkPolicy",
        .instead = of_pods ? "by adding to spec.subject.pods.podSelector: " WITHOUT_PRIVACY
                           : "by naming pods in spec.subject: {pods: {namespaceSelector: (that of "
                             "namespaces), podSelector: {" WITHOUT_PRIVACY "}}}",
        .as = is_admin ? GROUP "/v1alpha1" : GROUP "/v1beta1",
    };

    if (is_admin) {
        admin_allow_warn_version(review, of_admin, COUNT_OF(of_admin), findings);
    } else {
        admin_allow_warn_version(review, of_cluster, COUNT_OF(of_cluster), findings);
    }
    return admin_case_check(judgement, &language, findings, err);
}

extern const struct validator validator_admin_policy;
const struct validator validator_admin_policy = {
    .name = "admin_policy",
    .handles = handles,
    .check = check,
};
