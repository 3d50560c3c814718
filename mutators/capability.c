/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Capabilities that change routes and filters, send raw frames, or reach into
 * our containers. Runtimes take names in lower case, and some with CAP_ before.
 */
#include "lib/pod/typed.h"
#include "mutators/mutator.h"

#include <stdio.h>
#include <strings.h>

static const char *const refused[] = {
    "NET_ADMIN", "NET_RAW", "SYS_ADMIN", "SYS_PTRACE", "SYS_MODULE", "BPF", "ALL",
};

static bool is_name(struct slice text, const char *name)
{
    return text.len == strlen(name) && strncasecmp(text.data, name, text.len) == 0;
}

static bool is_refused(struct slice capability)
{
    struct slice prefix = {capability.data, capability.len < 4 ? capability.len : 4};
    struct slice name = is_name(prefix, "CAP_") ? slice_after(capability, 4) : capability;

    for (size_t i = 0; i < COUNT_OF(refused); i++) {
        if (is_name(name, refused[i])) {
            return true;
        }
    }
    return false;
}

static void check_added(struct value add, const char *at, struct findings *findings)
{
    struct value_iter iter = value_iter(add);
    struct slice key;
    struct value item;
    char field[128];

    while (value_next(&iter, &key, &item)) {
        struct slice name = value_string(item);
        (void)snprintf(field, sizeof field, "%s.securityContext.capabilities.add[%zu]", at,
                       iter.index);
        if (TYPED_ITEM(findings, item, JSON_STRING, "%s", field) && is_refused(name)) {
            findings_deny(findings, REASON_CAPABILITY, field,
                          "%s adds the capability %.*s, with which it could leave the tunnel. "
                          "Remove %.*s from capabilities.add.",
                          at, CALLED(name), CALLED(name));
        }
    }
}

static void check_dropped(struct value drop, const char *at, struct findings *findings)
{
    struct value_iter iter = value_iter(drop);
    struct slice key;
    struct value item;

    while (value_next(&iter, &key, &item)) {
        (void)TYPED_ITEM(findings, item, JSON_STRING, "%s.securityContext.capabilities.drop[%zu]",
                         at, iter.index);
    }
}

static void check(const struct subject *subject, struct value pod, struct findings *findings)
{
    struct container_iter iter = container_iter(&subject->containers);
    struct value container;
    char at[64];

    (void)pod;
    while (container_next_other(subject->ruleset, &iter, &container, at)) {
        struct value context = TYPED_OBJECT(findings, container, "securityContext", "%s", at);
        struct value capabilities =
            TYPED_OBJECT(findings, context, "capabilities", "%s.securityContext", at);
        check_added(
            TYPED_LIST(findings, capabilities, "add", "%s.securityContext.capabilities", at), at,
            findings);
        check_dropped(
            TYPED_LIST(findings, capabilities, "drop", "%s.securityContext.capabilities", at), at,
            findings);
    }
}

extern const struct mutator mutator_capability;
const struct mutator mutator_capability = {
    .name = "capability",
    .check = check,
};
