/* SPDX-License-Identifier: Apache-2.0 */
/* A probe with a host is a call that the kubelet makes for the pod, with the node's address. */
#include "lib/pod/typed.h"
#include "mutators/mutator.h"

#include <stdio.h>

static const struct handler {
    const char *parent; /* NULL: of the container itself */
    const char *name;
    const char *place; /* of it in the container */
} handlers[] = {
    {NULL, "livenessProbe", "livenessProbe"},
    {NULL, "readinessProbe", "readinessProbe"},
    {NULL, "startupProbe", "startupProbe"},
    {"lifecycle", "postStart", "lifecycle.postStart"},
    {"lifecycle", "preStop", "lifecycle.preStop"},
};

static void check_actions(struct value handler, const char *at, const char *place,
                          struct findings *findings)
{
    static const char *const actions[] = {"httpGet", "tcpSocket"};

    for (size_t i = 0; i < COUNT_OF(actions); i++) {
        struct value action = TYPED_OBJECT(findings, handler, actions[i], "%s.%s", at, place);
        struct slice host = TYPED_TEXT(findings, action, "host", "%s.%s.%s", at, place, actions[i]);
        if (host.len > 0) {
            char field[160];
            (void)snprintf(field, sizeof field, "%s.%s.%s.host", at, place, actions[i]);
            findings_deny(findings, REASON_PROBE_HOST, field,
                          "the kubelet would call %.*s from the node, with the node's address. "
                          "Remove host, then it calls the pod itself.",
                          CALLED(host));
        }
    }
}

static void check_container(struct value container, const char *at, struct findings *findings)
{
    for (size_t i = 0; i < COUNT_OF(handlers); i++) {
        const struct handler *each = &handlers[i];
        struct value holder = each->parent == NULL
                                  ? container
                                  : TYPED_OBJECT(findings, container, each->parent, "%s", at);
        struct value handler = value_member(holder, each->name);
        if (value_is_set(handler) &&
            TYPED_ITEM(findings, handler, JSON_OBJECT, "%s.%s", at, each->place)) {
            check_actions(handler, at, each->place, findings);
        }
    }
}

static void check(const struct subject *subject, struct value pod, struct findings *findings)
{
    struct container_iter iter = container_iter(&subject->containers);
    struct value container;
    char at[64];

    (void)pod;
    while (container_next_other(subject->ruleset, &iter, &container, at)) {
        check_container(container, at, findings);
    }
}

extern const struct mutator mutator_probe_host;
const struct mutator mutator_probe_host = {
    .name = "probe_host",
    .check = check,
};
