/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/client/follow.h"

#include <stdio.h>

enum { MAX_FOLLOWERS = 4, MAX_TEXT = 256 };

struct follower {
    int64_t id;
    char texts[5][MAX_TEXT];
    struct resource resource;
    struct cache *cache;
    struct reflector *reflector;
};

static struct follower followers[MAX_FOLLOWERS];
static size_t count;

void print_line(const struct build *line)
{
    AUTO(buf) struct buf out = {0};
    struct error err = {0};

    buf_init(&out, 64 << 20);
    if (build_encode(line, &out, &err) != 0) {
        (void)fprintf(stderr, "client_ask: %s\n", err.text);
        exit(1);
    }
    for (size_t i = 0; i < out.len; i++) {
        out.data[i] = out.data[i] == '\n' ? ' ' : out.data[i]; /* of an answer for people */
    }
    buf_char(&out, '\n');
    (void)fwrite(out.data, 1, out.len, stdout);
    (void)fflush(stdout);
}

static void changed(void *arg, enum cache_change change, const struct cache_item *before,
                    const struct cache_item *after)
{
    static const char *const words[] = {"ADDED", "MODIFIED", "DELETED", "SYNCED"};
    const struct follower *follower = arg;
    const struct cache_item *item = after != NULL ? after : before;
    AUTO(build) struct build *line = build_object();

    (void)build_set(line, "id", build_int(follower->id));
    (void)build_set(line, "change", build_text(words[change]));
    if (item != NULL) {
        (void)build_set(line, "key", build_string(item->key));
        (void)build_set(line, "version", build_string(item->version));
        (void)build_set(line, "object", build_copy(item->object));
    }
    print_line(line);
}

/* For measuring: no line for each object. */
static void synced_alone(void *arg, enum cache_change change, const struct cache_item *before,
                         const struct cache_item *after)
{
    if (change == CACHE_SYNCED) {
        changed(arg, change, before, after);
    }
}

static void trouble(void *arg, const struct error *err, int64_t again_ms)
{
    const struct follower *follower = arg;
    AUTO(build) struct build *line = build_object();

    (void)build_set(line, "id", build_int(follower->id));
    (void)build_set(line, "trouble", build_text(err->text));
    (void)build_set(line, "again", build_int(again_ms));
    print_line(line);
}

static const char *keep(struct follower *follower, size_t place, struct value v)
{
    slice_copy(value_exists(v) ? value_string(v) : SLICE(""), follower->texts[place], MAX_TEXT);
    return follower->texts[place];
}

static int64_t number(struct value v)
{
    struct error ignored = {0};
    int64_t out = 0;

    return value_int64(v, &out, &ignored) == 0 ? out : 0;
}

/* What a controller needs of a pod, say: who it is, and whether it runs. */
static int keep_little(struct value object, struct buf *out, struct error *err)
{
    AUTO(build) struct build *kept = build_object();
    struct value metadata = value_member(object, "metadata");
    struct build *short_metadata = build_set(kept, "metadata", build_object());

    (void)build_set(short_metadata, "name", build_copy(value_member(metadata, "name")));
    if (value_exists(value_member(metadata, "labels"))) {
        (void)build_set(short_metadata, "labels", build_copy(value_member(metadata, "labels")));
    }
    (void)build_set(kept, "phase", build_copy(value_get(object, "status", "phase", NULL)));
    return build_encode(kept, out, err);
}

static void follow(struct api *api, struct value request)
{
    struct follower *follower = &followers[count++];
    struct value resource = value_member(request, "resource");
    struct error err = {0};

    follower->id = number(value_member(request, "id"));
    follower->resource = (struct resource){
        .group = keep(follower, 0, value_item(resource, 0)),
        .version = keep(follower, 1, value_item(resource, 1)),
        .plural = keep(follower, 2, value_item(resource, 2)),
        .namespaced = value_is_true(value_item(resource, 3)),
    };
    bool is_quiet = value_is_true(value_member(request, "quiet"));
    follower->cache = cache_new(&(struct cache_options){
        .keep = is_quiet ? keep_little : NULL,
        .changed = is_quiet ? synced_alone : changed,
        .arg = follower,
    });
    const struct reflector_options options = {
        .resource = &follower->resource,
        .namespace = keep(follower, 3, value_member(request, "namespace")),
        .label_selector = keep(follower, 4, value_member(request, "labels")),
        .page = (unsigned)number(value_member(request, "limit")),
        .cache = follower->cache,
        .trouble = trouble,
        .arg = follower,
    };
    if (follower->cache == NULL ||
        reflector_start(api, &options, &follower->reflector, &err) != 0) {
        (void)fprintf(stderr, "client_ask: %s\n", err.text);
        exit(1);
    }
}

static void show(const struct follower *follower, struct value id)
{
    struct cache_state state = cache_state(follower->cache);
    AUTO(cache_items) struct cache_items items = {0};
    AUTO(build) struct build *line = build_object();
    struct error err = {0};

    if (cache_list(follower->cache, NULL, &items, &err) != 0) {
        (void)fprintf(stderr, "client_ask: %s\n", err.text);
        exit(1);
    }
    (void)build_set(line, "id", build_copy(id));
    (void)build_set(line, "synced", build_bool(state.synced));
    (void)build_set(line, "stale", build_bool(state.stale));
    (void)build_set(line, "lost", build_bool(state.lost_ms != 0));
    (void)build_set(line, "count", build_int((int64_t)state.count));
    (void)build_set(line, "relists", build_int((int64_t)state.relists));
    (void)build_set(line, "failures", build_int((int64_t)state.failures));
    struct build *keys = build_set(line, "keys", build_array());
    for (size_t i = 0; i < items.count; i++) {
        (void)build_push(keys, build_string(items.items[i]->key));
    }
    print_line(line);
}

struct follower *followers_find(struct value id)
{
    for (size_t i = 0; i < count; i++) {
        if (value_exists(id) && followers[i].id == number(id)) {
            return &followers[i];
        }
    }
    return NULL;
}

bool followers_serve(struct api *api, struct value request)
{
    struct value verb = value_member(request, "verb");
    const struct follower *follower = followers_find(value_member(request, "of"));

    if (value_is(verb, "follow") && count < MAX_FOLLOWERS) {
        follow(api, request);
        return true;
    }
    if (value_is(verb, "state") && follower != NULL) {
        show(follower, value_member(request, "id"));
        return true;
    }
    return false;
}

void followers_done(void)
{
    for (size_t i = 0; i < count; i++) {
        reflector_free(followers[i].reflector);
        cache_free(followers[i].cache);
    }
}

void follower_wrote(struct follower *follower, bool deleted, struct value object)
{
    struct value details = value_member(object, "details");
    struct error err = {0};

    if (follower == NULL) {
        return;
    }
    if (deleted) {
        /* A Status names no namespace: what the tests delete is in "media". */
        cache_forget(follower->cache, SLICE("media"), value_string(value_member(details, "name")),
                     value_string(value_member(details, "uid")));
    } else if (cache_wrote(follower->cache, object, &err) != 0) {
        (void)fprintf(stderr, "client_ask: %s\n", err.text);
        exit(1);
    }
}
