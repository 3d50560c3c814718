/* SPDX-License-Identifier: Apache-2.0 */
/*
 * podveil's names are podveil's: what carries one is exactly what podveil puts
 * there, and no other container gets at our volumes. Order is not judged here:
 * containers.c puts it right, and a final pod that would need that is refused.
 */
#include "lib/pod/parts.h"
#include "lib/pod/typed.h"
#include "lib/pod/uses.h"
#include "mutators/mutator.h"

#include <stdio.h>

static void check_part(const struct subject *subject, enum part part, struct value container,
                       const char *at, struct findings *findings)
{
    struct slice why = {0};

    if (part_matches(subject->rules, part, container, &why)) {
        return;
    }
    findings_deny(findings, REASON_FORGED, at,
                  "%s is called %s, but its %.*s is not what podveil writes for gateway %s. Remove "
                  "the container, podveil adds its own; if podveil mutate wrote it, write it anew.",
                  at, part_name(part), CALLED(why), subject->rules->gateway->name);
}

static void check_name(const struct subject *subject, struct value container, const char *at,
                       unsigned *seen, struct findings *findings)
{
    struct slice name = value_string(value_member(container, "name"));
    bool init = slice_is(name, INIT_NAME);
    unsigned bit = init ? 1 : 2;

    if (!slice_starts_with(name, NAME_PREFIX)) {
        return;
    }
    if (!init && !slice_is(name, SIDECAR_NAME)) {
        findings_deny(findings, REASON_RESERVED_NAME, at,
                      "%s is called %.*s, and names that begin with podveil- are podveil's own. "
                      "Give it another name.",
                      at, CALLED(name));
        return;
    }
    if (strncmp(at, "spec.initContainers[", 20) != 0 || (*seen & bit) != 0) {
        findings_deny(findings, REASON_FORGED, at,
                      "%s is called %.*s, which is the name of one init container of podveil's. "
                      "Give it another name, or remove it.",
                      at, CALLED(name));
        return;
    }
    *seen |= bit;
    check_part(subject, init ? PART_INIT : PART_SIDECAR, container, at, findings);
}

static void check_volume(const struct subject *subject, struct value volume, size_t index,
                         unsigned *seen, struct findings *findings)
{
    struct slice name = value_string(value_member(volume, "name"));
    bool config = slice_is(name, CONFIG_VOLUME);
    unsigned bit = config ? 1 : 2;
    char field[64];

    if (!slice_starts_with(name, NAME_PREFIX)) {
        return;
    }
    (void)snprintf(field, sizeof field, "spec.volumes[%zu]", index);
    if (!config && !slice_is(name, TOKEN_VOLUME)) {
        findings_deny(findings, REASON_RESERVED_NAME, field,
                      "the volume %.*s has a name that begins with podveil-, which are podveil's "
                      "own. Give it another name.",
                      CALLED(name));
        return;
    }
    if ((*seen & bit) != 0 || !part_is_our_volume(subject->rules, volume)) {
        findings_deny(findings, REASON_FORGED, field,
                      "the volume %.*s is not what podveil makes of that name. Remove it, podveil "
                      "adds its own.",
                      CALLED(name));
    }
    *seen |= bit;
}

static void check(const struct subject *subject, struct value pod, struct findings *findings)
{
    struct value_iter volumes = value_iter(value_get(pod, "spec", "volumes", NULL));
    struct container_iter iter = container_iter(&subject->containers);
    struct slice key;
    struct value item;
    unsigned seen = 0;
    char at[64];

    while (container_next(&iter, &item, at)) {
        check_name(subject, item, at, &seen, findings);
        if (findings->denied == REASON_NONE && !part_is_ours(subject->ruleset, item)) {
            uses_check(item, REASON_RESERVED_NAME, at, findings);
        }
    }
    seen = 0;
    while (value_next(&volumes, &key, &item)) {
        check_volume(subject, item, volumes.index, &seen, findings);
    }
}

extern const struct mutator mutator_reserved;
const struct mutator mutator_reserved = {
    .name = "reserved",
    .check = check,
};
