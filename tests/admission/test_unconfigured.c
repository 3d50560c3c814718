/* SPDX-License-Identifier: Apache-2.0 */
/* Reviews before there is any configuration. */
#include "tests/admission/ask.h"

#include <criterion/parameterized.h>

static const struct none_case {
    const char *name;
    struct asked asked;
    bool allowed;
    const char *says;
} none_cases[] = {
    {"a pod at /mutate",
     {"", "v1", "Pod", "pods", "CREATE", POD, PHASE_MUTATE, false, NULL},
     false,
     "there is no ConfigMap podveil/podveil"},
    {"a pod at /validate",
     {"", "v1", "Pod", "pods", "CREATE", POD, PHASE_VALIDATE, false, NULL},
     false,
     "UnknownGateway: "},
    {"a pod that is changed",
     {"", "v1", "Pod", "pods", "UPDATE", POD, PHASE_VALIDATE, false, NULL},
     true,
     "allowed"},
    {"a workload",
     {"apps", "v1", "Deployment", "deployments", "CREATE", DEPLOYMENT, PHASE_VALIDATE, false, NULL},
     true,
     "its pods will be denied"},
    {"a policy",
     {"networking.k8s.io", "v1", "NetworkPolicy", "networkpolicies", "CREATE", POLICY,
      PHASE_VALIDATE, false, NULL},
     false,
     "UnknownGateway: "},
    {"a policy that is changed",
     {"networking.k8s.io", "v1", "NetworkPolicy", "networkpolicies", "UPDATE", POLICY,
      PHASE_VALIDATE, false, CLOSED_POLICY},
     false,
     "UnknownGateway: "},
    {"a policy's metadata",
     {"networking.k8s.io", "v1", "NetworkPolicy", "networkpolicies", "UPDATE", POLICY,
      PHASE_VALIDATE, false, NULL},
     true,
     "allowed"},
    {"an admin's policy",
     {"policy.networking.k8s.io", "v1alpha1", "AdminNetworkPolicy", "adminnetworkpolicies",
      "CREATE", OBJECT("policy.networking.k8s.io/v1alpha1", "AdminNetworkPolicy"), PHASE_VALIDATE,
      false, NULL},
     false,
     "UnknownGateway: "},
    {"a policy of Cilium's",
     {"cilium.io", "v2", "CiliumNetworkPolicy", "ciliumnetworkpolicies", "CREATE",
      OBJECT("cilium.io/v2", "CiliumNetworkPolicy"), PHASE_VALIDATE, false, NULL},
     false,
     "UnknownGateway: "},
    {"a policy of Calico's",
     {"crd.projectcalico.org", "v1", "NetworkPolicy", "networkpolicies", "CREATE",
      OBJECT("crd.projectcalico.org/v1", "NetworkPolicy"), PHASE_VALIDATE, false, NULL},
     false,
     "UnknownGateway: "},
    {"a policy of Calico's by its own server",
     {"projectcalico.org", "v3", "NetworkPolicy", "networkpolicies", "CREATE",
      OBJECT("projectcalico.org/v3", "NetworkPolicy"), PHASE_VALIDATE, false, NULL},
     false,
     "UnknownGateway: "},
    {"an entry of a mesh",
     {"networking.istio.io", "v1", "ServiceEntry", "serviceentries", "CREATE",
      OBJECT("networking.istio.io/v1", "ServiceEntry"), PHASE_VALIDATE, false, NULL},
     false,
     "UnknownGateway: "},
    {"what is no policy",
     {"example.org", "v1", "Thing", "things", "CREATE", OBJECT("example.org/v1", "Thing"),
      PHASE_VALIDATE, false, NULL},
     true,
     "allowed"},
};

ParameterizedTestParameters(admission_unconfigured, without_a_configuration)
{
    static size_t index[COUNT_OF(none_cases)];

    for (size_t i = 0; i < COUNT_OF(index); i++) {
        index[i] = i;
    }
    return cr_make_param_array(size_t, index, COUNT_OF(index));
}

ParameterizedTest(size_t *index, admission_unconfigured, without_a_configuration)
{
    const struct none_case *c = &none_cases[*index];
    AUTO(config) const struct config *none = NULL;
    AUTO(ruleset) const struct ruleset *ruleset = NULL;
    AUTO(admission) struct admission answer = {0};
    struct error err = {0};

    cr_assert_eq(config_none(&none, &err), 0, "%s", err.text);
    cr_assert_eq(ruleset_new(none, &ruleset, &err), 0, "%s", err.text);
    ask(&c->asked, ruleset, NULL, &answer);

    cr_assert_eq(answer.allowed, c->allowed, "%s: %s", c->name, buf_cstr(&answer.body));
    cr_assert(says(&answer, c->says), "%s: %s", c->name, buf_cstr(&answer.body));
}
