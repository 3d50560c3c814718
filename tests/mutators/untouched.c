/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A plain walk over pod and result together, which knows what podveil owns from
 * spec.md 3 and nothing of how the rules are written.
 */
#include "tests/mutators/trial.h"

#include <criterion/criterion.h>

#include <stdio.h>

enum { TEXT_MAX = 16 * 1024 * 1024 };

static void assert_same_text(struct value before, struct value after, const char *place,
                             const char *name)
{
    AUTO(buf) struct buf old = {0};
    AUTO(buf) struct buf new = {0};

    buf_init(&old, TEXT_MAX);
    buf_init(&new, TEXT_MAX);
    value_encode(before, &old);
    value_encode(after, &new);
    cr_assert_str_eq(buf_cstr(&new), buf_cstr(&old), "%s: %s", name, place);
}

static bool is_one_of(struct slice key, const char *const *keys)
{
    for (; *keys != NULL; keys++) {
        if (slice_is(key, *keys)) {
            return true;
        }
    }
    return false;
}

/* Each member of `before` but those of `owned` is the same in `after`, and none is new but those.
 */
static void assert_members(struct value before, struct value after, const char *const *owned,
                           const char *place, const char *name)
{
    struct value_iter iter = value_iter(before);
    struct slice key;
    struct value item;

    while (value_next(&iter, &key, &item)) {
        if (!is_one_of(key, owned)) {
            char where[256];
            (void)snprintf(where, sizeof where, "%s.%.*s", place, SLICE_ARGS(key));
            assert_same_text(item, value_member_slice(after, key), where, name);
        }
    }
    iter = value_iter(after);
    while (value_next(&iter, &key, &item)) {
        cr_assert(is_one_of(key, owned) || value_exists(value_member_slice(before, key)),
                  "%s: %s.%.*s is new", name, place, SLICE_ARGS(key));
    }
}

static void assert_drops(struct value before, struct value after, const char *place,
                         const char *name)
{
    struct value_iter iter = value_iter(before);
    struct slice key;
    struct value item;

    while (value_next(&iter, &key, &item)) {
        assert_same_text(item, value_item(after, iter.index), place, name);
    }
    size_t more = value_count(after) - value_count(before);
    cr_assert_leq(more, 1U, "%s: %s", name, place);
    cr_assert(more == 0 || value_is(value_item(after, value_count(before)), "NET_RAW"), "%s: %s",
              name, place);
}

static void assert_container(struct value before, struct value after, const char *place,
                             const char *name)
{
    static const char *const of_container[] = {"securityContext", NULL};
    static const char *const of_context[] = {"capabilities", NULL};
    static const char *const of_capabilities[] = {"drop", NULL};
    struct value context = value_member(before, "securityContext");
    struct value new_context = value_member(after, "securityContext");
    struct value capabilities = value_member(context, "capabilities");
    struct value new_capabilities = value_member(new_context, "capabilities");

    assert_members(before, after, of_container, place, name);
    assert_members(context, new_context, of_context, place, name);
    assert_members(capabilities, new_capabilities, of_capabilities, place, name);
    assert_drops(value_member(capabilities, "drop"), value_member(new_capabilities, "drop"), place,
                 name);
}

/* The next item that has no name of podveil's. */
static bool next_users(struct value_iter *iter, struct value *item)
{
    struct slice key;
    bool found = value_next(iter, &key, item);

    while (found && slice_starts_with(value_string(value_member(*item, "name")), "podveil-")) {
        found = value_next(iter, &key, item);
    }
    return found;
}

static void assert_list(struct value before, struct value after, bool containers, const char *place,
                        const char *name)
{
    struct value_iter old_iter = value_iter(before);
    struct value_iter new_iter = value_iter(after);
    struct value old;
    struct value new;

    while (next_users(&old_iter, &old)) {
        cr_assert(next_users(&new_iter, &new), "%s: %s is shorter", name, place);
        if (containers) {
            assert_container(old, new, place, name);
        } else {
            assert_same_text(old, new, place, name);
        }
    }
    cr_assert_not(next_users(&new_iter, &new), "%s: %s is longer", name, place);
}

static void assert_metadata(struct value before, struct value after, const char *name)
{
    static const char *const of_metadata[] = {"labels", "annotations", NULL};
    static const char *const labels[] = {MARK_GATEWAY, MARK_WORKLOAD, "istio.io/dataplane-mode",
                                         "istio.io/use-waypoint", NULL};
    static const char *const annotations[] = {MARK_INJECTED, "ambient.istio.io/dns-capture", NULL};

    assert_members(before, after, of_metadata, "metadata", name);
    assert_members(value_member(before, "labels"), value_member(after, "labels"), labels, "labels",
                   name);
    assert_members(value_member(before, "annotations"), value_member(after, "annotations"),
                   annotations, "annotations", name);
}

void trial_assert_untouched(const struct trial *trial, const char *name)
{
    static const char *const of_pod[] = {"metadata", "spec", NULL};
    static const char *const of_spec[] = {
        "containers", "initContainers", "ephemeralContainers", "volumes",
        "dnsPolicy",  "dnsConfig",      "resources",           NULL,
    };
    static const char *const of_dns[] = {"nameservers", "searches", "options", NULL};
    static const char *const of_resources[] = {"requests", "limits", NULL};
    struct value before = value_root(&trial->pod);
    struct value after = patch_object(trial->patch);
    struct value spec = value_member(before, "spec");
    struct value new_spec = value_member(after, "spec");

    assert_members(before, after, of_pod, "pod", name);
    assert_metadata(value_member(before, "metadata"), value_member(after, "metadata"), name);
    assert_members(spec, new_spec, of_spec, "spec", name);
    assert_members(value_member(spec, "dnsConfig"), value_member(new_spec, "dnsConfig"), of_dns,
                   "dnsConfig", name);
    assert_members(value_member(spec, "resources"), value_member(new_spec, "resources"),
                   of_resources, "resources", name);
    for (size_t i = 0; i < 4; i++) {
        assert_list(value_member(spec, of_spec[i]), value_member(new_spec, of_spec[i]), i < 3,
                    of_spec[i], name);
    }
}
