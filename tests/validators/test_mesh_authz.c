/* SPDX-License-Identifier: Apache-2.0 */
/* Authorization policies that look like protection and are none, each beside its harmless twin. */
#include "tests/validators/mesh.h"

#define METHODS "spec.rules[0].to[0].operation.methods"
#define SIDECARS                                                                                   \
    "[{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{\"name\":\"media\",\"labels\":"  \
    "{\"istio-injection\":\"enabled\"}}}]"

#define MEDIA(labels)                                                                              \
    "{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{\"name\":\"media\","              \
    "\"labels\":" labels "}}"
#define SERVICE(labels)                                                                            \
    "[{\"apiVersion\":\"v1\",\"kind\":\"Service\",\"metadata\":{\"name\":\"sabnzbd\","             \
    "\"namespace\":"                                                                               \
    "\"media\",\"labels\":" labels "},\"spec\":{\"selector\":{\"app\":\"sabnzbd\"}}}"
#define BOUND_SERVICE SERVICE("{\"istio.io/use-waypoint\":\"waypoint\"}") "]"

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

    /* M7: what ztunnel does not read, and does not tell of */
    {"a trust domain alone",
     AUTHZ("media", "{\"rules\":[{\"from\":[{\"source\":{\"trustDomains\":[\"a\"]}}]}]}"), NULL,
     REASON_MESH_NO_OP, "spec.rules[0].from[0].source.trustDomains", "lets nobody in"},
    {"a namespace of a trust domain",
     AUTHZ("media", "{\"rules\":[{\"from\":[{\"source\":{\"trustDomains\":[\"a\"],\"namespaces\":"
                    "[\"tools\"]}}]}]}"),
     NULL, REASON_MESH_NO_OP, "spec.rules[0].from[0].source.trustDomains", "every trust domain"},
    {"the same denied",
     AUTHZ("media",
           "{\"action\":\"DENY\",\"rules\":[{\"from\":[{\"source\":{\"trustDomains\":[\"a\"],"
           "\"namespaces\":[\"tools\"]}}]}]}"),
     NULL, REASON_NONE, "", "denies too much"},
    {"a trust domain by its peers",
     AUTHZ("media", "{\"rules\":[{\"from\":[{\"source\":{\"principals\":[\"a/*\"]}}]}]}"), NULL,
     REASON_NONE, "", NULL},
    {"a trust domain at a waypoint",
     AUTHZ("media",
           "{" TO_SERVICE ",\"rules\":[{\"from\":[{\"source\":{\"trustDomains\":[\"a\"]}}]}]}"),
     BOUND_SERVICE, REASON_NONE, "", NULL},
    {"what is newer",
     AUTHZ("media", "{\"rules\":[{\"from\":[{\"source\":{\"planets\":[\"mars\"]}}]}]}"), NULL,
     REASON_NONE, "", "does not know"},

    /* M12: only tried out */
    {"a dry run",
     "{\"apiVersion\":\"security.istio.io/"
     "v1\",\"kind\":\"AuthorizationPolicy\",\"metadata\":{\"name\":"
     "\"n\",\"namespace\":\"media\",\"annotations\":{\"istio.io/"
     "dry-run\":\"true\"}},\"spec\":{\"action\":"
     "\"DENY\",\"rules\":[{" POST "}]}}",
     NULL, REASON_NONE, "", "lets everything through"},

    /* M4, M5: targets that nobody enforces */
    {"a Service with a waypoint", AUTHZ("media", "{" TO_SERVICE ",\"rules\":[{" POST "}]}"),
     BOUND_SERVICE, REASON_NONE, "", NULL},
    {"a Service without one", AUTHZ("media", "{" TO_SERVICE ",\"rules\":[{" POST "}]}"),
     SERVICE("{}") "," MEDIA("{}") "]", REASON_MESH_NO_OP, "spec.targetRefs[0]", "has no waypoint"},
    {"a Service that wants none", AUTHZ("media", "{" TO_SERVICE ",\"rules\":[{" POST "}]}"),
     SERVICE("{\"istio.io/use-waypoint\":\"none\"}") "]", REASON_MESH_NO_OP, "spec.targetRefs[0]",
     "has no waypoint"},
    {"a Service whose namespace has one", AUTHZ("media", "{" TO_SERVICE ",\"rules\":[{" POST "}]}"),
     SERVICE("{}") "," MEDIA("{\"istio.io/use-waypoint\":\"all\"}") "]", REASON_NONE, "", NULL},
    {"a Service whose namespace nobody shows", AUTHZ("media", "{" TO_SERVICE "}"),
     SERVICE("{}") "]", REASON_NONE, "", NULL},
    {"a Service that is not there", AUTHZ("media", "{" TO_SERVICE "}"), "[]", REASON_NONE, "",
     NULL},
    {"a Service where nobody can be asked", AUTHZ("media", "{" TO_SERVICE "}"), NULL, REASON_NONE,
     "", "spec.targetRefs[0] needs a waypoint"},
    {"one reference",
     AUTHZ("media",
           "{\"targetRef\":{\"kind\":\"Service\",\"group\":\"core\",\"name\":\"sabnzbd\"}}"),
     SERVICE("{}") "," MEDIA("{}") "]", REASON_MESH_NO_OP, "spec.targetRef", "has no waypoint"},
    {"a Deployment",
     AUTHZ("media",
           "{\"targetRefs\":[{\"group\":\"apps\",\"kind\":\"Deployment\",\"name\":\"a\"}]}"),
     NULL, REASON_MESH_NO_OP, "spec.targetRefs[0]", "Name a Service"},
    {"every waypoint, from a namespace",
     AUTHZ("media", "{\"targetRefs\":[{\"group\":\"gateway.networking.k8s.io\",\"kind\":"
                    "\"GatewayClass\",\"name\":\"istio-waypoint\"}]}"),
     NULL, REASON_MESH_NO_OP, "spec.targetRefs[0]", "Put the policy into istio-system"},
    {"every waypoint, from the root",
     AUTHZ("istio-system", "{\"targetRefs\":[{\"group\":\"gateway.networking.k8s.io\",\"kind\":"
                           "\"GatewayClass\",\"name\":\"istio-waypoint\"}]}"),
     NULL, REASON_NONE, "", NULL},
    {"another class",
     AUTHZ("istio-system", "{\"targetRefs\":[{\"group\":\"gateway.networking.k8s.io\",\"kind\":"
                           "\"GatewayClass\",\"name\":\"istio\"}]}"),
     NULL, REASON_MESH_NO_OP, "spec.targetRefs[0]", "name: istio-waypoint"},

    /* M6: callers behind a waypoint */
    {"callers alone", AUTHZ("media", "{" APP ",\"rules\":[{" PEER "}]}"), BOUND_SERVICE,
     REASON_NONE, "", "keep out the waypoint: add principals \"*/ns/media/sa/waypoint\""},
    {"callers and the waypoint",
     AUTHZ("media", "{" APP ",\"rules\":[{" PEER "},{\"from\":[{\"source\":{\"principals\":["
                    "\"cluster.local/ns/media/sa/waypoint\"]}}]}]}"),
     BOUND_SERVICE, REASON_NONE, "", NULL},
    {"callers, and the waypoint by another policy",
     AUTHZ("media", "{" APP ",\"rules\":[{" PEER "}]}"),
     SERVICE("{\"istio.io/use-waypoint\":\"waypoint\"}") "," AUTHZ(
         "media", "{\"rules\":[{\"from\":[{\"source\":{\"namespaces\":[\"media\"]}}]}]}") "]",
     REASON_NONE, "", NULL},
    {"callers of another Service",
     AUTHZ("media", "{\"selector\":{\"matchLabels\":{\"app\":\"sonarr\"}},\"rules\":[{" PEER "}]}"),
     BOUND_SERVICE, REASON_NONE, "", NULL},
    {"callers where there is no waypoint", AUTHZ("media", "{" APP ",\"rules\":[{" PEER "}]}"),
     SERVICE("{}") "," MEDIA("{}") "]", REASON_NONE, "", NULL},
    {"nobody at all", AUTHZ("media", "{" APP "}"), BOUND_SERVICE, REASON_NONE, "", NULL},

    /* of another shape */
    {"a list for a rule", AUTHZ("media", "{\"rules\":[[]]}"), NULL, REASON_MALFORMED,
     "spec.rules[0].from", "security.istio.io/v1"},
};

EACH_ROW(validators_mesh_authz, create, cases)
{
    mesh_check(&cases[*index]);
}

Test(validators_mesh_authz, an_update_is_judged_where_it_changes_something)
{
    const char *bad = AUTHZ("media", "{\"action\":\"AUDIT\"}");
    const char *good = AUTHZ("media", "{}");

    cr_assert_eq(mesh_judge_as(bad, good, NULL, FIXTURE_EXAMPLE).denied, REASON_MESH_NO_OP);
    cr_assert_eq(mesh_judge_as(bad, bad, NULL, FIXTURE_EXAMPLE).denied, REASON_NONE);
}

Test(validators_mesh_authz, a_reference_that_stood_there_is_not_told_of_again)
{
    const char *before = AUTHZ("media", "{" TO_SERVICE "}");
    const char *after = AUTHZ("media", "{" TO_SERVICE ",\"action\":\"DENY\"}");

    cr_assert_eq(mesh_judge_as(after, before, NULL, FIXTURE_EXAMPLE).warning_count, 0);
}

Test(validators_mesh_authz, the_configurations_waypoint_is_to_be_let_in)
{
    struct findings findings = mesh_judge_as(AUTHZ("media", "{" APP ",\"rules\":[{" PEER "}]}"),
                                             NULL, NULL, "fixtures/config/waypoint.yaml");

    cr_assert_eq(findings.denied, REASON_NONE, "%s", findings.message);
    cr_assert_eq(findings.warning_count, 1);
    cr_assert_not_null(strstr(findings.warnings[0], "sa/media-waypoint"), "%s",
                       findings.warnings[0]);
}

Test(validators_mesh_authz, without_a_mesh_no_policy_is_looked_at)
{
    struct findings findings =
        mesh_judge_as(AUTHZ("media", "{\"action\":\"AUDIT\",\"rules\":[[]]}"), NULL, NULL,
                      "fixtures/config/no-mesh.yaml");

    cr_assert_eq(findings.denied, REASON_NONE, "%s", findings.message);
    cr_assert_eq(findings.warning_count, 0);
}
