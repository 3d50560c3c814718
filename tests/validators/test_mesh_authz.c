/* SPDX-License-Identifier: Apache-2.0 */
/* Authorization policies that look like protection and are none, each beside its harmless twin. */
#include "tests/validators/mesh.h"

#include <criterion/parameterized.h>

#define METHODS "spec.rules[0].to[0].operation.methods"
#define SIDECARS                                                                                   \
    "[{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{\"name\":\"media\",\"labels\":"  \
    "{\"istio-injection\":\"enabled\"}}}]"

static const struct mesh_case cases[] = {
    /* M1: a DENY that denies nothing at ztunnel */
    {"a workload's methods denied",
     AUTHZ("media", "{" APP ",\"action\":\"DENY\",\"rules\":[{" POST "}]}"), NULL,
     REASON_MESH_NO_OP, METHODS, "the rule denies nothing"},
    {"the same at a waypoint",
     AUTHZ("media",
           "{\"targetRefs\":[{\"kind\":\"Gateway\",\"group\":\"gateway.networking.k8s.io\","
           "\"name\":\"waypoint\"}],\"action\":\"DENY\",\"rules\":[{" POST "}]}"),
     NULL, REASON_NONE, "", NULL},
    {"by ports, at ztunnel",
     AUTHZ("media", "{" APP ",\"action\":\"DENY\",\"rules\":[{\"to\":[{\"operation\":{\"ports\":"
                    "[\"8080\"]}}]}]}"),
     NULL, REASON_NONE, "", NULL},
    {"a namespace's methods denied", AUTHZ("media", "{\"action\":\"DENY\",\"rules\":[{" POST "}]}"),
     NULL, REASON_MESH_NO_OP, METHODS, "targetRefs"},
    {"the second rule",
     AUTHZ("media", "{\"action\":\"DENY\",\"rules\":[{" PEER "},{" PEER "," POST "}]}"), NULL,
     REASON_MESH_NO_OP, "spec.rules[1].to[0].operation.methods", "denies nothing"},
    {"methods at a port, which denies the whole port",
     AUTHZ("media", "{" APP ",\"action\":\"DENY\",\"rules\":[{\"to\":[{\"operation\":{\"ports\":"
                    "[\"80\"],\"methods\":[\"POST\"]}}]}]}"),
     NULL, REASON_NONE, "", "denies too much"},
    {"everywhere, where gateways and sidecars take it",
     AUTHZ("istio-system", "{\"action\":\"DENY\",\"rules\":[{" POST "}]}"), NULL, REASON_NONE, "",
     "the rule denies nothing"},
    {"in a namespace of sidecars",
     AUTHZ("media", "{" APP ",\"action\":\"DENY\",\"rules\":[{" POST "}]}"), SIDECARS, REASON_NONE,
     "", NULL},
    {"at an ingress gateway",
     AUTHZ("istio-system", "{\"selector\":{\"matchLabels\":{\"istio\":\"ingressgateway\"}},"
                           "\"action\":\"DENY\",\"rules\":[{" POST "}]}"),
     NULL, REASON_NONE, "", NULL},

    /* M2: actions that nobody carries out */
    {"CUSTOM for a workload",
     AUTHZ("media",
           "{" APP ",\"action\":\"CUSTOM\",\"provider\":{\"name\":\"oauth\"},\"rules\":[{}]}"),
     NULL, REASON_MESH_NO_OP, "spec.action", "CUSTOM without spec.targetRefs"},
    {"AUDIT for a namespace", AUTHZ("media", "{\"action\":\"AUDIT\",\"rules\":[{}]}"), NULL,
     REASON_MESH_NO_OP, "spec.action", "AUDIT"},
    {"CUSTOM at the ingress gateway",
     AUTHZ("istio-system",
           "{\"selector\":{\"matchLabels\":{\"istio\":\"ingressgateway\"}},"
           "\"action\":\"CUSTOM\",\"provider\":{\"name\":\"oauth\"},\"rules\":[{}]}"),
     NULL, REASON_NONE, "", NULL},
    {"CUSTOM at a Gateway",
     AUTHZ("media",
           "{\"targetRefs\":[{\"kind\":\"Gateway\",\"group\":\"gateway.networking.k8s.io\","
           "\"name\":\"waypoint\"}],\"action\":\"CUSTOM\",\"provider\":{\"name\":\"oauth\"},"
           "\"rules\":[{}]}"),
     NULL, REASON_NONE, "", NULL},

    /* M3: an ALLOW rule that is left out */
    {"a peer's methods", AUTHZ("media", "{" APP ",\"rules\":[{" PEER "," POST "}]}"), NULL,
     REASON_MESH_NO_OP, METHODS, "lets nobody in"},
    {"a peer", AUTHZ("media", "{" APP ",\"rules\":[{" PEER "}]}"), NULL, REASON_NONE, "", NULL},
    {"nobody", AUTHZ("media", "{}"), NULL, REASON_NONE, "", NULL},
    {"everybody", AUTHZ("media", "{\"rules\":[{}]}"), NULL, REASON_NONE, "", NULL},

    /* M8: a name that no peer has */
    {"a name with its scheme",
     AUTHZ("media", "{" APP ",\"rules\":[{\"from\":[{\"source\":{\"principals\":[\"spiffe://"
                    "cluster.local/ns/media/sa/sonarr\"]}}]}]}"),
     NULL, REASON_MESH_NO_OP, "spec.rules[0].from[0].source.principals",
     "Write \"cluster.local/ns/media/sa/sonarr\""},
    {"the same in a condition",
     AUTHZ("media", "{" APP ",\"rules\":[{\"when\":[{\"key\":\"source.principal\",\"notValues\":"
                    "[\"spiffe://a\"]}]}]}"),
     NULL, REASON_MESH_NO_OP, "spec.rules[0].when[0].key", "no peer is called"},
    {"the same in the root namespace",
     AUTHZ("istio-system",
           "{\"rules\":[{\"from\":[{\"source\":{\"notPrincipals\":[\"spiffe://a\"]}}]}]}"),
     NULL, REASON_MESH_NO_OP, "spec.rules[0].from[0].source.notPrincipals", "no peer is called"},

    /* of another shape */
    {"a list for a rule", AUTHZ("media", "{\"rules\":[[]]}"), NULL, REASON_MALFORMED,
     "spec.rules[0].from", "security.istio.io/v1"},
};

ParameterizedTestParameters(validators_mesh_authz, create)
{
    static size_t index[COUNT_OF(cases)];

    for (size_t i = 0; i < COUNT_OF(index); i++) {
        index[i] = i;
    }
    return cr_make_param_array(size_t, index, COUNT_OF(index));
}

ParameterizedTest(size_t *index, validators_mesh_authz, create)
{
    mesh_check(&cases[*index]);
}

Test(validators_mesh_authz, without_a_mesh_no_policy_is_looked_at)
{
    struct findings findings =
        mesh_judge_as(AUTHZ("media", "{\"action\":\"AUDIT\",\"rules\":[[]]}"), NULL, NULL,
                      "fixtures/config/no-mesh.yaml");

    cr_assert_eq(findings.denied, REASON_NONE, "%s", findings.message);
    cr_assert_eq(findings.warning_count, 0);
}
