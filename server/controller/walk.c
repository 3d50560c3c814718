/* SPDX-License-Identifier: Apache-2.0 */
#include "server/controller/walk.h"

enum { LIST_MS = 4000, TWIN_MS = 1500, NOT_FOUND = 404, UNAVAILABLE = 503 };

enum { STEP_POLICIES, STEP_GROUPS, STEP_KINDS, STEP_OVER = STEP_KINDS + ADMIN_KINDS };

static const struct admin_kind *kind_of(const struct walk *walk)
{
    return &admin_kinds[walk->step - STEP_KINDS];
}

static const char *version_of(const struct walk *walk)
{
    return walk->version < WALK_VERSIONS ? walk->versions[walk->step - STEP_KINDS][walk->version]
                                         : "";
}

static void step_on(struct walk *walk)
{
    walk->step++;
    walk->version = 0;
    walk->page = WALK_PAGE;
    walk->token[0] = '\0';
}

/* To a kind in a version that may be there. */
static void skip_absent(struct walk *walk)
{
    while (walk->step >= STEP_KINDS && walk->step < STEP_OVER && version_of(walk)[0] == '\0') {
        step_on(walk);
    }
}

void walk_begin(struct walk *walk, const char *namespace)
{
    *walk = (struct walk){.page = WALK_PAGE};
    slice_copy(slice_of(namespace), walk->namespace, sizeof walk->namespace);
}

void walk_restart(struct walk *walk)
{
    walk->step = STEP_POLICIES;
    walk->version = 0;
    walk->page = WALK_PAGE;
    walk->token[0] = '\0';
    memset(walk->versions, 0, sizeof walk->versions);
}

bool walk_is_over(const struct walk *walk)
{
    return walk->step >= STEP_OVER;
}

static struct resource resource_of(const struct walk *walk)
{
    if (walk->step == STEP_POLICIES) {
        return resource_policies;
    }
    const struct admin_kind *kind = kind_of(walk);
    return (struct resource){kind->group, version_of(walk), kind->plural, kind->namespaced};
}

/* Not in the namespace alone? */
static bool is_everywhere(const struct walk *walk)
{
    return walk->step >= STEP_KINDS && (!kind_of(walk)->namespaced || kind_of(walk)->reaches);
}

/* Does Calico have its CRDs, so that its own API server only shows what they hold? */
static bool is_shown_twice(const struct walk *walk)
{
    bool has_crds = false;

    for (size_t kind = 0; kind < ADMIN_KINDS; kind++) {
        has_crds = has_crds || (walk->versions[kind][0][0] != '\0' &&
                                strcmp(admin_kinds[kind].group, CALICO_CRD_GROUP) == 0);
    }
    return has_crds && walk->step >= STEP_KINDS &&
           strcmp(kind_of(walk)->group, CALICO_API_GROUP) == 0;
}

void walk_ask(const struct walk *walk, struct walk_step *out)
{
    if (walk->step == STEP_GROUPS) {
        *out = (struct walk_step){
            .request = {.verb = API_RAW, .raw_path = "/apis", .deadline_ms = LIST_MS}};
        return;
    }
    out->resource = resource_of(walk);
    out->request = (struct api_request){
        .verb = API_LIST,
        .resource = &out->resource,
        .namespace = is_everywhere(walk) ? NULL : walk->namespace,
        .limit = walk->page,
        .continue_token = walk->token,
        .deadline_ms = is_shown_twice(walk) ? TWIN_MS : LIST_MS,
    };
}

/* ---- Groups ---- */

static int put_versions(struct walk *walk, size_t kind, struct value versions, struct error *err)
{
    struct value_iter iter = value_iter(versions);
    struct slice key;
    struct value version;

    for (size_t i = 0; value_next(&iter, &key, &version); i++) {
        struct slice text = value_string(value_member(version, "version"));
        if (i >= WALK_VERSIONS || text.len == 0 || text.len >= WALK_VERSION_MAX) {
            return error_set(err, ERR_MALFORMED, "the versions of the API group %s cannot be read",
                             admin_kinds[kind].group);
        }
        slice_copy(text, walk->versions[kind][i], WALK_VERSION_MAX);
    }
    return 0;
}

static int take_group(struct walk *walk, struct value group, struct error *err)
{
    struct value name = value_member(group, "name");

    for (size_t kind = 0; kind < ADMIN_KINDS; kind++) {
        if (value_is(name, admin_kinds[kind].group) &&
            put_versions(walk, kind, value_member(group, "versions"), err) != 0) {
            return -1;
        }
    }
    return 0;
}

static int take_groups(struct walk *walk, struct value list, struct error *err)
{
    struct value found = value_member(list, "groups");
    struct value_iter iter = value_iter(found);
    struct slice key;
    struct value group;

    if (value_kind(found) != JSON_ARRAY) {
        return error_set(err, ERR_MALFORMED, "the API server's list of API groups is none");
    }
    while (value_next(&iter, &key, &group)) {
        if (take_group(walk, group, err) != 0) {
            return -1;
        }
    }
    step_on(walk);
    return 0;
}

/* ---- Objects ---- */

/* Whose: {NULL, 0} where it is the cluster's. */
static struct slice namespace_of(const struct walk *walk, struct value object)
{
    struct slice none = {0};

    if (!is_everywhere(walk)) {
        return slice_of(walk->namespace);
    }
    return kind_of(walk)->namespaced
               ? value_string(value_get(object, "metadata", "namespace", NULL))
               : none;
}

/* What each object of the list is. */
static struct review review_of(const struct walk *walk)
{
    const struct resource resource = resource_of(walk);
    struct slice group = slice_of(resource.group);
    struct slice version = slice_of(resource.version);
    const char *name = walk->step == STEP_POLICIES ? "NetworkPolicy" : kind_of(walk)->name;

    return (struct review){
        .operation = OPERATION_CREATE,
        .kind = {group, version, slice_of(name)},
        .resource = {group, version, slice_of(resource.plural)},
    };
}

static int take_page(struct walk *walk, struct value list, walk_each *each, void *arg,
                     struct error *err)
{
    struct review review = review_of(walk);
    struct value items = value_member(list, "items");
    struct value_iter iter = value_iter(items);
    struct slice next = value_string(value_get(list, "metadata", "continue", NULL));
    struct slice key;

    if (value_kind(items) != JSON_ARRAY || next.len >= WALK_TOKEN_MAX) {
        return error_set(err, ERR_MALFORMED, "the API server's list of policies is none");
    }
    while (value_next(&iter, &key, &review.object)) {
        review.name = value_string(value_get(review.object, "metadata", "name", NULL));
        review.namespace = namespace_of(walk, review.object);
        if (is_everywhere(walk) && kind_of(walk)->namespaced && review.namespace.len == 0) {
            return error_set(err, ERR_MALFORMED, "a policy of a namespace that is not named");
        }
        if (each(arg, &review, err) != 0) {
            return -1;
        }
    }
    slice_copy(next, walk->token, WALK_TOKEN_MAX);
    if (walk->token[0] == '\0') {
        step_on(walk);
    }
    return 0;
}

/* That API server is away: nothing of its group is asked for. */
static void leave_out_twins(struct walk *walk)
{
    for (size_t kind = 0; kind < ADMIN_KINDS; kind++) {
        if (strcmp(admin_kinds[kind].group, CALICO_API_GROUP) == 0) {
            walk->versions[kind][0][0] = '\0';
        }
    }
    step_on(walk);
}

int walk_take(struct walk *walk, const struct api_answer *answer, walk_each *each, void *arg,
              struct error *err)
{
    int rc = 0;

    if (!answer->ok && walk->step >= STEP_KINDS && answer->code == NOT_FOUND) {
        walk->version++;
        walk->token[0] = '\0';
    } else if (!answer->ok && answer->code == UNAVAILABLE && is_shown_twice(walk)) {
        leave_out_twins(walk);
    } else if (!answer->ok && answer->err.code == ERR_TOO_LARGE && walk->page > 1) {
        walk->page /= 2;
    } else if (!answer->ok) {
        *err = answer->err;
        rc = -1;
    } else if (walk->step == STEP_GROUPS) {
        rc = take_groups(walk, api_answer_object(answer), err);
    } else {
        rc = take_page(walk, api_answer_object(answer), each, arg, err);
    }
    skip_absent(walk);
    return rc;
}
