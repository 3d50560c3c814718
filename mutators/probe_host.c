/* SPDX-License-Identifier: Apache-2.0 */
/* A probe with a host is a call that the kubelet makes for the pod, with the node's address. */
#include "lib/pod/typed.h"
#include "mutators/mutator.h"

#include <stdio.h>

static const struct {
    const char *parent; /* NULL: of the container itself */
    const char *name;
} handlers[] = {
    {NULL, "livenessProbe"},    {NULL, "readinessProbe"}, {NULL, "startupProbe"},
    {"lifecycle", "postStart"}, {"lifecycle", "preStop"},
};

static void check_handler(struct value handler, const char *at, struct findings *findings)
{
    static const char *const actions[] = {"httpGet", "tcpSocket"};

    for (size_t i = 0; i < COUNT_OF(actions); i++) {
        struct value action = typed_object(findings, handler, actions[i], "%s", at);
        struct slice host = typed_text(findings, action, "host", "%s.%s", at, actions[i]);
        if (host.len > 0) {
            char field[160];
            (void)snprintf(field, sizeof field, "%s.%s.host", at, actions[i]);
            findings_deny(findings, REASON_PROBE_HOST, field,
                          "the kubelet would call %.*s from the node, with the node's address. "
                          "Remove host, then it calls the pod itself.",
                          CALLED(host));
        }
    }
}

/* A lifecycle or probe handler of the container `at`, as a reader finds it. */
static void check_handler_of(struct value handler, const char *at, size_t index,
                             struct findings *findings)
{
    const char *parent = handlers[index].parent;
    char place[128];

    (void)snprintf(place, sizeof place, "%s%s%s.%s", at, parent == NULL ? "" : ".",
                   parent == NULL ? "" : parent, handlers[index].name);
    if (typed_item(findings, handler, JSON_OBJECT, "%s", place)) {
        check_handler(handler, place, findings);
    }
}

static void check_container(struct value container, const char *at, struct findings *findings)
{
    for (size_t i = 0; i < COUNT_OF(handlers); i++) {
        const char *parent = handlers[i].parent;
        struct value holder =
            parent == NULL ? container : typed_object(findings, container, parent, "%s", at);
        struct value handler = value_member(holder, handlers[i].name);
        if (value_is_set(handler)) {
            check_handler_of(handler, at, i, findings);
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
