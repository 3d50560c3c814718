/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/config/check.h"
#include "lib/config/suggest.h"

static struct value item_at(const struct source *source, const char *list, size_t index)
{
    return value_item(value_member(value_root(source->doc), list), index);
}

/* The gateway's name that was meant, or the first one. */
static const char *nearest_gateway(const struct config *config, const char *name)
{
    const char *nearest = config->gateways[0].name;
    unsigned best = SUGGEST_NONE;

    for (size_t i = 0; i < config->gateway_count; i++) {
        const char *known = config->gateways[i].name;
        nearest = suggest_is_nearer(slice_of(name), known, &best) ? known : nearest;
    }
    return nearest;
}

static int check_alias(const struct source *source, const struct config *config, size_t index,
                       struct error *err)
{
    const struct alias *alias = &config->aliases[index];
    struct value at = item_at(source, "aliases", index);

    if (config_gateway(config, slice_of(alias->gateway)) == NULL) {
        return config_fault(source, value_member(at, "gateway"), err,
                            "there is no gateway %s; write the name of one, as in %s",
                            alias->gateway, nearest_gateway(config, alias->gateway));
    }
    if (strcmp(alias->label, config->label) == 0 ||
        strcmp(alias->label, "podveil.io/gateway") == 0) {
        return config_fault(source, value_member(at, "label"), err,
                            "%s is the label itself, whose values are names of gateways; leave "
                            "the alias out",
                            alias->label);
    }
    for (size_t i = 0; i < index; i++) {
        const struct alias *other = &config->aliases[i];
        if (strcmp(alias->label, other->label) == 0 && strcmp(alias->value, other->value) == 0) {
            return config_fault(source, at, err,
                                "the label %s: %s is an alias already; leave one out", alias->label,
                                alias->value);
        }
    }
    return 0;
}

static int check_opt_out(const struct source *source, const struct config *config, size_t index,
                         struct error *err)
{
    const struct opt_out *opt_out = &config->opt_outs[index];

    for (size_t i = 0; i < index; i++) {
        const struct opt_out *other = &config->opt_outs[i];
        if (strcmp(opt_out->namespace, other->namespace) == 0 &&
            strcmp(opt_out->service_account, other->service_account) == 0) {
            return config_fault(source, item_at(source, "optOut", index), err,
                                "%s in %s stands here twice; leave one out",
                                opt_out->service_account, opt_out->namespace);
        }
    }
    return 0;
}

int config_check_names(const struct source *source, const struct config *config, struct error *err)
{
    for (size_t i = 0; i < config->alias_count; i++) {
        if (check_alias(source, config, i, err) != 0) {
            return -1;
        }
    }
    for (size_t i = 0; i < config->opt_out_count; i++) {
        if (check_opt_out(source, config, i, err) != 0) {
            return -1;
        }
    }
    return 0;
}
