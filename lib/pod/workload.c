/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A pod names its controller, not that one's own: what stands above a
 * ReplicaSet or a Job is read from how their controllers make names
 * (Deployment: NAME-HASH, with the hash as a label of the pod; CronJob:
 * NAME-MINUTES, minutes since 1970, 8 digits for the next centuries).
 */
#include "lib/pod/workload.h"

#include "lib/pod/names.h"

#include <stdio.h>

enum { MINUTES_MIN = 8, MINUTES_MAX = 10 };

/* `name` without a dash and `hash` at its end, where it ends so and something is left. */
static struct slice without_hash(struct slice name, struct slice hash)
{
    if (hash.len == 0 || name.len < hash.len + 2) {
        return name;
    }
    struct slice stem = {name.data, name.len - hash.len - 1};
    bool ends_so = name.data[stem.len] == '-' && slice_equal(slice_after(name, stem.len + 1), hash);
    return ends_so ? stem : name;
}

static struct slice without_minutes(struct slice name)
{
    size_t len = name.len;

    while (len > 0 && name.data[len - 1] >= '0' && name.data[len - 1] <= '9') {
        len--;
    }
    size_t digits = name.len - len;
    if (digits < MINUTES_MIN || digits > MINUTES_MAX || len < 2 || name.data[len - 1] != '-') {
        return name;
    }
    return (struct slice){name.data, len - 1};
}

struct slice workload_above(struct slice kind, struct slice name, struct value labels)
{
    if (slice_is(kind, "ReplicaSet")) {
        return without_hash(name, value_string(value_member(labels, "pod-template-hash")));
    }
    return slice_is(kind, "Job") ? without_minutes(name) : name;
}

static int wrong(struct error *err, const char *field, const char *what)
{
    return error_set(err, ERR_MALFORMED, "%s: %s", field, what);
}

/* The ownerReference that says controller: true; absent where there is none. */
static int find_controller(struct value metadata, struct value *out, struct error *err)
{
    struct value owners = value_member(metadata, "ownerReferences");
    struct value_iter iter = value_iter(owners);
    struct slice key;
    struct value owner;

    *out = VALUE_ABSENT;
    if (value_is_set(owners) && value_kind(owners) != JSON_ARRAY) {
        return wrong(err, "metadata.ownerReferences", "is no list");
    }
    while (!value_exists(*out) && value_next(&iter, &key, &owner)) {
        if (value_kind(owner) != JSON_OBJECT) {
            return wrong(err, "metadata.ownerReferences", "holds what is no object");
        }
        struct value controller = value_member(owner, "controller");
        if (value_is_set(controller) && value_kind(controller) != JSON_BOOL) {
            return wrong(err, "metadata.ownerReferences", "says controller with another word");
        }
        if (value_is_true(controller)) {
            *out = owner;
        }
    }
    return 0;
}

/* The member as text; empty where it is missing, null or empty. */
static int text_of(struct value parent, const char *name, const char *field, struct slice *out,
                   struct error *err)
{
    struct value v = value_member(parent, name);

    if (value_is_set(v) && value_kind(v) != JSON_STRING) {
        return wrong(err, field, "is no string");
    }
    *out = value_string(v);
    return 0;
}

/* A generated name goes on behind the dash; a label's value may not end in one. */
static struct slice stem_of(struct slice generate_name)
{
    struct slice stem = generate_name;

    while (stem.len > 0 && (stem.data[stem.len - 1] == '-' || stem.data[stem.len - 1] == '.')) {
        stem.len--;
    }
    return stem;
}

/*
 * generateName first: a pod that has it gets its name only after /mutate, and /validate must come
 * to the same workload.
 */
static int own_name(struct value metadata, struct slice *out, struct error *err)
{
    struct slice name = {0};
    struct slice generate_name = {0};

    if (text_of(metadata, "name", "metadata.name", &name, err) != 0 ||
        text_of(metadata, "generateName", "metadata.generateName", &generate_name, err) != 0) {
        return -1;
    }
    *out = generate_name.len > 0 ? stem_of(generate_name) : name;
    return 0;
}

static int find_name(struct value metadata, struct slice *out, struct error *err)
{
    struct value owner = VALUE_ABSENT;
    struct slice kind = {0};
    struct slice name = {0};

    if (find_controller(metadata, &owner, err) != 0) {
        return -1;
    }
    if (!value_exists(owner)) {
        return own_name(metadata, out, err);
    }
    if (text_of(owner, "kind", "metadata.ownerReferences", &kind, err) != 0 ||
        text_of(owner, "name", "metadata.ownerReferences", &name, err) != 0) {
        return -1;
    }
    *out = workload_above(kind, name, value_member(metadata, "labels"));
    return 0;
}

int workload_name(struct value pod, struct slice fallback, char out[static NAME_MAX_LEN + 1],
                  struct error *err)
{
    struct slice name = fallback;

    if (fallback.len == 0 && find_name(value_member(pod, "metadata"), &name, err) != 0) {
        return -1;
    }
    if (name.len == 0) {
        return wrong(err, "metadata.name",
                     "a pod needs a controller, a name or a generateName to have a workload");
    }
    if (!name_is_subdomain(name)) {
        return error_set(err, ERR_MALFORMED, "metadata.name: \"%.*s\" is no name of a workload",
                         (int)(name.len < 80 ? name.len : 80), name.data);
    }
    slice_copy(name, out, NAME_MAX_LEN + 1);
    return 0;
}
