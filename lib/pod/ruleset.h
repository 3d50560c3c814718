/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A configuration made ready: for each gateway the parts that go into a pod,
 * rendered once, what its pods may reach, and how its policies look.
 *
 * Ownership: counted. ruleset_new() takes its own reference to the configuration
 *            and gives one reference to the ruleset.
 * Threads:   immutable; the count is atomic. A reload makes another one.
 */
#ifndef POD_RULESET_H
#define POD_RULESET_H

#include "lib/config/config.h"
#include "lib/netpol/form.h"

struct gateway_rules {
    const struct gateway *gateway;
    bool first;           /* the first of the file: its companions have the plain name */
    struct selector pods; /* the gateway's own */

    /* The injected parts, on one tape. */
    struct value init;    /* initContainers[0] */
    struct value sidecar; /* initContainers[1] */
    struct value config_volume;
    struct value token_volume;
    const char *injected;        /* the value of the annotation podveil.io/injected */
    char resolver[ADDRESS_TEXT]; /* at the gateway's end of the tunnel */

    struct companion_target target;
    struct allowed allowed;
    struct policy_form companion;
};

struct ruleset_memory; /* what a ruleset stands on, and its count; ruleset.c's own */

struct ruleset {
    struct ruleset_memory *memory;
    const struct config *config;
    const struct gateway_rules *gateways;
    size_t gateway_count;
    struct policy_form floor;
    struct selector privacy; /* podveil.io/gateway In [the gateways' names] */
};

int ruleset_new(const struct config *config, const struct ruleset **out,
                struct error *err) MUST_CHECK;
const struct ruleset *ruleset_ref(const struct ruleset *ruleset);
void ruleset_unref(const struct ruleset *ruleset);
DEFINE_AUTO(ruleset, const struct ruleset, ruleset_unref);

/* The rules of the gateway of that name, or NULL. */
const struct gateway_rules *ruleset_gateway(const struct ruleset *ruleset, struct slice name);

#endif
