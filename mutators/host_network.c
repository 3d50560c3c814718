/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/pod/typed.h"
#include "mutators/mutator.h"

static void check(const struct subject *subject, struct value pod, struct findings *findings)
{
    (void)subject;
    if (TYPED_TRUE(findings, value_member(pod, "spec"), "hostNetwork", "spec")) {
        findings_deny(findings, REASON_HOST_NETWORK, "spec.hostNetwork",
                      "the pod uses the node's network, where no tunnel can hold it. Remove "
                      "hostNetwork: true.");
    }
}

extern const struct mutator mutator_host_network;
const struct mutator mutator_host_network = {
    .name = "host_network",
    .check = check,
};
