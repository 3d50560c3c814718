/* SPDX-License-Identifier: Apache-2.0 */
/* Kubernetes' own PodSecurity runs after all webhooks and knows no exception for our containers. */
#include "lib/pod/typed.h"
#include "mutators/mutator.h"

static void check(const struct subject *subject, struct value pod, struct findings *findings)
{
    struct value level =
        value_member(subject->namespace_labels, "pod-security.kubernetes.io/enforce");

    (void)pod;
    if (value_is(level, "baseline") || value_is(level, "restricted")) {
        findings_warn(findings,
                      "PodSecurity: this namespace enforces %.*s and will refuse the pod's "
                      "NET_ADMIN; it has to enforce privileged.",
                      CALLED(value_string(level)));
    }
}

extern const struct mutator mutator_pod_security;
const struct mutator mutator_pod_security = {
    .name = "pod_security",
    .check = check,
};
