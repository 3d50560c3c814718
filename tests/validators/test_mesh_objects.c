/* SPDX-License-Identifier: Apache-2.0 */
/* Other objects of the mesh: mutual TLS, waypoints, labels, the VPN gateway's own pod. */
#include "tests/validators/mesh.h"

#define AUTHN(namespace, spec)                                                                     \
    "{\"apiVersion\":\"security.istio.io/v1beta1\",\"kind\":\"PeerAuthentication\",\"metadata\":"  \
    "{\"name\":\"n\",\"namespace\":\"" namespace "\"},\"spec\":" spec "}"
#define WAYPOINT(listeners)                                                                        \
    "{\"apiVersion\":\"gateway.networking.k8s.io/"                                                 \
    "v1\",\"kind\":\"Gateway\",\"metadata\":{\"name\":"                                            \
    "\"waypoint\",\"namespace\":\"media\"},\"spec\":{\"gatewayClassName\":\"istio-waypoint\","     \
    "\"listeners\":" listeners "}}"
#define LABELLED(version, kind, labels)                                                            \
    "{\"apiVersion\":\"" version "\",\"kind\":\"" kind "\",\"metadata\":{\"name\":\"n\","          \
    "\"namespace\":\"media\",\"labels\":" labels "},\"spec\":{}}"
#define VPN(labels, account)                                                                       \
    "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"g\",\"namespace\":\"vpn\","  \
    "\"labels\":{\"app.kubernetes.io/name\":\"gluetun\"" labels                                    \
    "}},\"spec\":{\"serviceAccountName\":"                                                         \
    "\"" account "\"}}"
#define NAMESPACE(name, labels)                                                                    \
    "[{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{\"name\":\"" name                \
    "\",\"labels\":" labels "}}]"
#define ONE_GATEWAY "[" WAYPOINT("[]") "]"
#define GATEWAY_API "gateway.networking.k8s.io/v1"

static const struct mesh_case cases[] = {
    /* M10: mutual TLS that nobody turns off */
    {"no TLS", AUTHN("media", "{\"mtls\":{\"mode\":\"DISABLE\"}}"), NULL, REASON_MESH_NO_OP,
     "spec.mtls.mode", "Write PERMISSIVE"},
    {"no TLS at a port",
     AUTHN("media",
           "{\"selector\":{\"matchLabels\":{\"a\":\"b\"}},\"mtls\":{\"mode\":\"STRICT\"},"
           "\"portLevelMtls\":{\"80\":{\"mode\":\"STRICT\"},\"81\":{\"mode\":\"DISABLE\"}}}"),
     NULL, REASON_MESH_NO_OP, "spec.portLevelMtls[81].mode", "PERMISSIVE"},
    {"TLS", AUTHN("media", "{\"mtls\":{\"mode\":\"STRICT\"}}"), NULL, REASON_NONE, "", NULL},
    {"TLS for who can", AUTHN("media", "{\"mtls\":{\"mode\":\"PERMISSIVE\"}}"), NULL, REASON_NONE,
     "", NULL},
    {"whatever stands above", AUTHN("media", "{\"mtls\":{}}"), NULL, REASON_NONE, "", NULL},
    {"no TLS anywhere", AUTHN("istio-system", "{\"mtls\":{\"mode\":\"DISABLE\"}}"), NULL,
     REASON_NONE, "", "reads as PERMISSIVE"},
    {"no TLS among sidecars", AUTHN("media", "{\"mtls\":{\"mode\":\"DISABLE\"}}"),
     NAMESPACE("media", "{\"istio-injection\":\"enabled\"}"), REASON_NONE, "", NULL},
    {"a mode that is a list", AUTHN("media", "{\"mtls\":{\"mode\":[]}}"), NULL, REASON_MALFORMED,
     "spec.mtls.mode", "a string"},
    {"a port that is a list", AUTHN("media", "{\"portLevelMtls\":{\"80\":[]}}"), NULL,
     REASON_MALFORMED, "spec.portLevelMtls[80]", "an object"},
    {"a spec that is a list", AUTHN("media", "[]"), NULL, REASON_MALFORMED, "spec", "an object"},

    /* M13: waypoints that Istio does not take */
    {"a waypoint", WAYPOINT("[{\"name\":\"mesh\",\"port\":15008,\"protocol\":\"HBONE\"}]"), NULL,
     REASON_NONE, "", NULL},
    {"a waypoint for HTTP", WAYPOINT("[{\"name\":\"mesh\",\"port\":80,\"protocol\":\"HTTP\"}]"),
     NULL, REASON_MESH_NO_OP, "spec.listeners[0]", "protocol: HBONE"},
    {"a waypoint at another port", WAYPOINT("[{\"port\":15009,\"protocol\":\"HBONE\"}]"), NULL,
     REASON_MESH_NO_OP, "spec.listeners[0]", "port: 15008"},
    {"a waypoint with two listeners",
     WAYPOINT("[{\"port\":15008,\"protocol\":\"HBONE\"},{\"port\":80,\"protocol\":\"HTTP\"}]"),
     NULL, REASON_MESH_NO_OP, "spec.listeners[1]", "no other"},
    {"a waypoint without any", WAYPOINT("[]"), NULL, REASON_MESH_NO_OP, "spec.listeners[0]",
     "no traffic"},
    {"listeners of another type", WAYPOINT("{}"), NULL, REASON_MALFORMED, "spec.listeners",
     "a list"},
    {"an ingress gateway",
     "{\"apiVersion\":\"" GATEWAY_API "\",\"kind\":\"Gateway\",\"metadata\":{\"name\":\"web\","
     "\"namespace\":\"media\"},\"spec\":{\"gatewayClassName\":\"istio\",\"listeners\":[{\"port\":"
     "443,"
     "\"protocol\":\"HTTPS\"}]}}",
     NULL, REASON_NONE, "", NULL},

    /* M9: labels without effect */
    {"ingress on a pod", LABELLED("v1", "Pod", "{\"istio.io/ingress-use-waypoint\":\"true\"}"),
     NULL, REASON_NONE, "", "has no effect on a Pod"},
    {"a waypoint on a pod", LABELLED("v1", "Pod", "{\"istio.io/use-waypoint\":\"waypoint\"}"), NULL,
     REASON_NONE, "", NULL},
    {"a mode on a Service", LABELLED("v1", "Service", "{\"istio.io/dataplane-mode\":\"ambient\"}"),
     NULL, REASON_NONE, "", "has no effect on a Service"},
    {"a mode on a pod", LABELLED("v1", "Pod", "{\"istio.io/dataplane-mode\":\"ambient\"}"), NULL,
     REASON_NONE, "", NULL},
    {"a mode that there is not", LABELLED("v1", "Pod", "{\"istio.io/dataplane-mode\":\"sidecar\"}"),
     NULL, REASON_NONE, "", "means nothing"},
    {"a kind of traffic on a Service",
     LABELLED("v1", "Service", "{\"istio.io/waypoint-for\":\"all\"}"), NULL, REASON_NONE, "",
     "has no effect on a Service"},
    {"a kind of traffic on a waypoint",
     LABELLED(GATEWAY_API, "Gateway", "{\"istio.io/waypoint-for\":\"all\"}"), NULL, REASON_NONE, "",
     NULL},
    {"traffic of no kind", LABELLED(GATEWAY_API, "Gateway", "{\"istio.io/waypoint-for\":\"pods\"}"),
     NULL, REASON_NONE, "", "means nothing"},
    {"a namespace without a waypoint",
     LABELLED("v1", "Service", "{\"istio.io/use-waypoint-namespace\":\"mesh\"}"), NULL, REASON_NONE,
     "", "does nothing without istio.io/use-waypoint"},
    {"both",
     LABELLED("v1", "Service",
              "{\"istio.io/use-waypoint\":\"w\",\"istio.io/use-waypoint-namespace\":\"mesh\"}"),
     NULL, REASON_NONE, "", NULL},
    {"ingress without a waypoint",
     LABELLED("v1", "Service", "{\"istio.io/ingress-use-waypoint\":\"true\"}"),
     NAMESPACE("media", "{}"), REASON_NONE, "", "does nothing without istio.io/use-waypoint"},
    {"ingress in a namespace with a waypoint",
     LABELLED("v1", "Service", "{\"istio.io/ingress-use-waypoint\":\"true\"}"),
     NAMESPACE("media", "{\"istio.io/use-waypoint\":\"w\"}"), REASON_NONE, "", NULL},
    {"ingress where nobody can be asked",
     LABELLED("v1", "Service", "{\"istio.io/ingress-use-waypoint\":\"true\"}"), NULL, REASON_NONE,
     "", NULL},
    {"a waypoint that is there",
     LABELLED("v1", "Service", "{\"istio.io/use-waypoint\":\"waypoint\"}"), ONE_GATEWAY,
     REASON_NONE, "", NULL},
    {"a waypoint that is not there",
     LABELLED("v1", "Service", "{\"istio.io/use-waypoint\":\"other\"}"), ONE_GATEWAY, REASON_NONE,
     "", "names no Gateway that is there"},

    /* the VPN gateway's own pod */
    {"a VPN gateway in the mesh", VPN(",\"istio.io/dataplane-mode\":\"ambient\"", "gluetun"), NULL,
     REASON_MESH_OPT_OUT, "metadata.labels[istio.io/dataplane-mode]", "none on the pod"},
    {"a VPN gateway by its namespace", VPN("", "gluetun"),
     NAMESPACE("vpn", "{\"istio.io/dataplane-mode\":\"ambient\"}"), REASON_MESH_OPT_OUT,
     "metadata.labels[istio.io/dataplane-mode]", "the namespace's label"},
    {"a VPN gateway out of its namespace's mesh",
     VPN(",\"istio.io/dataplane-mode\":\"none\"", "gluetun"),
     NAMESPACE("vpn", "{\"istio.io/dataplane-mode\":\"ambient\"}"), REASON_NONE, "", NULL},
    {"a VPN gateway", VPN("", "gluetun"), NULL, REASON_NONE, "", NULL},
};

EACH_ROW(validators_mesh_objects, create, cases)
{
    mesh_check(&cases[*index]);
}

Test(validators_mesh_objects, a_label_that_stood_there_is_not_told_of_again)
{
    const char *before = LABELLED("v1", "Service", "{\"istio.io/waypoint-for\":\"all\"}");
    const char *after =
        LABELLED("v1", "Service", "{\"istio.io/waypoint-for\":\"all\",\"a\":\"b\"}");

    cr_assert_eq(mesh_judge_as(after, before, NULL, FIXTURE_EXAMPLE).warning_count, 0);
    cr_assert_eq(mesh_judge_as(before, after, NULL, FIXTURE_EXAMPLE).warning_count, 0);
    cr_assert_eq(
        mesh_judge_as(after, LABELLED("v1", "Service", "{}"), NULL, FIXTURE_EXAMPLE).warning_count,
        1);
}
