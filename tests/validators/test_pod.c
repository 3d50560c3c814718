/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/validators/judge.h"

#include <criterion/parameterized.h>

#define PRIVATE                                                                                    \
    "\"labels\":{\"podveil.io/gateway\":\"vpn\",\"podveil.io/workload\":\"w\",\"app\":\"a\"},"     \
    "\"annotations\":{\"ambient.istio.io/dns-capture\":\"false\"}"
#define SPEC                                                                                       \
    "\"initContainers\":[{\"name\":\"podveil-init\",\"image\":\"i:1\"},"                           \
    "{\"name\":\"podveil-sidecar\",\"image\":\"i:1\"}],"                                           \
    "\"containers\":[{\"name\":\"app\",\"image\":\"a:1\"}]"

#define CLOCK                                                                                      \
    SPEC ",\"volumes\":[{\"name\":\"media\",\"hostPath\":{\"path\":\"/srv/media\"}},"              \
         "{\"name\":\"clock\",\"hostPath\":{\"path\":\"/etc/./localtime\"}}]"
#define DEBUG(members)                                                                             \
    ",\"ephemeralContainers\":[{\"name\":\"d\",\"securityContext\":{\"capabilities\":{\"drop\":["  \
    "\"ALL\"]}}," members "}]"

/* An UPDATE of a pod: metadata and spec of the old, then of the new one. */
struct pod_case {
    const char *name;
    const char *subresource;
    const char *old_metadata;
    const char *old_spec;
    const char *new_metadata;
    const char *new_spec;
    enum reason want;
    const char *field;
};

static const struct pod_case cases[] = {
    {"nothing changes", "", PRIVATE, SPEC, PRIVATE, SPEC, REASON_NONE, ""},
    {"a label of the user's changes", "", PRIVATE, SPEC,
     "\"labels\":{\"podveil.io/gateway\":\"vpn\",\"podveil.io/workload\":\"w\",\"app\":\"b\"},"
     "\"annotations\":{\"ambient.istio.io/dns-capture\":\"false\",\"x\":\"y\"}",
     SPEC, REASON_NONE, ""},
    {"the gateway label goes", "", PRIVATE, SPEC,
     "\"labels\":{\"podveil.io/workload\":\"w\"},"
     "\"annotations\":{\"ambient.istio.io/dns-capture\":\"false\"}",
     SPEC, REASON_LABEL_CHANGED, "metadata.labels[podveil.io/gateway]"},
    {"the gateway label goes by pods/status", "status", PRIVATE, SPEC,
     "\"annotations\":{\"ambient.istio.io/dns-capture\":\"false\"}", SPEC, REASON_LABEL_CHANGED,
     "metadata.labels[podveil.io/gateway]"},
    {"labels become null", "", PRIVATE, SPEC, "\"labels\":null", SPEC, REASON_LABEL_CHANGED,
     "metadata.labels[podveil.io/gateway]"},
    {"the gateway label is set to none", "", PRIVATE, SPEC,
     "\"labels\":{\"podveil.io/gateway\":\"none\",\"podveil.io/workload\":\"w\"},"
     "\"annotations\":{\"ambient.istio.io/dns-capture\":\"false\"}",
     SPEC, REASON_LABEL_CHANGED, "metadata.labels[podveil.io/gateway]"},
    {"the workload changes", "", PRIVATE, SPEC,
     "\"labels\":{\"podveil.io/gateway\":\"vpn\",\"podveil.io/workload\":\"x\"},"
     "\"annotations\":{\"ambient.istio.io/dns-capture\":\"false\"}",
     SPEC, REASON_LABEL_CHANGED, "metadata.labels[podveil.io/workload]"},
    {"DNS capture is switched on", "", PRIVATE, SPEC,
     "\"labels\":{\"podveil.io/gateway\":\"vpn\",\"podveil.io/workload\":\"w\"},"
     "\"annotations\":{\"ambient.istio.io/dns-capture\":\"true\"}",
     SPEC, REASON_LABEL_CHANGED, "metadata.annotations[ambient.istio.io/dns-capture]"},
    {"a mark is added", "", PRIVATE, SPEC, PRIVATE ",\"x\":{}", SPEC, REASON_NONE, ""},
    {"a mesh opt-out is added", "", PRIVATE, SPEC,
     "\"labels\":{\"podveil.io/gateway\":\"vpn\",\"podveil.io/workload\":\"w\","
     "\"istio.io/dataplane-mode\":\"none\"},"
     "\"annotations\":{\"ambient.istio.io/dns-capture\":\"false\"}",
     SPEC, REASON_LABEL_CHANGED, "metadata.labels[istio.io/dataplane-mode]"},
    {"another network is asked for while it waits for a node", "", PRIVATE, SPEC,
     "\"labels\":{\"podveil.io/gateway\":\"vpn\",\"podveil.io/workload\":\"w\"},"
     "\"annotations\":{\"ambient.istio.io/dns-capture\":\"false\","
     "\"k8s.v1.cni.cncf.io/networks\":\"home\"}",
     SPEC, REASON_LABEL_CHANGED, "metadata.annotations[k8s.v1.cni.cncf.io/networks]"},
    {"a plugin tells of its networks", "status", PRIVATE, SPEC,
     "\"labels\":{\"podveil.io/gateway\":\"vpn\",\"podveil.io/workload\":\"w\",\"app\":\"a\"},"
     "\"annotations\":{\"ambient.istio.io/dns-capture\":\"false\","
     "\"k8s.v1.cni.cncf.io/network-status\":\"[]\"}",
     SPEC, REASON_NONE, ""},
    {"the mesh is told of a sidecar", "", PRIVATE, SPEC,
     "\"labels\":{\"podveil.io/gateway\":\"vpn\",\"podveil.io/workload\":\"w\"},"
     "\"annotations\":{\"ambient.istio.io/dns-capture\":\"false\","
     "\"sidecar.istio.io/status\":\"{}\"}",
     SPEC, REASON_LABEL_CHANGED, "metadata.annotations[sidecar.istio.io/status]"},
    {"the mesh tells of its redirection", "status", PRIVATE, SPEC,
     "\"labels\":{\"podveil.io/gateway\":\"vpn\",\"podveil.io/workload\":\"w\"},"
     "\"annotations\":{\"ambient.istio.io/dns-capture\":\"false\","
     "\"ambient.istio.io/redirection\":\"enabled\"}",
     SPEC, REASON_NONE, ""},
    {"an ordinary pod asks for another network", "", "\"labels\":{\"app\":\"a\"}", SPEC,
     "\"labels\":{\"app\":\"a\"},\"annotations\":{\"k8s.v1.cni.cncf.io/networks\":\"home\"}", SPEC,
     REASON_NONE, ""},
    {"our sidecar is resized", "resize", PRIVATE, SPEC, PRIVATE,
     "\"initContainers\":[{\"name\":\"podveil-init\",\"image\":\"i:1\"},"
     "{\"name\":\"podveil-sidecar\",\"image\":\"i:1\",\"resources\":{\"limits\":{\"cpu\":\"2\"}}}],"
     "\"containers\":[{\"name\":\"app\",\"image\":\"a:1\"}]",
     REASON_NONE, ""},
    {"the user's container is resized", "resize", PRIVATE, SPEC, PRIVATE,
     "\"initContainers\":[{\"name\":\"podveil-init\",\"image\":\"i:1\"},"
     "{\"name\":\"podveil-sidecar\",\"image\":\"i:1\"}],"
     "\"containers\":[{\"name\":\"app\",\"image\":\"a:1\","
     "\"resources\":{\"limits\":{\"cpu\":\"2\"}}}]",
     REASON_NONE, ""},
    {"a deadline and a toleration come", "", PRIVATE, SPEC, PRIVATE,
     SPEC ",\"activeDeadlineSeconds\":60,\"tolerations\":[{\"operator\":\"Exists\"}]", REASON_NONE,
     ""},
    {"a running pod gains the label", "", "\"labels\":{\"app\":\"a\"}", SPEC,
     "\"labels\":{\"app\":\"a\",\"podveil.io/gateway\":\"vpn\"}", SPEC, REASON_LABEL_CHANGED,
     "metadata.labels[podveil.io/gateway]"},
    {"a running pod gains an alias", "", "\"labels\":{\"app\":\"a\"}", SPEC,
     "\"labels\":{\"app\":\"a\",\"setGateway\":\"true\"}", SPEC, REASON_LABEL_CHANGED,
     "metadata.labels[setGateway]"},
    {"a pod from before podveil keeps an alias", "", "\"labels\":{\"setGateway\":\"true\"}", SPEC,
     "\"labels\":{\"setGateway\":\"true\",\"istio.io/dataplane-mode\":\"none\"}", SPEC, REASON_NONE,
     ""},
    {"an ordinary pod changes its labels", "", "\"labels\":{\"app\":\"a\"}", SPEC,
     "\"labels\":{\"app\":\"b\",\"istio.io/dataplane-mode\":\"none\"}", SPEC, REASON_NONE, ""},
    {"the alias goes", "", PRIVATE ",\"y\":1", SPEC,
     "\"labels\":{\"podveil.io/gateway\":\"vpn\",\"podveil.io/workload\":\"w\","
     "\"setGateway\":\"true\"},"
     "\"annotations\":{\"ambient.istio.io/dns-capture\":\"false\"}",
     SPEC, REASON_LABEL_CHANGED, "metadata.labels[setGateway]"},
    {"our image changes", "", PRIVATE, SPEC, PRIVATE,
     "\"initContainers\":[{\"name\":\"podveil-init\",\"image\":\"i:1\"},"
     "{\"name\":\"podveil-sidecar\",\"image\":\"evil\"}],"
     "\"containers\":[{\"name\":\"app\",\"image\":\"a:1\"}]",
     REASON_IMAGE_CHANGED, "spec.initContainers"},
    {"the user's image changes", "", PRIVATE, SPEC, PRIVATE,
     "\"initContainers\":[{\"name\":\"podveil-init\",\"image\":\"i:1\"},"
     "{\"name\":\"podveil-sidecar\",\"image\":\"i:1\"}],"
     "\"containers\":[{\"name\":\"app\",\"image\":\"a:2\"}]",
     REASON_NONE, ""},
    {"a debug container that drops all", "ephemeralcontainers", PRIVATE, SPEC, PRIVATE,
     SPEC ",\"ephemeralContainers\":[{\"name\":\"d\",\"securityContext\":{\"capabilities\":"
          "{\"drop\":[\"ALL\"]}}}]",
     REASON_NONE, ""},
    {"a debug container that keeps NET_RAW", "ephemeralcontainers", PRIVATE, SPEC, PRIVATE,
     SPEC ",\"ephemeralContainers\":[{\"name\":\"d\"}]", REASON_EPHEMERAL_CONTAINER,
     "spec.ephemeralContainers[0]"},
    {"a debug container that adds SYS_PTRACE", "ephemeralcontainers", PRIVATE, SPEC, PRIVATE,
     SPEC ",\"ephemeralContainers\":[{\"name\":\"d\",\"securityContext\":{\"capabilities\":"
          "{\"drop\":[\"NET_RAW\"],\"add\":[\"SYS_PTRACE\"]}}}]",
     REASON_EPHEMERAL_CONTAINER, "spec.ephemeralContainers[0]"},
    {"a privileged debug container", "ephemeralcontainers", PRIVATE, SPEC, PRIVATE,
     SPEC ",\"ephemeralContainers\":[{\"name\":\"d\",\"securityContext\":{\"privileged\":true}}]",
     REASON_EPHEMERAL_CONTAINER, "spec.ephemeralContainers[0]"},
    {"a debug container with privileged: 1", "ephemeralcontainers", PRIVATE, SPEC, PRIVATE,
     SPEC ",\"ephemeralContainers\":[{\"name\":\"d\",\"securityContext\":{\"privileged\":1,"
          "\"capabilities\":{\"drop\":[\"ALL\"]}}}]",
     REASON_MALFORMED, "spec.ephemeralContainers[0].securityContext.privileged"},
    {"a debug container with an unmasked /proc", "ephemeralcontainers", PRIVATE, SPEC, PRIVATE,
     SPEC ",\"ephemeralContainers\":[{\"name\":\"d\",\"securityContext\":{\"procMount\":"
          "\"Unmasked\",\"capabilities\":{\"drop\":[\"ALL\"]}}}]",
     REASON_EPHEMERAL_CONTAINER, "spec.ephemeralContainers[0]"},
    {"a debug container with our settings", "ephemeralcontainers", PRIVATE, SPEC, PRIVATE,
     SPEC
     ",\"ephemeralContainers\":[{\"name\":\"d\",\"securityContext\":{\"capabilities\":{\"drop\":["
     "\"ALL\"]}},\"volumeMounts\":[{\"name\":\"podveil-config\",\"mountPath\":\"/x\"}]}]",
     REASON_EPHEMERAL_CONTAINER, "spec.ephemeralContainers[0].volumeMounts[0]"},
    {"a debug container with a device of ours", "ephemeralcontainers", PRIVATE, SPEC, PRIVATE,
     SPEC
     ",\"ephemeralContainers\":[{\"name\":\"d\",\"securityContext\":{\"capabilities\":{\"drop\":["
     "\"ALL\"]}},\"volumeDevices\":[{\"name\":\"podveil-no-token\",\"devicePath\":\"/x\"}]}]",
     REASON_EPHEMERAL_CONTAINER, "spec.ephemeralContainers[0].volumeDevices[0]"},
    {"a debug container with a variable of ours", "ephemeralcontainers", PRIVATE, SPEC, PRIVATE,
     SPEC ",\"ephemeralContainers\":[{\"name\":\"d\",\"securityContext\":{\"capabilities\":{"
          "\"drop\":[\"ALL\"]}},\"env\":[{\"name\":\"A\",\"valueFrom\":{\"fileKeyRef\":{"
          "\"volumeName\":\"podveil-config\"}}}]}]",
     REASON_EPHEMERAL_CONTAINER, "spec.ephemeralContainers[0].env[0]"},
    {"a debug container with a volume of the user's", "ephemeralcontainers", PRIVATE, SPEC, PRIVATE,
     SPEC ",\"ephemeralContainers\":[{\"name\":\"d\",\"securityContext\":{\"capabilities\":{"
          "\"drop\":[\"ALL\"]}},\"volumeMounts\":[{\"name\":\"data\",\"mountPath\":\"/x\"}]}]",
     REASON_NONE, ""},
    {"a debug container by kubectl debug --profile=restricted", "ephemeralcontainers", PRIVATE,
     SPEC, PRIVATE,
     SPEC ",\"ephemeralContainers\":[{\"name\":\"debugger-x7k2p\",\"image\":\"busybox\","
          "\"stdin\":true,\"tty\":true,\"targetContainerName\":\"app\",\"resources\":{},"
          "\"terminationMessagePolicy\":\"File\",\"imagePullPolicy\":\"Always\","
          "\"securityContext\":{\"allowPrivilegeEscalation\":false,\"runAsNonRoot\":true,"
          "\"seccompProfile\":{\"type\":\"RuntimeDefault\"},\"capabilities\":{\"drop\":"
          "[\"ALL\"]}}}]",
     REASON_NONE, ""},
    {"a debug container that writes to the node's clock", "ephemeralcontainers", PRIVATE, CLOCK,
     PRIVATE,
     CLOCK DEBUG("\"volumeMounts\":[{\"name\":\"media\",\"mountPath\":\"/m\"},"
                 "{\"name\":\"clock\",\"mountPath\":\"/x\"}]"),
     REASON_EPHEMERAL_CONTAINER, "spec.ephemeralContainers[0].volumeMounts[1]"},
    {"a debug container that reads the node's clock", "ephemeralcontainers", PRIVATE, CLOCK,
     PRIVATE,
     CLOCK DEBUG("\"volumeMounts\":[{\"name\":\"clock\",\"mountPath\":\"/x\","
                 "\"readOnly\":true}]"),
     REASON_NONE, ""},
    {"a debug container that writes to a folder of the user's", "ephemeralcontainers", PRIVATE,
     CLOCK, PRIVATE, CLOCK DEBUG("\"volumeMounts\":[{\"name\":\"media\",\"mountPath\":\"/x\"}]"),
     REASON_NONE, ""},
    {"a debug container with a procMount of the wrong type", "ephemeralcontainers", PRIVATE, SPEC,
     PRIVATE,
     SPEC ",\"ephemeralContainers\":[{\"name\":\"d\",\"securityContext\":{\"procMount\":7,"
          "\"capabilities\":{\"drop\":[\"ALL\"]}}}]",
     REASON_MALFORMED, "spec.ephemeralContainers[0].securityContext.procMount"},
    {"a debug container with mounts of the wrong type", "ephemeralcontainers", PRIVATE, SPEC,
     PRIVATE,
     SPEC ",\"ephemeralContainers\":[{\"name\":\"d\",\"securityContext\":{\"capabilities\":{"
          "\"drop\":[\"ALL\"]}},\"volumeMounts\":{}}]",
     REASON_MALFORMED, "spec.ephemeralContainers[0].volumeMounts"},
    {"a debug container with our kind of name", "ephemeralcontainers", PRIVATE, SPEC, PRIVATE,
     SPEC ",\"ephemeralContainers\":[{\"name\":\"podveil-x\",\"securityContext\":{\"capabilities\":"
          "{\"drop\":[\"ALL\"]}}}]",
     REASON_EPHEMERAL_CONTAINER, "spec.ephemeralContainers[0]"},
    {"a debug container of the node", "ephemeralcontainers", PRIVATE, SPEC, PRIVATE,
     SPEC ",\"ephemeralContainers\":[{\"name\":\"d\",\"securityContext\":{\"windowsOptions\":{"
          "\"hostProcess\":true},\"capabilities\":{\"drop\":[\"ALL\"]}}}]",
     REASON_EPHEMERAL_CONTAINER, "spec.ephemeralContainers[0]"},
    {"a debug container that looks into ours", "ephemeralcontainers", PRIVATE, SPEC, PRIVATE,
     SPEC ",\"ephemeralContainers\":[{\"name\":\"d\",\"targetContainerName\":\"podveil-sidecar\","
          "\"securityContext\":{\"capabilities\":{\"drop\":[\"ALL\"]}}}]",
     REASON_EPHEMERAL_CONTAINER, "spec.ephemeralContainers[0]"},
    {"a debug container that stood there before", "ephemeralcontainers", PRIVATE,
     SPEC ",\"ephemeralContainers\":[{\"name\":\"d\"}]", PRIVATE,
     SPEC ",\"ephemeralContainers\":[{\"name\":\"d\"}]", REASON_NONE, ""},
    {"a debug container in an ordinary pod", "ephemeralcontainers", "\"labels\":{}", SPEC,
     "\"labels\":{}",
     SPEC ",\"ephemeralContainers\":[{\"name\":\"d\",\"securityContext\":{\"privileged\":true}}]",
     REASON_NONE, ""},
};

ParameterizedTestParameters(validators_pod, update)
{
    static size_t index[COUNT_OF(cases)];

    for (size_t i = 0; i < COUNT_OF(index); i++) {
        index[i] = i;
    }
    return cr_make_param_array(size_t, index, COUNT_OF(index));
}

ParameterizedTest(size_t *index, validators_pod, update)
{
    const struct pod_case *c = &cases[*index];
    AUTO(buf) struct buf text = {0};

    buf_init(&text, 65536);
    buf_printf(&text,
               "{\"apiVersion\":\"admission.k8s.io/v1\",\"kind\":\"AdmissionReview\",\"request\":"
               "{\"uid\":\"u\",\"kind\":{\"group\":\"\",\"version\":\"v1\",\"kind\":\"Pod\"},"
               "\"resource\":{\"group\":\"\",\"version\":\"v1\",\"resource\":\"pods\"},"
               "\"subResource\":\"%s\",\"name\":\"p\",\"namespace\":\"media\","
               "\"operation\":\"UPDATE\","
               "\"object\":{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"p\","
               "\"namespace\":\"media\",%s},\"spec\":{%s}},"
               "\"oldObject\":{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"p\","
               "\"namespace\":\"media\",%s},\"spec\":{%s}}}}",
               c->subresource, c->new_metadata, c->new_spec, c->old_metadata, c->old_spec);

    struct findings findings = judge_review(buf_cstr(&text));

    cr_assert_str_eq(reason_name(findings.denied), reason_name(c->want), "%s: %s", c->name,
                     findings.message);
    cr_assert_str_eq(findings.field, c->field, "%s", c->name);
}

/* With hostPaths the operator says which folders of the node may be written to. */
Test(validators_pod, a_file_of_the_node_that_is_listed_may_be_written_to)
{
    AUTO(ruleset)
    const struct ruleset *ruleset = fixture_ruleset_of(
        "apiVersion: podveil.io/v1\nkind: Configuration\ncluster:\n  podCIDRs: [10.1.0.0/16]\n"
        "  serviceCIDRs: [10.152.183.0/24]\n  dns: {address: 10.152.183.10}\n"
        "hostPaths: [/etc/localtime]\ngateways:\n- name: vpn\n"
        "  address: gluetun.vpn.svc.cluster.local\n  namespace: vpn\n  podSelector: {a: b}\n"
        "  serviceAccount: c\n");

    struct findings findings = judge_review_by(
        ruleset,
        "{\"apiVersion\":\"admission.k8s.io/v1\",\"kind\":\"AdmissionReview\",\"request\":"
        "{\"uid\":\"u\",\"kind\":{\"group\":\"\",\"version\":\"v1\",\"kind\":\"Pod\"},"
        "\"resource\":{\"group\":\"\",\"version\":\"v1\",\"resource\":\"pods\"},"
        "\"subResource\":\"ephemeralcontainers\",\"name\":\"p\",\"namespace\":\"media\","
        "\"operation\":\"UPDATE\",\"object\":{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":"
        "{" PRIVATE "},\"spec\":{" CLOCK DEBUG(
            "\"volumeMounts\":[{\"name\":\"clock\"}]") "}},"
                                                       "\"oldObject\":{\"apiVersion\":\"v1\","
                                                       "\"kind\":\"Pod\",\"metadata\":{" PRIVATE
                                                       "},"
                                                       "\"spec\":{" CLOCK "}}}}",
        NULL);

    cr_assert_eq(findings.denied, REASON_NONE, "%s", findings.message);
}
