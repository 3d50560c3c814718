/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/pod/policies.h"

#include <stdio.h>

enum { POLICY_MAX = 1024 * 1024 };

void policy_text_done(struct policy_text *policy)
{
    free(policy->json);
    policy->json = NULL;
}

static int put_namespace(struct slice namespace, struct policy_text *out, struct error *err)
{
    if (namespace.len == 0 || namespace.len > NAME_MAX_LEN) {
        return error_set(err, ERR_MALFORMED, "a policy needs a namespace of 1 to %d characters",
                         NAME_MAX_LEN);
    }
    slice_copy(namespace, out->namespace, sizeof out->namespace);
    return 0;
}

/* Filled in once the names of `out` are there. */
static int fill(const struct ruleset *ruleset, const struct policy_form *form,
                struct slice workload, struct policy_text *out, struct error *err)
{
    AUTO(buf) struct buf text = {0};
    const struct form_names names = {
        .name = slice_of(out->name), .namespace = slice_of(out->namespace), .workload = workload};

    memcpy(out->config_id, ruleset->config->id, sizeof out->config_id);
    buf_init(&text, POLICY_MAX);
    form_fill(form, &names, &text);
    if (buf_check(&text, err) != 0) {
        return -1;
    }
    out->json = buf_take(&text);
    return out->json != NULL ? 0 : error_set(err, ERR_NO_MEMORY, "no memory for a policy");
}

int policies_floor(const struct ruleset *ruleset, struct slice namespace, struct policy_text *out,
                   struct error *err)
{
    struct policy_text floor = {
        .name = FLOOR_NAME,
        .is_floor = true,
        .settle_ms = (uint32_t)ruleset->config->settle_ms,
    };

    if (put_namespace(namespace, &floor, err) != 0 ||
        fill(ruleset, &ruleset->floor, (struct slice){0}, &floor, err) != 0) {
        return -1;
    }
    *out = floor;
    return 0;
}

/* Of the workload, or with `companion: namespace` one for all pods of the gateway. */
int policies_name_companion(const struct subject *subject, char out[static NAME_MAX_LEN + 1],
                            struct error *err)
{
    const struct gateway_rules *rules = subject->rules;

    if (subject->ruleset->config->companion == COMPANION_WORKLOAD) {
        return companion_name(slice_of(subject->workload), rules->gateway->name, rules->first, out,
                              err);
    }
    (void)snprintf(out, NAME_MAX_LEN + 1, "podveil-%s" COMPANION_SUFFIX, rules->gateway->name);
    return 0;
}

int policies_companion(const struct subject *subject, struct policy_text *out, struct error *err)
{
    struct policy_text companion = {0};

    if (put_namespace(subject->namespace, &companion, err) != 0 ||
        policies_name_companion(subject, companion.name, err) != 0 ||
        fill(subject->ruleset, &subject->rules->companion, slice_of(subject->workload_label),
             &companion, err) != 0) {
        return -1;
    }
    *out = companion;
    return 0;
}
