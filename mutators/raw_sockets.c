/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runtimes give NET_RAW to every container, and with it raw frames into the
 * shared tunnel and ztunnel's mark on sockets.
 */
#include "lib/pod/uses.h"
#include "mutators/mutator.h"

#include <stdio.h>

/* With one operation, whatever of securityContext.capabilities.drop is there. */
static int drop_net_raw(struct value container, struct patch *patch, const char *pointer,
                        struct error *err)
{
    struct value context = value_member(container, "securityContext");
    struct value capabilities = value_member(context, "capabilities");

    if (!value_is_set(context)) {
        return patch_add_json(patch, SLICE("{\"capabilities\":{\"drop\":[\"NET_RAW\"]}}"), err,
                              "%s/securityContext", pointer);
    }
    if (!value_is_set(capabilities)) {
        return patch_add_json(patch, SLICE("{\"drop\":[\"NET_RAW\"]}"), err,
                              "%s/securityContext/capabilities", pointer);
    }
    if (!value_is_set(value_member(capabilities, "drop"))) {
        return patch_add_json(patch, SLICE("[\"NET_RAW\"]"), err,
                              "%s/securityContext/capabilities/drop", pointer);
    }
    return patch_add_json(patch, SLICE("\"NET_RAW\""), err,
                          "%s/securityContext/capabilities/drop/-", pointer);
}

static int apply(const struct subject *subject, struct patch *patch, struct findings *findings,
                 struct error *err)
{
    const struct container_lists lists = container_lists(patch_target(patch));
    struct container_iter iter = container_iter(&lists);
    struct value container;
    char at[64];
    char pointer[64];

    if (subject->ruleset->config->raw_sockets == RAW_SOCKETS_KEEP) {
        findings_warn(findings, "RawSockets: the containers keep NET_RAW (rawSockets: keep): root "
                                "in them can forge frames in the tunnel.");
        return 0;
    }
    while (container_next_other(subject->ruleset, &iter, &container, at)) {
        container_pointer(&iter, pointer);
        if (!uses_no_net_raw(container) && drop_net_raw(container, patch, pointer, err) != 0) {
            return -1;
        }
    }
    return 0;
}

extern const struct mutator mutator_raw_sockets;
const struct mutator mutator_raw_sockets = {
    .name = "raw_sockets",
    .apply = apply,
};
