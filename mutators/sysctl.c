/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Settings of the pod's network outside Kubernetes' list of safe ones could
 * turn on forwarding, or off what the tunnel relies on.
 *
 * Source: kubernetes pkg/kubelet/sysctl/safe_sysctls.go. A name may be written
 * with slashes: then dots and slashes change places.
 */
#include "lib/pod/typed.h"
#include "mutators/mutator.h"

#include <stdio.h>

static const char *const safe[] = {
    "net.ipv4.ip_local_port_range",
    "net.ipv4.tcp_syncookies",
    "net.ipv4.ping_group_range",
    "net.ipv4.ip_unprivileged_port_start",
    "net.ipv4.ip_local_reserved_ports",
    "net.ipv4.tcp_keepalive_time",
    "net.ipv4.tcp_fin_timeout",
    "net.ipv4.tcp_keepalive_intvl",
    "net.ipv4.tcp_keepalive_probes",
    "net.ipv4.tcp_rmem",
    "net.ipv4.tcp_wmem",
};

/* The name with dots; a name that does not fit is none of the safe ones. */
static void with_dots(struct slice name, char out[static 64])
{
    (void)snprintf(out, 64, "%.*s", CALLED(name));
    const char *slash = strchr(out, '/');
    const char *dot = strchr(out, '.');
    bool slashes = slash != NULL && (dot == NULL || slash < dot);

    for (char *c = out; slashes && *c != '\0'; c++) {
        if (*c == '/') {
            *c = '.';
        } else if (*c == '.') {
            *c = '/';
        }
    }
}

static bool is_refused(struct slice name)
{
    char dotted[64];

    with_dots(name, dotted);
    if (strncmp(dotted, "net.", 4) != 0) {
        return false;
    }
    for (size_t i = 0; i < COUNT_OF(safe); i++) {
        if (strlen(dotted) == name.len && strcmp(dotted, safe[i]) == 0) {
            return false;
        }
    }
    return true;
}

static void check(const struct subject *subject, struct value pod, struct findings *findings)
{
    struct value context = value_get(pod, "spec", "securityContext", NULL);
    struct value_iter iter =
        value_iter(TYPED_LIST(findings, context, "sysctls", "spec.securityContext"));
    struct slice key;
    struct value item;

    (void)subject;
    while (value_next(&iter, &key, &item)) {
        char at[64];
        (void)snprintf(at, sizeof at, "spec.securityContext.sysctls[%zu]", iter.index);
        if (!TYPED_ITEM(findings, item, JSON_OBJECT, "%s", at)) {
            return;
        }
        struct slice name = TYPED_TEXT(findings, item, "name", "%s", at);
        if (is_refused(name)) {
            findings_deny(findings, REASON_SYSCTL, at,
                          "the sysctl %.*s changes how the pod's network works. Remove it; "
                          "allowed are those that Kubernetes calls safe.",
                          CALLED(name));
        }
    }
}

extern const struct mutator mutator_sysctl;
const struct mutator mutator_sysctl = {
    .name = "sysctl",
    .check = check,
};
