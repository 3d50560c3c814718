/* SPDX-License-Identifier: Apache-2.0 */
#include "server/controller/pods.h"

#include "lib/kube/build.h"
#include "lib/pod/privacy.h"

/* ---- Whose it is ---- */

/* Is this the whole name of which the label is a cut? */
static bool is_whole(const char *name, const char *label)
{
    char cut[NAME_MAX_LEN + 1];
    struct error unused = {0};

    return name_cut(slice_of(name), LABEL_VALUE_MAX, cut, &unused) == 0 && strcmp(cut, label) == 0;
}

/* A pod that had no name yet when it was admitted is called after its generateName. */
static struct slice generated(struct value pod)
{
    struct slice name = value_string(value_get(pod, "metadata", "generateName", NULL));

    return slice_ends_with(name, "-") ? (struct slice){name.data, name.len - 1} : name;
}

/*
 * The label is what the policy selects, the whole name is what it is called by. Where the pod does
 * not tell it any more (its owner was taken away) the label stands for it.
 */
static void find_workload(struct value pod, struct demand_key *key)
{
    struct error unused = {0};

    if (workload_name(pod, (struct slice){0}, key->workload, &unused) == 0 &&
        is_whole(key->workload, key->label)) {
        return;
    }
    slice_copy(generated(pod), key->workload, sizeof key->workload);
    if (!is_whole(key->workload, key->label)) {
        slice_copy(slice_of(key->label), key->workload, sizeof key->workload);
    }
}

/* ---- What is kept ---- */

static void keep(struct build *into, struct value from, const char *name)
{
    struct value v = value_member(from, name);

    if (value_is_set(v)) {
        (void)build_set(into, name, build_copy(v));
    }
}

/* Where the label is the whole name of the workload, nothing else has to tell it. */
static bool is_label_all(struct value pod)
{
    struct value label = value_get(pod, "metadata", "labels", MARK_WORKLOAD, NULL);
    struct demand_key key = {0};

    slice_copy(value_string(label), key.label, sizeof key.label);
    if (key.label[0] != '\0') {
        find_workload(pod, &key);
    }
    return strcmp(key.workload, key.label) == 0;
}

static struct build *keep_metadata(struct value pod)
{
    static const char *const names[] = {"name", "namespace", "uid", "deletionTimestamp", "labels"};
    struct value metadata = value_member(pod, "metadata");
    struct build *annotations = build_object();
    struct build *kept = build_object();

    for (size_t i = 0; i < COUNT_OF(names); i++) {
        keep(kept, metadata, names[i]);
    }
    if (!is_label_all(pod)) {
        keep(kept, metadata, "generateName");
        keep(kept, metadata, "ownerReferences");
    }
    keep(annotations, value_member(metadata, "annotations"), MARK_INJECTED);
    (void)build_set(kept, "annotations", annotations);
    return kept;
}

static bool has_parts(struct value pod)
{
    struct value inits = value_get(pod, "spec", "initContainers", NULL);

    return value_is(value_member(value_item(inits, 0), "name"), INIT_NAME) &&
           value_is(value_member(value_item(inits, 1), "name"), SIDECAR_NAME);
}

int pods_keep(struct value pod, struct buf *out, struct error *err)
{
    AUTO(build) struct build *kept = build_object();
    struct build *spec = build_object();
    struct build *status = build_object();

    (void)build_set(kept, "metadata", keep_metadata(pod));
    keep(spec, value_member(pod, "spec"), "serviceAccountName");
    (void)build_set(kept, "spec", spec);
    keep(status, value_member(pod, "status"), "phase");
    (void)build_set(kept, "status", status);
    (void)build_set(kept, "parts", build_bool(has_parts(pod)));
    return build_encode(kept, out, err);
}

/* ---- What it says ---- */

bool pods_key(const struct cache_item *pod, struct demand_key *out)
{
    struct value labels = value_get(pod->object, "metadata", "labels", NULL);
    struct slice gateway = value_string(value_member(labels, MARK_GATEWAY));

    if (gateway.len == 0 || slice_is(gateway, GATEWAY_NONE)) {
        return false;
    }
    *out = (struct demand_key){0};
    slice_copy(pod->namespace, out->namespace, sizeof out->namespace);
    slice_copy(gateway, out->gateway, sizeof out->gateway);
    slice_copy(value_string(value_member(labels, MARK_WORKLOAD)), out->label, sizeof out->label);
    if (out->label[0] != '\0') {
        find_workload(pod->object, out);
    }
    return true;
}

static bool is_gateways_namespace(const struct ruleset *ruleset, const char *namespace)
{
    bool found = false;

    for (size_t i = 0; i < ruleset->gateway_count && !found; i++) {
        found = strcmp(ruleset->gateways[i].gateway->namespace, namespace) == 0;
    }
    return found;
}

int pods_are_gateways(struct cache *pods, const struct ruleset *ruleset,
                      const struct demand_key *key, bool *out, struct error *err)
{
    AUTO(cache_items) struct cache_items items = {0};
    struct demand_key other;
    bool all = is_gateways_namespace(ruleset, key->namespace);

    if (all && cache_list(pods, key->namespace, &items, err) != 0) {
        return -1;
    }
    for (size_t i = 0; i < items.count && all; i++) {
        const struct cache_item *pod = items.items[i];
        all = !pods_key(pod, &other) || !demand_key_is(&other, key) ||
              privacy_is_gateway_pod(ruleset, pod->object, pod->namespace);
    }
    *out = all;
    return 0;
}

bool pods_runs(struct value pod)
{
    return value_is(value_get(pod, "status", "phase", NULL), "Running") &&
           !value_is_set(value_get(pod, "metadata", "deletionTimestamp", NULL));
}

bool pods_has_parts(struct value pod)
{
    return value_is_true(value_member(pod, "parts"));
}
