/* SPDX-License-Identifier: Apache-2.0 */
/* What the ruleset in use refuses, and another that is believed does not. */
#include "server/admission/admission.h"
#include "tests/base/support.h"
#include "tests/support/fixture.h"

#define CONFIG(more, gateways)                                                                     \
    "apiVersion: podveil.io/v1\nkind: Configuration\n" more                                        \
    "gateways:\n- name: vpn\n  address: gluetun.vpn.svc.cluster.local\n  namespace: vpn\n"         \
    "  podSelector: {app: gluetun}\n  serviceAccount: gluetun\n" gateways
#define CLUSTER(more)                                                                              \
    "cluster:\n  podCIDRs: [10.1.0.0/16]\n  serviceCIDRs: [10.152.183.0/24]\n" more                \
    "  dns: {address: 10.152.183.10}\n"
#define SECOND                                                                                     \
    "- name: b\n  address: b.vpn.svc.cluster.local\n  namespace: vpn\n  podSelector: {app: b}\n"   \
    "  serviceAccount: b\n  vxlan: {id: 43, network: 172.16.1.0/24}\n"

#define REVIEW(group, kind, resource, namespace, operation, objects)                               \
    "{\"apiVersion\":\"admission.k8s.io/v1\",\"kind\":\"AdmissionReview\",\"request\":{\"uid\":"   \
    "\"u\",\"kind\":{\"group\":\"" group "\",\"version\":\"v1\",\"kind\":\"" kind                  \
    "\"},\"resource\":{\"group\":\"" group "\",\"version\":\"v1\",\"resource\":\"" resource        \
    "\"},\"name\":\"n\",\"namespace\":\"" namespace "\",\"operation\":\"" operation "\"," objects  \
                                                    "}}"
#define META "\"metadata\":{\"name\":\"n\",\"labels\":"

static const struct believed_case {
    const char *name;
    const char *in_use;
    const char *believed;
    const char *review;
    enum reason want;
} cases[] = {
    {"an address that was the cluster's", CONFIG(CLUSTER(""), ""),
     CONFIG(CLUSTER("  localCIDRs: [203.0.113.0/24]\n  allowPublic: true\n"), ""),
     REVIEW("discovery.k8s.io", "EndpointSlice", "endpointslices", "media", "CREATE",
            "\"object\":{\"apiVersion\":\"discovery.k8s.io/v1\",\"kind\":\"EndpointSlice\"," META
            "{\"kubernetes.io/service-name\":\"db\"}},\"endpoints\":[{\"addresses\":"
            "[\"203.0.113.9\"]}]}"),
     REASON_EXTERNAL_ENDPOINT},
    {"a look-alike of a gateway that was none", CONFIG(CLUSTER(""), SECOND),
     CONFIG(CLUSTER(""), ""),
     REVIEW("", "Pod", "pods", "vpn", "CREATE",
            "\"object\":{\"apiVersion\":\"v1\",\"kind\":\"Pod\"," META
            "{\"app\":\"b\"}},\"spec\":{\"containers\":[]}}"),
     REASON_ROGUE_GATEWAY},
    {"a label that was no gateway's", CONFIG(CLUSTER(""), ""),
     CONFIG("label: example.org/via\n" CLUSTER(""), ""),
     REVIEW("", "Namespace", "namespaces", "n", "UPDATE",
            "\"object\":{\"apiVersion\":\"v1\",\"kind\":\"Namespace\"," META
            "{}}},\"oldObject\":{\"apiVersion\":\"v1\",\"kind\":\"Namespace\"," META
            "{\"podveil.io/gateway\":\"vpn\"}}}"),
     REASON_NAMESPACE_UNLABELLED},
    {"an entry where there was no mesh", CONFIG("mesh: {mode: ambient}\n" CLUSTER(""), ""),
     CONFIG(CLUSTER(""), ""),
     REVIEW("networking.istio.io", "ServiceEntry", "serviceentries", "tools", "CREATE",
            "\"object\":{\"apiVersion\":\"networking.istio.io/v1\",\"kind\":\"ServiceEntry\"," META
            "{\"istio.io/use-waypoint\":\"out\"}},\"spec\":{\"hosts\":[\"example.com\"],"
            "\"resolution\":\"DNS\"}}"),
     REASON_MESH_BYPASS},
    {"a policy that was right", CONFIG(CLUSTER(""), ""),
     CONFIG(CLUSTER("  localCIDRs: [192.168.0.0/24]\n"), ""),
     REVIEW("networking.k8s.io", "NetworkPolicy", "networkpolicies", "media", "CREATE",
            "\"object\":{\"apiVersion\":\"networking.k8s.io/v1\",\"kind\":\"NetworkPolicy\"," META
            "{}},\"spec\":{\"podSelector\":{},\"policyTypes\":[\"Egress\"],\"egress\":[{\"to\":"
            "[{\"ipBlock\":{\"cidr\":\"192.168.0.0/24\"}}]}]}}"),
     REASON_NONE},
};

EACH_ROW(admission_believed, guards_are_judged_by_the_one_in_use, cases)
{
    const struct believed_case *c = &cases[*index];
    AUTO(ruleset) const struct ruleset *in_use = fixture_ruleset_of(c->in_use);
    AUTO(ruleset) const struct ruleset *believed = fixture_ruleset_of(c->believed);
    AUTO(admission) struct admission out = {0};
    const struct admission_request request = {
        .ruleset = in_use,
        .believed = &believed,
        .believed_count = 1,
        .phase = PHASE_VALIDATE,
        .body = slice_of(c->review),
    };

    admission_review(&request, &out);

    cr_assert_eq(out.http_status, 200, "%s: %s", c->name, out.message);
    cr_assert_str_eq(reason_name(out.reason), reason_name(c->want), "%s: %s", c->name, out.message);
}
