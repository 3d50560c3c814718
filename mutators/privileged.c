/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/pod/typed.h"
#include "mutators/mutator.h"

#include <stdio.h>

static void deny(struct findings *findings, const char *at, const char *member, const char *text,
                 const char *way_out)
{
    char field[128];

    (void)snprintf(field, sizeof field, "%s.securityContext.%s", at, member);
    findings_deny(findings, REASON_PRIVILEGED, field, "%s %s. %s", at, text, way_out);
}

static void check_context(struct value context, const char *at, struct findings *findings)
{
    struct value capabilities =
        TYPED_OBJECT(findings, context, "capabilities", "%s.securityContext", at);
    struct value add =
        TYPED_LIST(findings, capabilities, "add", "%s.securityContext.capabilities", at);

    if (TYPED_TRUE(findings, context, "privileged", "%s.securityContext", at)) {
        deny(findings, at, "privileged",
             "is privileged: it could undo the routes and the packet filter of the tunnel",
             "Remove privileged: true, and add the one capability that the program needs.");
    }
    if (slice_is(TYPED_TEXT(findings, context, "procMount", "%s.securityContext", at),
                 "Unmasked")) {
        deny(findings, at, "procMount", "may write to all of /proc", "Remove procMount: Unmasked.");
    }
    if (TYPED_TRUE(findings, context, "allowPrivilegeEscalation", "%s.securityContext", at) &&
        value_count(add) > 0) {
        deny(findings, at, "allowPrivilegeEscalation",
             "adds capabilities and says allowPrivilegeEscalation: true, so that any of its "
             "processes may get more",
             "Write allowPrivilegeEscalation: false, or remove capabilities.add.");
    }
}

static void check(const struct subject *subject, struct value pod, struct findings *findings)
{
    struct container_iter iter = container_iter(&subject->containers);
    struct value container;
    char at[64];

    (void)pod;
    while (container_next_other(subject->ruleset, &iter, &container, at)) {
        check_context(TYPED_OBJECT(findings, container, "securityContext", "%s", at), at, findings);
    }
}

extern const struct mutator mutator_privileged;
const struct mutator mutator_privileged = {
    .name = "privileged",
    .check = check,
};
