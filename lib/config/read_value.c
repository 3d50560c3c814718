/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values that go into objects of the API as they were written: labels, peers,
 * resources. Checked here, so that the API server has nothing to refuse later.
 */
#include "lib/config/amount.h"
#include "lib/config/read.h"
#include "lib/config/suggest.h"
#include "lib/netpol/policy.h"

static int check_label_key(const struct config_reader *reader, struct slice name, struct value item,
                           struct error *err)
{
    struct error inner = {0};

    if (grammar_check(&grammar_selector_key, name, &inner) == 0) {
        return 0;
    }
    if (inner.code == ERR_NO_MEMORY) {
        *err = inner;
        return -1;
    }
    return config_fault_key(reader->source, item, err, "%s", inner.text);
}

int config_read_labels(const struct config_reader *reader, const struct key *key, struct value v,
                       void *field, struct error *err)
{
    struct value *out = field;
    struct value_iter iter = value_iter(v);
    struct slice name;
    struct value item;

    if (value_kind(v) != JSON_OBJECT) {
        return config_wrong_type(reader, v, "a mapping of labels", err);
    }
    if (config_check_count(reader, key, v, err) != 0) {
        return -1;
    }
    while (value_next(&iter, &name, &item)) {
        if (check_label_key(reader, name, item, err) != 0 ||
            config_check_text(reader, &grammar_label_value, item, err) != 0) {
            return -1;
        }
    }
    *out = v;
    return 0;
}

/* A mapping with none but these keys. */
static int check_names(const struct config_reader *reader, struct value v, const char *const *names,
                       struct error *err)
{
    struct value_iter iter = value_iter(v);
    struct slice name;
    struct value item;

    if (value_kind(v) != JSON_OBJECT) {
        return config_wrong_type(reader, v, "a mapping", err);
    }
    while (value_next(&iter, &name, &item)) {
        const char *nearest = NULL;
        unsigned best = SUGGEST_NONE;
        bool known = false;
        for (size_t i = 0; names[i] != NULL; i++) {
            known = known || slice_is(name, names[i]);
            nearest = suggest_is_nearer(name, names[i], &best) ? names[i] : nearest;
        }
        if (!known) {
            return config_unknown_key(reader, item, name, nearest, err);
        }
    }
    return 0;
}

/* policy.h passes over what the API does not have; a configuration has to be right. */
static int check_peer(const struct config_reader *reader, struct value peer, struct arena *arena,
                      struct error *err)
{
    static const char *const members[] = {"ipBlock", "podSelector", "namespaceSelector", NULL};
    static const char *const block_members[] = {"cidr", "except", NULL};
    struct value block = value_member(peer, "ipBlock");
    struct value cidr = value_member(block, "cidr");
    struct policy_peer parsed = {0};
    enum policy_fault fault = POLICY_FINE;
    struct cidr ignored;
    struct error inner = {0};

    if (check_names(reader, peer, members, err) != 0 ||
        (value_exists(block) && check_names(reader, block, block_members, err) != 0) ||
        (value_exists(cidr) && config_read_cidr(reader, NULL, cidr, &ignored, err) != 0)) {
        return -1;
    }
    if (policy_parse_peer(peer, arena, &parsed, &fault, &inner) != 0) {
        return config_fault_of(reader->source, peer, &inner, err);
    }
    return 0;
}

int config_read_peers(const struct config_reader *reader, const struct key *key, struct value v,
                      void *field, struct error *err)
{
    AUTO(arena) struct arena arena = {0};
    struct value *out = field;
    struct value_iter iter = value_iter(v);
    struct slice name;
    struct value item;
    arena_init(&arena, 8 << 20);

    if (value_kind(v) != JSON_ARRAY) {
        return config_wrong_type(reader, v, "a list of NetworkPolicy peers", err);
    }
    if (config_check_count(reader, key, v, err) != 0) {
        return -1;
    }
    while (value_next(&iter, &name, &item)) {
        if (check_peer(reader, item, &arena, err) != 0) {
            return -1;
        }
    }
    *out = value_count(v) > 0 ? v : VALUE_ABSENT;
    return 0;
}

static int read_amount(const struct config_reader *reader, struct value v, uint64_t *milli,
                       struct error *err)
{
    struct error inner = {0};
    bool number = value_kind(v) == JSON_NUMBER;
    struct slice text = number ? value_raw(v) : value_string(v);

    if (!number && value_kind(v) != JSON_STRING) {
        return config_wrong_type(reader, v, "a quantity, as in 10m or 16Mi", err);
    }
    if (amount_parse(text, milli, &inner) != 0) {
        return config_fault_of(reader->source, v, &inner, err);
    }
    return 0;
}

/* The API server refuses a pod that requests more than its limit. */
static int check_request(const struct config_reader *reader, struct value resources,
                         const char *name, struct error *err)
{
    struct value request = value_get(resources, "requests", name, NULL);
    struct value limit = value_get(resources, "limits", name, NULL);
    uint64_t wanted = 0;
    uint64_t allowed = UINT64_MAX;

    if ((value_exists(request) && read_amount(reader, request, &wanted, err) != 0) ||
        (value_exists(limit) && read_amount(reader, limit, &allowed, err) != 0)) {
        return -1;
    }
    if (wanted > allowed) {
        return config_fault(reader->source, request, err,
                            "this is more than limits.%s; write the same or less", name);
    }
    return 0;
}

int config_read_resources(const struct config_reader *reader, const struct key *key, struct value v,
                          void *field, struct error *err)
{
    struct value *out = field;

    (void)key;
    if (check_names(reader, v, schema_resource_lists, err) != 0) {
        return -1;
    }
    for (size_t i = 0; schema_resource_lists[i] != NULL; i++) {
        struct value list = value_member(v, schema_resource_lists[i]);
        if (value_exists(list) && check_names(reader, list, schema_resources, err) != 0) {
            return -1;
        }
    }
    for (size_t i = 0; schema_resources[i] != NULL; i++) {
        if (check_request(reader, v, schema_resources[i], err) != 0) {
            return -1;
        }
    }
    *out = v;
    return 0;
}
