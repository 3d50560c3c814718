/* SPDX-License-Identifier: Apache-2.0 */
/* Whoever sees the processes of the node, or of our containers, can enter their network. */
#include "lib/pod/typed.h"
#include "mutators/mutator.h"

static void check(const struct subject *subject, struct value pod, struct findings *findings)
{
    struct value spec = value_member(pod, "spec");

    (void)subject;
    if (TYPED_TRUE(findings, spec, "hostPID", "spec")) {
        findings_deny(findings, REASON_HOST_NAMESPACE, "spec.hostPID",
                      "the pod sees the node's processes and could enter their network. Remove "
                      "hostPID: true.");
    }
    if (TYPED_TRUE(findings, spec, "hostIPC", "spec")) {
        findings_deny(findings, REASON_HOST_NAMESPACE, "spec.hostIPC",
                      "the pod shares memory with the node's processes, and with it what they "
                      "send. Remove hostIPC: true.");
    }
    if (TYPED_TRUE(findings, spec, "shareProcessNamespace", "spec")) {
        findings_deny(findings, REASON_SHARED_PROCESSES, "spec.shareProcessNamespace",
                      "the pod's containers see each other's processes, podveil's root container "
                      "among them. Remove shareProcessNamespace: true.");
    }
}

extern const struct mutator mutator_host_namespace;
const struct mutator mutator_host_namespace = {
    .name = "host_namespace",
    .check = check,
};
