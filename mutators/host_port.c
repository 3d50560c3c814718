/* SPDX-License-Identifier: Apache-2.0 */
/* A port of the node lets peers in by the home address, past the tunnel. */
#include "lib/pod/typed.h"
#include "mutators/mutator.h"

#include <stdio.h>

static void check_port(struct value port, const char *field, struct findings *findings)
{
    struct value host_port = value_member(port, "hostPort");
    struct error unused = {0};
    int64_t number = 0;

    if (!value_is_set(host_port)) {
        return;
    }
    if (value_int64(host_port, &number, &unused) != 0) {
        findings_deny(findings, REASON_MALFORMED, field,
                      "%s is no whole number. Write a port, or remove hostPort.", field);
        return;
    }
    if (number != 0) {
        findings_deny(findings, REASON_HOST_PORT, field,
                      "port %lld of the node leads to the pod past the tunnel. Remove hostPort and "
                      "use a Service.",
                      (long long)number);
    }
}

static void check_ports(struct value container, const char *at, struct findings *findings)
{
    struct value_iter iter = value_iter(TYPED_LIST(findings, container, "ports", "%s", at));
    struct slice key;
    struct value port;

    while (value_next(&iter, &key, &port)) {
        if (TYPED_ITEM(findings, port, JSON_OBJECT, "%s.ports[%zu]", at, iter.index) &&
            value_is_set(value_member(port, "hostPort"))) {
            char field[128];
            (void)snprintf(field, sizeof field, "%s.ports[%zu].hostPort", at, iter.index);
            check_port(port, field, findings);
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
        check_ports(container, at, findings);
    }
}

extern const struct mutator mutator_host_port;
const struct mutator mutator_host_port = {
    .name = "host_port",
    .check = check,
};
