/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/pod/uses.h"

#include "lib/pod/names.h"
#include "lib/pod/typed.h"

#include <stdio.h>

static void check_uses(struct value container, const char *list, enum reason reason, const char *at,
                       struct findings *findings)
{
    struct value_iter iter = value_iter(TYPED_LIST(findings, container, list, "%s", at));
    struct slice key;
    struct value use;

    while (value_next(&iter, &key, &use)) {
        if (!TYPED_ITEM(findings, use, JSON_OBJECT, "%s.%s[%zu]", at, list, iter.index)) {
            return;
        }
        struct slice name = TYPED_TEXT(findings, use, "name", "%s.%s[%zu]", at, list, iter.index);
        if (slice_starts_with(name, NAME_PREFIX)) {
            char field[128];
            (void)snprintf(field, sizeof field, "%s.%s[%zu]", at, list, iter.index);
            findings_deny(findings, reason, field,
                          "%s mounts the volume %.*s, which is for podveil's containers alone. "
                          "Remove the mount.",
                          at, CALLED(name));
        }
    }
}

/* The volume that a variable is read from a file of; empty where it is none. */
static struct slice volume_of(struct value variable, const char *at, size_t index,
                              struct findings *findings)
{
    if (!value_is_set(value_member(variable, "valueFrom"))) {
        return (struct slice){0};
    }
    struct value from = TYPED_OBJECT(findings, variable, "valueFrom", "%s.env[%zu]", at, index);
    struct value file =
        TYPED_OBJECT(findings, from, "fileKeyRef", "%s.env[%zu].valueFrom", at, index);

    return TYPED_TEXT(findings, file, "volumeName", "%s.env[%zu].valueFrom.fileKeyRef", at, index);
}

static void check_variables(struct value container, enum reason reason, const char *at,
                            struct findings *findings)
{
    struct value_iter iter = value_iter(TYPED_LIST(findings, container, "env", "%s", at));
    struct slice key;
    struct value variable;

    while (value_next(&iter, &key, &variable)) {
        if (!TYPED_ITEM(findings, variable, JSON_OBJECT, "%s.env[%zu]", at, iter.index)) {
            return;
        }
        if (slice_starts_with(volume_of(variable, at, iter.index, findings), NAME_PREFIX)) {
            char field[128];
            (void)snprintf(field, sizeof field, "%s.env[%zu]", at, iter.index);
            findings_deny(findings, reason, field,
                          "%s reads a variable from podveil's volume. Remove it.", at);
        }
    }
}

void uses_check(struct value container, enum reason reason, const char *at,
                struct findings *findings)
{
    check_uses(container, "volumeMounts", reason, at, findings);
    check_uses(container, "volumeDevices", reason, at, findings);
    check_variables(container, reason, at, findings);
}

bool uses_no_net_raw(struct value container)
{
    struct value drop = value_get(container, "securityContext", "capabilities", "drop", NULL);
    struct value_iter iter = value_iter(drop);
    struct slice key;
    struct value item;

    while (value_next(&iter, &key, &item)) {
        if (value_is(item, "ALL") || value_is(item, "NET_RAW")) {
            return true;
        }
    }
    return false;
}
