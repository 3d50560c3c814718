/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/pod/own_policy.h"

#include <stdio.h>

/* A label of that name with a value that a label can have; {NULL, 0}: there is none. */
static struct slice label_of(struct value labels, const char *name)
{
    struct slice text = value_string(value_member(labels, name));

    return text.len > 0 && text.len <= LABEL_VALUE_MAX ? text : (struct slice){0};
}

/* Does it select by these labels and nothing else? */
static bool selects_by(struct value selector, size_t label_count)
{
    struct value_iter iter = value_iter(selector);
    struct slice key;
    struct value item;

    while (value_next(&iter, &key, &item)) {
        size_t count = slice_is(key, "matchLabels") ? label_count : 0;
        if (value_is_set(item) && value_count(item) != count) {
            return false;
        }
    }
    return true;
}

/* The pods that a companion selects; false: no companion does. */
static bool read_pods(struct value policy, struct own_policy *out)
{
    struct value selector = value_get(policy, "spec", "podSelector", NULL);
    struct value labels = value_member(selector, "matchLabels");
    struct slice gateway = label_of(labels, MARK_GATEWAY);
    struct slice workload = label_of(labels, MARK_WORKLOAD);

    if (gateway.len == 0 || !selects_by(selector, workload.len > 0 ? 2 : 1)) {
        return false;
    }
    slice_copy(gateway, out->gateway, sizeof out->gateway);
    slice_copy(workload, out->workload, sizeof out->workload);
    return true;
}

static int is_called_so(struct slice name, const struct own_policy *own, bool *out,
                        struct error *err)
{
    char text[NAME_MAX_LEN + 1];

    if (own->workload[0] != '\0') {
        return companion_is_called(name, slice_of(own->workload), own->gateway, out, err);
    }
    (void)snprintf(text, sizeof text, "podveil-%s" COMPANION_SUFFIX, own->gateway);
    *out = slice_is(name, text);
    return 0;
}

int own_policy_of(struct value policy, struct own_policy *out, struct error *err)
{
    struct slice name = value_string(value_get(policy, "metadata", "name", NULL));
    struct own_policy own = {.kind = OWN_FLOOR};
    bool is_companion = false;

    if (slice_is(name, FLOOR_NAME)) {
        *out = own;
        return 0;
    }
    if (slice_ends_with(name, COMPANION_SUFFIX) && read_pods(policy, &own) &&
        is_called_so(name, &own, &is_companion, err) != 0) {
        return -1;
    }
    own.kind = OWN_COMPANION;
    *out = is_companion ? own : (struct own_policy){.kind = OWN_NONE};
    return 0;
}

int own_policy_print(const struct own_policy *own, const struct ruleset *ruleset, struct buf *out,
                     struct error *err)
{
    const struct companion_names names = {.name = "", .config_id = ruleset->config->id};
    const struct gateway_rules *rules = ruleset_gateway(ruleset, slice_of(own->gateway));
    const char *workload = own->workload[0] != '\0' ? own->workload : NULL;
    AUTO(build) struct build *policy = NULL;

    if (own->kind == OWN_FLOOR) {
        policy = companion_floor(&names);
    } else if (own->kind == OWN_COMPANION && rules != NULL) {
        policy = companion_policy(&names, workload, &rules->target);
    } else {
        return 0;
    }
    return build_encode(policy, out, err);
}
