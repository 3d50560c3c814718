/* SPDX-License-Identifier: Apache-2.0 */
/*
 * podveil-init first, podveil-sidecar right after it. What another webhook
 * pushed back is moved to the front again; what `mayPrecede` names may stand
 * before either once it does.
 */
#include "lib/pod/parts.h"
#include "mutators/mutator.h"

#include <assert.h>

static bool may_precede(const struct client *client, struct slice name)
{
    for (size_t i = 0; i < client->may_precede.count; i++) {
        if (slice_is(name, client->may_precede.items[i])) {
            return true;
        }
    }
    return false;
}

/* Where the container of that name stands, or SIZE_MAX. */
static size_t find(const struct patch *patch, const char *name)
{
    struct value_iter iter =
        value_iter(value_get(patch_target(patch), "spec", "initContainers", NULL));
    struct slice key;
    struct value container;

    while (value_next(&iter, &key, &container)) {
        if (value_is(value_member(container, "name"), name)) {
            return iter.index;
        }
    }
    return SIZE_MAX;
}

/* Do only those that may stand between `from` and `to`, `to` not included? */
static bool is_clear(const struct patch *patch, const struct client *client, size_t from, size_t to)
{
    struct value list = value_get(patch_target(patch), "spec", "initContainers", NULL);

    for (size_t i = from; i < to; i++) {
        if (!may_precede(client, value_string(value_member(value_item(list, i), "name")))) {
            return false;
        }
    }
    return true;
}

/* Bring the part to `place` or, where only others that may stand are between, leave it. */
static int settle(struct patch *patch, const struct subject *subject, enum part part, size_t place,
                  struct error *err)
{
    const struct gateway_rules *rules = subject->rules;
    size_t at = find(patch, part_name(part));

    if (at == SIZE_MAX) {
        struct value container = part == PART_INIT ? rules->init : rules->sidecar;
        return patch_add(patch, container, err, "/spec/initContainers/%zu", place);
    }
    assert(at >= place); /* mayPrecede names none of ours */
    if (is_clear(patch, &rules->gateway->client, place, at)) {
        return 0;
    }
    return patch_move(patch, "/spec/initContainers", at, place, err);
}

static int apply(const struct subject *subject, struct patch *patch, struct findings *findings,
                 struct error *err)
{
    (void)findings;
    if (settle(patch, subject, PART_INIT, 0, err) != 0) {
        return -1;
    }
    return settle(patch, subject, PART_SIDECAR, find(patch, INIT_NAME) + 1, err);
}

extern const struct mutator mutator_containers;
const struct mutator mutator_containers = {
    .name = "containers",
    .apply = apply,
};
