/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pods that no container of ours can protect: Windows has no such network
 * namespace, and a kubelet's own pod runs whatever an API server says.
 */
#include "lib/pod/typed.h"
#include "mutators/mutator.h"

#include <stdio.h>

static void check_windows(struct value spec, struct findings *findings)
{
    static const char *const keys[] = {"kubernetes.io/os", "beta.kubernetes.io/os"};
    struct value os = TYPED_OBJECT(findings, spec, "os", "spec");
    struct value nodes = TYPED_OBJECT(findings, spec, "nodeSelector", "spec");

    if (slice_is(TYPED_TEXT(findings, os, "name", "spec.os"), "windows")) {
        findings_deny(findings, REASON_WINDOWS, "spec.os.name",
                      "the tunnel and its lock are Linux' own. Run the pod on Linux, or without "
                      "the gateway's label.");
    }
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        if (slice_is(TYPED_TEXT(findings, nodes, keys[i], "spec.nodeSelector"), "windows")) {
            char field[64];
            (void)snprintf(field, sizeof field, "spec.nodeSelector[%s]", keys[i]);
            findings_deny(findings, REASON_WINDOWS, field,
                          "the pod asks for a Windows node, and the tunnel and its lock are "
                          "Linux' own. Select %s: linux, or remove the gateway's label.",
                          keys[i]);
        }
    }
}

static void check_host_process(struct value parent, const char *at, struct findings *findings)
{
    struct value context = TYPED_OBJECT(findings, parent, "securityContext", "%s", at);
    struct value windows =
        TYPED_OBJECT(findings, context, "windowsOptions", "%s.securityContext", at);

    if (TYPED_TRUE(findings, windows, "hostProcess", "%s.securityContext.windowsOptions", at)) {
        char field[128];
        (void)snprintf(field, sizeof field, "%s.securityContext.windowsOptions.hostProcess", at);
        findings_deny(findings, REASON_WINDOWS, field,
                      "%s asks for a Windows host process. Remove windowsOptions.", at);
    }
}

static void check_static(struct value pod, struct findings *findings)
{
    static const char *const key = "kubernetes.io/config.mirror";

    if (value_exists(value_member(value_get(pod, "metadata", "annotations", NULL), key))) {
        findings_deny(findings, REASON_STATIC_POD,
                      "metadata.annotations[kubernetes.io/config.mirror]",
                      "this is the mirror of a static pod, which its kubelet runs whatever is said "
                      "here. Make it a pod of a Deployment or DaemonSet (without %s), or remove "
                      "the gateway's label from its file.",
                      key);
    }
}

static void check(const struct subject *subject, struct value pod, struct findings *findings)
{
    struct value spec = value_member(pod, "spec");
    struct container_iter iter = container_iter(&subject->containers);
    struct value container;
    char at[64];

    (void)subject;
    check_windows(spec, findings);
    check_host_process(spec, "spec", findings);
    while (container_next(&iter, &container, at)) {
        check_host_process(container, at, findings);
    }
    check_static(pod, findings);
}

extern const struct mutator mutator_platform;
const struct mutator mutator_platform = {
    .name = "platform",
    .check = check,
};
