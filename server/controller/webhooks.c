/* SPDX-License-Identifier: Apache-2.0 */
#include "server/controller/webhooks.h"

#include "lib/base/base64.h"
#include "lib/kube/build.h"
#include "server/controller/state.h"

enum {
    WRITE_MS = 4000,
    OBJECT_MAX = 4 * 1024 * 1024, /* an entry has some KiB of bundle; there are tens of entries */
    CONFLICTS_MAX = 3,
};

#define CONFIGURATION_NAME "podveil"

static const char selector[] = "metadata.name=" CONFIGURATION_NAME;
static const char group[] = "admissionregistration.k8s.io";

static const struct kind {
    const char *name;
    struct resource resource;
} kinds[WEBHOOKS_KINDS] = {
    {"MutatingWebhookConfiguration", {group, "v1", "mutatingwebhookconfigurations", false}},
    {"ValidatingWebhookConfiguration", {group, "v1", "validatingwebhookconfigurations", false}},
};

/* ---- What is kept of a configuration ---- */

/* Absent where they are no list. */
static struct value entries_of(struct value object)
{
    struct value entries = value_member(object, "webhooks");

    return value_kind(entries) == JSON_ARRAY ? entries : VALUE_ABSENT;
}

static bool is_managed_by_us(struct value object)
{
    struct value_iter iter = value_iter(value_get(object, "metadata", "managedFields", NULL));
    struct slice key;
    struct value entry;

    while (value_next(&iter, &key, &entry)) {
        if (value_is(value_member(entry, "manager"), FIELD_MANAGER)) {
            return true;
        }
    }
    return false;
}

static int keep(struct value object, struct buf *out, struct error *err)
{
    AUTO(build) struct build *kept = build_object();
    struct build *entries = build_set(kept, "webhooks", build_array());
    struct value_iter iter = value_iter(entries_of(object));
    struct slice key;
    struct value entry;

    while (value_next(&iter, &key, &entry)) {
        struct value name = value_member(entry, "name");
        if (value_kind(name) != JSON_STRING) {
            continue; /* not ours */
        }
        struct build *item = build_push(entries, build_object());
        (void)build_set(item, "name", build_copy(name));
        if (value_exists(value_member(entry, "clientConfig"))) {
            (void)build_set(item, "clientConfig", build_copy(value_member(entry, "clientConfig")));
        }
    }
    (void)build_set(kept, "owned", build_bool(is_managed_by_us(object)));
    return build_encode(kept, out, err);
}

/* ---- Reading ---- */

static bool is_ours(const struct webhooks *webhooks, struct value entry)
{
    struct slice name = value_string(value_member(entry, "name"));
    struct value service = value_get(entry, "clientConfig", "service", NULL);

    return slice_ends_with(name, ".podveil.io") &&
           (!value_is_set(service) ||
            value_is(value_member(service, "namespace"), webhooks->options.namespace));
}

struct question {
    struct slice text; /* PEM */
    bool whole;        /* the bundle is that, and not: has it */
};

static bool has(struct value entry, const struct question *question)
{
    struct slice text = value_string(value_get(entry, "clientConfig", "caBundle", NULL));
    AUTO(buf) struct buf pem = {0};
    struct error unused = {0};

    buf_init(&pem, OBJECT_MAX);
    if (text.len == 0 || base64_decode(&pem, text, &unused) != 0 || buf_check(&pem, &unused) != 0) {
        return false;
    }
    return question->whole
               ? slice_equal(buf_view(&pem), question->text)
               : memmem(pem.data, pem.len, question->text.data, question->text.len) != NULL;
}

/* WEBHOOKS_NONE, NO or YES for one configuration. */
static enum webhooks_answer ask_one(const struct webhooks *webhooks, struct value object,
                                    const struct question *question)
{
    struct value_iter iter = value_iter(entries_of(object));
    enum webhooks_answer answer = WEBHOOKS_NONE;
    struct slice key;
    struct value entry;

    if (question->whole && value_is_true(value_member(object, "owned"))) {
        return WEBHOOKS_NO;
    }
    while (value_next(&iter, &key, &entry)) {
        if (!is_ours(webhooks, entry)) {
            continue;
        }
        if (!has(entry, question)) {
            return WEBHOOKS_NO;
        }
        answer = WEBHOOKS_YES;
    }
    return answer;
}

static bool has_any(const struct webhooks *webhooks, struct value object)
{
    struct value_iter iter = value_iter(entries_of(object));
    struct slice key;
    struct value entry;

    while (value_next(&iter, &key, &entry)) {
        if (is_ours(webhooks, entry) &&
            value_string(value_get(entry, "clientConfig", "caBundle", NULL)).len > 0) {
            return true;
        }
    }
    return false;
}

static const struct cache_item *find(const struct webhooks *webhooks, size_t kind)
{
    return cache_find(webhooks->caches[kind], (struct slice){0}, SLICE(CONFIGURATION_NAME));
}

static enum webhooks_answer ask_kind(const struct webhooks *webhooks, size_t kind,
                                     const struct question *question)
{
    struct cache_state state = cache_state(webhooks->caches[kind]);
    AUTO(cache_item) const struct cache_item *item = find(webhooks, kind);

    if (!state.synced || state.stale) {
        return WEBHOOKS_UNKNOWN;
    }
    return item == NULL ? WEBHOOKS_NONE : ask_one(webhooks, item->object, question);
}

static enum webhooks_answer ask(const struct webhooks *webhooks, const struct question *question)
{
    enum webhooks_answer all = WEBHOOKS_NONE;

    for (size_t i = 0; i < WEBHOOKS_KINDS; i++) {
        enum webhooks_answer one = ask_kind(webhooks, i, question);
        if (one == WEBHOOKS_UNKNOWN || one == WEBHOOKS_NO) {
            return one;
        }
        all = one == WEBHOOKS_YES ? WEBHOOKS_YES : all;
    }
    return all;
}

enum webhooks_answer webhooks_have(const struct webhooks *webhooks, struct slice cert)
{
    return ask(webhooks, &(struct question){.text = cert});
}

enum webhooks_answer webhooks_are(const struct webhooks *webhooks, struct slice bundle)
{
    return ask(webhooks, &(struct question){.text = bundle, .whole = true});
}

enum webhooks_answer webhooks_kind_is(const struct webhooks *webhooks, size_t kind,
                                      struct slice bundle)
{
    return ask_kind(webhooks, kind, &(struct question){.text = bundle, .whole = true});
}

enum webhooks_answer webhooks_have_any(const struct webhooks *webhooks)
{
    for (size_t i = 0; i < WEBHOOKS_KINDS; i++) {
        if (!cache_state(webhooks->caches[i]).synced) {
            return WEBHOOKS_UNKNOWN;
        }
        AUTO(cache_item) const struct cache_item *item = find(webhooks, i);
        if (item != NULL && has_any(webhooks, item->object)) {
            return WEBHOOKS_YES;
        }
    }
    return WEBHOOKS_NO;
}

/* ---- Writing ---- */

static int print_apply(const struct webhooks *webhooks, const struct kind *kind,
                       struct value object, struct slice bundle, struct buf *out, struct error *err)
{
    AUTO(build) struct build *wanted = build_object();
    AUTO(buf) struct buf text = {0};
    struct value_iter iter = value_iter(entries_of(object));
    struct slice key;
    struct value entry;

    buf_init(&text, OBJECT_MAX);
    base64_encode(&text, bundle.data, bundle.len);
    if (buf_check(&text, err) != 0) {
        return -1;
    }
    (void)build_set(wanted, "apiVersion", build_text("admissionregistration.k8s.io/v1"));
    (void)build_set(wanted, "kind", build_text(kind->name));
    struct build *metadata = build_set(wanted, "metadata", build_object());
    (void)build_set(metadata, "name", build_text(CONFIGURATION_NAME));
    /* With the uid, an apply to a configuration that is gone makes none. */
    (void)build_set(metadata, "uid", build_copy(value_get(object, "metadata", "uid", NULL)));
    (void)build_set(metadata, "resourceVersion",
                    build_copy(value_get(object, "metadata", "resourceVersion", NULL)));
    struct build *entries = build_set(wanted, "webhooks", build_array());
    while (value_next(&iter, &key, &entry)) {
        if (is_ours(webhooks, entry)) {
            struct build *item = build_push(entries, build_object());
            (void)build_set(item, "name", build_copy(value_member(entry, "name")));
            struct build *client = build_set(item, "clientConfig", build_object());
            (void)build_set(client, "caBundle", build_string(buf_view(&text)));
        }
    }
    return build_encode(wanted, out, err);
}

static int print_disown(struct value object, struct buf *out, struct error *err)
{
    AUTO(build) struct build *patch = build_object();
    struct build *metadata = build_set(patch, "metadata", build_object());
    struct value_iter iter = value_iter(value_get(object, "metadata", "managedFields", NULL));
    size_t left = 0;
    struct slice key;
    struct value entry;

    (void)build_set(metadata, "resourceVersion",
                    build_copy(value_get(object, "metadata", "resourceVersion", NULL)));
    struct build *managers = build_set(metadata, "managedFields", build_array());
    while (value_next(&iter, &key, &entry)) {
        if (!value_is(value_member(entry, "manager"), FIELD_MANAGER)) {
            (void)build_push(managers, build_copy(entry));
            left++;
        }
    }
    if (left == 0) {
        (void)build_push(managers, build_object()); /* an empty list would change nothing */
    }
    return build_encode(patch, out, err);
}

static struct api_request request_for(const struct kind *kind, enum api_verb verb,
                                      struct slice body)
{
    return (struct api_request){
        .verb = verb,
        .resource = &kind->resource,
        .name = CONFIGURATION_NAME,
        .body = body,
        .force = verb == API_APPLY,
        .deadline_ms = WRITE_MS,
    };
}

/* One write, whose answer is known here at once. */
static int write_one(struct webhooks *webhooks, size_t kind, enum api_verb verb,
                     const struct buf *body, struct api_answer *answer)
{
    const struct api_request request = request_for(&kinds[kind], verb, buf_view(body));
    struct error unused = {0};

    if (hub_ask(webhooks->options.hub, &request, answer) != 0) {
        return -1;
    }
    /* Where this fails the watch tells it. */
    (void)!cache_wrote(webhooks->caches[kind], api_answer_object(answer), &unused);
    return 0;
}

static int disown(struct webhooks *webhooks, size_t kind, struct value object,
                  struct api_answer *answer)
{
    AUTO(buf) struct buf body = {0};

    buf_init(&body, OBJECT_MAX);
    if (print_disown(object, &body, &answer->err) != 0) {
        return -1;
    }
    return write_one(webhooks, kind, API_MERGE, &body, answer);
}

static int apply(struct webhooks *webhooks, size_t kind, struct value object, struct slice bundle,
                 struct api_answer *answer)
{
    AUTO(buf) struct buf body = {0};
    AUTO(api_answer) struct api_answer applied = {0};

    buf_init(&body, OBJECT_MAX);
    if (print_apply(webhooks, &kinds[kind], object, bundle, &body, &answer->err) != 0) {
        return -1;
    }
    if (write_one(webhooks, kind, API_APPLY, &body, &applied) != 0) {
        answer->code = applied.code;
        answer->err = applied.err;
        return -1;
    }
    return disown(webhooks, kind, api_answer_object(&applied), answer);
}

/* One try from the live object on; answer->code is 409 where somebody else was faster. */
static int try_kind(struct webhooks *webhooks, size_t kind, struct slice bundle,
                    struct api_answer *answer)
{
    const struct api_request request = request_for(&kinds[kind], API_GET, (struct slice){0});
    const struct question question = {.text = bundle, .whole = true};
    AUTO(api_answer) struct api_answer live = {0};

    if (hub_ask(webhooks->options.hub, &request, &live) != 0) {
        answer->code = live.code;
        answer->err = live.err;
        return live.code == 404 ? 0 : -1;
    }
    struct value object = api_answer_object(&live);
    enum webhooks_answer is = ask_one(webhooks, object, &question);
    if (is == WEBHOOKS_NO) {
        return apply(webhooks, kind, object, bundle, answer);
    }
    return is_managed_by_us(object) ? disown(webhooks, kind, object, answer) : 0;
}

static int write_kind(struct webhooks *webhooks, size_t kind, struct slice bundle,
                      struct error *err)
{
    for (int i = 0;; i++) {
        AUTO(api_answer) struct api_answer answer = {0};
        if (try_kind(webhooks, kind, bundle, &answer) == 0) {
            return 0;
        }
        if (answer.code != 409 || i == CONFLICTS_MAX) {
            *err = answer.err;
            return -1;
        }
    }
}

/* By what the cache has: does it lack the bundle? One that is not there lacks nothing. */
static bool lacks(struct webhooks *webhooks, size_t kind, struct slice bundle)
{
    const struct question question = {.text = bundle, .whole = true};
    AUTO(cache_item) const struct cache_item *item = find(webhooks, kind);

    return item != NULL && ask_one(webhooks, item->object, &question) == WEBHOOKS_NO;
}

int webhooks_write(struct webhooks *webhooks, struct slice bundle, size_t *wrote, struct error *err)
{
    *wrote = 0;
    for (size_t i = 0; i < WEBHOOKS_KINDS; i++) {
        if (!lacks(webhooks, i, bundle)) {
            continue;
        }
        if (write_kind(webhooks, i, bundle, err) != 0) {
            return -1;
        }
        (*wrote)++;
    }
    return 0;
}

/* ---- Following ---- */

static int follow(struct webhooks *webhooks, size_t kind, struct error *err)
{
    const struct webhooks_options *options = &webhooks->options;
    const struct cache_options kept = {
        .keep = keep,
        .changed = options->changed,
        .arg = options->arg,
    };

    webhooks->caches[kind] = cache_new(&kept);
    if (webhooks->caches[kind] == NULL) {
        return error_set(err, ERR_NO_MEMORY, "no memory for a cache");
    }
    const struct reflector_options watch = {
        .resource = &kinds[kind].resource,
        .field_selector = selector,
        .cache = webhooks->caches[kind],
        .trouble = options->trouble,
        .arg = options->arg,
    };
    return reflector_start(options->hub->api, &watch, &webhooks->reflectors[kind], err);
}

int webhooks_start(struct webhooks *webhooks, const struct webhooks_options *options,
                   struct error *err)
{
    webhooks->options = *options;
    for (size_t i = 0; i < WEBHOOKS_KINDS; i++) {
        if (follow(webhooks, i, err) != 0) {
            return -1;
        }
    }
    return 0;
}

void webhooks_kick(struct webhooks *webhooks)
{
    for (size_t i = 0; i < WEBHOOKS_KINDS; i++) {
        reflector_kick(webhooks->reflectors[i]);
    }
}

void webhooks_done(struct webhooks *webhooks)
{
    for (size_t i = 0; i < WEBHOOKS_KINDS; i++) {
        if (webhooks->reflectors[i] != NULL) {
            reflector_free(webhooks->reflectors[i]);
        }
        if (webhooks->caches[i] != NULL) {
            cache_free(webhooks->caches[i]);
        }
    }
    *webhooks = (struct webhooks){0};
}
