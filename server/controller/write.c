/* SPDX-License-Identifier: Apache-2.0 */
#include "server/controller/write.h"

#include "lib/base/clock.h"
#include "lib/kube/build.h"
#include "lib/netpol/field.h"

#include <stdio.h>

enum { OBJECT_MAX = 65536, NOT_FOUND = 404, CONFLICT = 409 };

/* ---- What stands ---- */

/* Are all members of `ours` in `theirs`, as they are? */
static bool has_all(struct value theirs, struct value ours)
{
    struct value_iter iter = value_iter(ours);
    struct slice key;
    struct value item;

    while (value_next(&iter, &key, &item)) {
        if (!value_equal(value_member_slice(theirs, key), item)) {
            return false;
        }
    }
    return true;
}

static bool metadata_has_all(struct value theirs, struct value ours, const char *which)
{
    return has_all(value_get(theirs, "metadata", which, NULL),
                   value_get(ours, "metadata", which, NULL));
}

static enum standing compare(struct value theirs, struct value ours)
{
    if (value_is_set(value_get(theirs, "metadata", "deletionTimestamp", NULL))) {
        return STANDS_ENDING;
    }
    if (value_exists(value_get(theirs, "metadata", "annotations", GOING_MARK, NULL))) {
        return STANDS_GOING;
    }
    if (!companion_same_spec(theirs, ours)) {
        return STANDS_CHANGED;
    }
    return metadata_has_all(theirs, ours, "labels") && metadata_has_all(theirs, ours, "annotations")
               ? STANDS
               : STANDS_BY_SPEC;
}

/*
 * How long until it counts: since when this process knows it as it is, for no wall clock can be
 * trusted, neither ours nor the API server's. So after a start everything settles once.
 */
static int64_t settles_in(const struct cache_item *item, uint32_t settle_ms)
{
    int64_t left_ms = item->since_ms + settle_ms - clock_ms();

    return left_ms > 0 ? left_ms : 0;
}

static void print_mark(struct slice uid, struct slice version, struct policy_mark *mark)
{
    (void)snprintf(mark->text, sizeof mark->text, "%.*s@%.*s", SLICE_ARGS(uid),
                   SLICE_ARGS(version));
}

int policy_look(const struct controller *controller, const struct policy_text *policy,
                struct look *out, struct error *err)
{
    AUTO(cache_item)
    const struct cache_item *item =
        cache_find(controller->policies.cache, slice_of(policy->namespace), slice_of(policy->name));
    AUTO(json) struct json ours = {0};

    if (item == NULL) {
        *out = (struct look){.standing = STANDS_ABSENT};
        return 0;
    }
    if (json_parse(&ours, slice_of(policy->json), err) != 0) {
        return -1;
    }
    struct slice id =
        value_string(value_get(item->object, "metadata", "labels", CONFIG_LABEL, NULL));
    *out = (struct look){
        .standing = compare(item->object, value_root(&ours)),
        .has_config = id.len == CONFIG_ID_LEN,
        .settles_ms = settles_in(item, policy->settle_ms),
    };
    print_mark(item->uid, item->version, &out->mark);
    if (out->has_config) {
        slice_copy(id, out->config_id, sizeof out->config_id);
    }
    return 0;
}

/* ---- Making it so ---- */

/*
 * Ask, and have the answer in the cache. In a dry run nothing is to be known of it, and a namespace
 * that the same run would make is not there.
 */
static int ask(struct controller *controller, const struct api_request *request,
               struct cache *cache, struct api_answer *answer)
{
    int failed = hub_ask(&controller->hub, request, answer);

    if (request->dry_run) {
        return answer->code == NOT_FOUND ? 0 : failed;
    }
    if (failed != 0) {
        return -1;
    }
    struct error late = {0};
    if (cache_wrote(cache, api_answer_object(answer), &late) != 0) {
        controller_tell(controller, true, "known once the watch tells it", late.text);
    }
    return 0;
}

static const struct cache_item *find_namespace(const struct controller *controller,
                                               const char *namespace)
{
    return cache_find(controller->namespaces.cache, (struct slice){0}, slice_of(namespace));
}

bool namespace_is_guarded(const struct controller *controller, const char *namespace)
{
    AUTO(cache_item) const struct cache_item *item = find_namespace(controller, namespace);

    return item != NULL &&
           value_is(value_get(item->object, "metadata", "labels", MARK_GUARDED, NULL), "true");
}

bool namespace_is_open(const struct controller *controller, const char *namespace)
{
    AUTO(cache_item) const struct cache_item *item = find_namespace(controller, namespace);

    return item != NULL &&
           !value_is_set(value_get(item->object, "metadata", "deletionTimestamp", NULL));
}

/* With the uid, an apply to a namespace that is gone is refused, and makes none. */
static int print_guard(struct slice name, struct slice uid, struct buf *out, struct error *err)
{
    AUTO(build) struct build *object = build_object();
    struct build *metadata = build_object();
    struct build *labels = build_object();

    (void)build_set(labels, MARK_GUARDED, build_text("true"));
    (void)build_set(metadata, "name", build_string(name));
    (void)build_set(metadata, "uid", build_string(uid));
    (void)build_set(metadata, "labels", labels);
    (void)build_set(object, "apiVersion", build_text("v1"));
    (void)build_set(object, "kind", build_text("Namespace"));
    (void)build_set(object, "metadata", metadata);
    return build_encode(object, out, err);
}

/* A namespace may be younger than what its watch has told. Its answer is in `answer`. */
static int ask_for_namespace(struct controller *controller, const char *namespace,
                             struct api_answer *answer, struct slice *uid, struct error *err)
{
    const struct api_request request = {
        .verb = API_GET,
        .resource = &resource_namespaces,
        .name = namespace,
        .deadline_ms = WRITE_MS,
    };

    if (hub_ask(&controller->hub, &request, answer) != 0) {
        return error_set(err, ERR_SYSTEM, "the namespace %s is not known here yet: %s", namespace,
                         answer->err.text);
    }
    *uid = value_string(value_get(api_answer_object(answer), "metadata", "uid", NULL));
    if (uid->len == 0) {
        return error_set(err, ERR_MALFORMED, "the namespace %s has no uid", namespace);
    }
    return 0;
}

int namespace_guard(struct controller *controller, const char *namespace, bool dry_run,
                    struct error *err)
{
    AUTO(cache_item) const struct cache_item *item = find_namespace(controller, namespace);
    AUTO(api_answer) struct api_answer found = {0};
    AUTO(api_answer) struct api_answer answer = {0};
    AUTO(buf) struct buf body = {0};
    struct slice uid = item != NULL ? item->uid : (struct slice){0};

    if (item == NULL && dry_run) {
        return 0;
    }
    if (item == NULL && ask_for_namespace(controller, namespace, &found, &uid, err) != 0) {
        return -1;
    }
    buf_init(&body, OBJECT_MAX);
    if (print_guard(slice_of(namespace), uid, &body, err) != 0) {
        return -1;
    }
    const struct api_request request = {
        .verb = API_APPLY,
        .resource = &resource_namespaces,
        .name = namespace,
        .body = buf_view(&body),
        .force = true,
        .dry_run = dry_run,
        .deadline_ms = WRITE_MS,
    };
    if (ask(controller, &request, controller->namespaces.cache, &answer) != 0) {
        *err = answer.err;
        return -1;
    }
    return 0;
}

static struct api_request policy_request(const struct policy_text *policy, enum api_verb verb,
                                         struct slice body, const struct write_mode *mode)
{
    return (struct api_request){
        .verb = verb,
        .resource = &resource_policies,
        .namespace = policy->namespace,
        .name = policy->name,
        .body = body,
        .dry_run = mode->dry_run,
        .deadline_ms = WRITE_MS,
    };
}

/* What takes out the members of a spec that are not ours, and the mark that it is going. */
static int print_foreign(struct value theirs, struct value ours, struct buf *out, struct error *err)
{
    struct value_iter iter = value_iter(value_member(theirs, "spec"));
    const char *between = "";
    struct slice key;
    struct value item;

    buf_text(out, "{\"metadata\":{\"annotations\":{\"" GOING_MARK "\":null}},\"spec\":{");
    while (value_next(&iter, &key, &item)) {
        if (!value_exists(value_member_slice(value_member(ours, "spec"), key))) {
            /* The API server has checked it: the name of a field. */
            buf_printf(out, "%s\"%.*s\":null", between, SLICE_ARGS(key));
            between = ",";
        }
    }
    buf_text(out, "}}");
    return buf_check(out, err);
}

static void give_mark(struct value object, struct policy_mark *mark)
{
    struct value metadata = value_member(object, "metadata");

    if (mark != NULL) {
        print_mark(value_string(value_member(metadata, "uid")),
                   value_string(value_member(metadata, "resourceVersion")), mark);
    }
}

/* Whoever takes the finalizer away takes the policy with it, from under the pods it holds. */
static int say_ending(struct value policy, struct error *err)
{
    struct value metadata = value_member(policy, "metadata");
    struct slice holder = value_string(value_item(value_member(metadata, "finalizers"), 0));

    return error_set(err, ERR_SYSTEM,
                     "the NetworkPolicy is being deleted and the finalizer %.*s holds it: take "
                     "that away, then it is made anew",
                     FIELD_ARGS(holder));
}

/*
 * An apply leaves what others added: an ingress list, the mark that it is going. Such a policy is
 * not the one that was asked for, so they are taken out.
 */
static int finish(struct controller *controller, const struct policy_text *policy,
                  const struct write_mode *mode, struct api_answer *written,
                  struct policy_mark *mark, struct error *err)
{
    struct value theirs = api_answer_object(written);
    AUTO(json) struct json doc = {0};
    AUTO(buf) struct buf body = {0};
    AUTO(api_answer) struct api_answer answer = {0};

    if (json_parse(&doc, slice_of(policy->json), err) != 0) {
        return -1;
    }
    struct value ours = value_root(&doc);
    if (compare(theirs, ours) == STANDS_ENDING) {
        return say_ending(theirs, err);
    }
    if (mode->dry_run || compare(theirs, ours) == STANDS) {
        give_mark(theirs, mark);
        return 0;
    }
    buf_init(&body, OBJECT_MAX);
    if (print_foreign(theirs, ours, &body, err) != 0) {
        return -1;
    }
    const struct api_request request = policy_request(policy, API_MERGE, buf_view(&body), mode);
    if (ask(controller, &request, controller->policies.cache, &answer) != 0) {
        *err = answer.err;
        return -1;
    }
    if (compare(api_answer_object(&answer), ours) == STANDS) {
        give_mark(api_answer_object(&answer), mark);
        return 0;
    }
    return error_set(err, ERR_SYSTEM,
                     "the API server keeps it otherwise than it was written: something in the "
                     "cluster changes NetworkPolicies as they are written");
}

int policy_write(struct controller *controller, const struct policy_text *policy,
                 const struct write_mode *mode, struct policy_mark *mark, struct error *err)
{
    AUTO(api_answer) struct api_answer answer = {0};
    struct cache *cache = controller->policies.cache;
    struct api_request request = policy_request(policy, API_APPLY, slice_of(policy->json), mode);

    request.force = mode->conflict == NULL;
    int failed = ask(controller, &request, cache, &answer);
    if (failed != 0 && !request.force && answer.code == CONFLICT) {
        buf_text(mode->conflict, answer.status.message);
        api_answer_done(&answer);
        request.force = true;
        failed = ask(controller, &request, cache, &answer);
    }
    if (failed != 0) {
        *err = answer.err;
        return -1;
    }
    return finish(controller, policy, mode, &answer, mark, err);
}
