/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/controller/stand_in_store.h"

#include "tests/controller/stand_in.h"
#include "tests/controller/stand_in_merge.h"

#include <stdio.h>

struct stored {
    const char *plural;
    cJSON *object;
    struct stored *next;
};

static struct stored *objects; /* in the order in which they were made */
static unsigned version = 10;
static struct store_event events[STAND_IN_EVENTS];
static size_t event_count;

/* ---- Objects ---- */

static const char *text_of(const cJSON *object, const char *key)
{
    const cJSON *item =
        cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(object, "metadata"), key);

    return cJSON_IsString(item) ? item->valuestring : "";
}

static void set_text(cJSON *object, const char *key, const char *value)
{
    cJSON *metadata = cJSON_GetObjectItemCaseSensitive(object, "metadata");

    if (metadata == NULL) {
        metadata = cJSON_AddObjectToObject(object, "metadata");
    }
    cJSON_DeleteItemFromObjectCaseSensitive(metadata, key);
    (void)cJSON_AddStringToObject(metadata, key, value);
}

static struct stored **find(const char *plural, const char *namespace, const char *name)
{
    struct stored **at = &objects;

    while (*at != NULL && !(strcmp((*at)->plural, plural) == 0 &&
                            strcmp(text_of((*at)->object, "namespace"), namespace) == 0 &&
                            strcmp(text_of((*at)->object, "name"), name) == 0)) {
        at = &(*at)->next;
    }
    return at;
}

static const char *label_of(const cJSON *object, const char *key)
{
    const cJSON *labels = cJSON_GetObjectItemCaseSensitive(
        cJSON_GetObjectItemCaseSensitive(object, "metadata"), "labels");
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(labels, key);

    return cJSON_IsString(item) ? item->valuestring : NULL;
}

static char *copy_of(const char *text)
{
    return text == NULL ? NULL : strdup(text);
}

static void tell(const char *type, const struct stored *stored)
{
    struct store_event *event = &events[event_count % STAND_IN_EVENTS];
    char *object = cJSON_PrintUnformatted(stored->object);
    size_t size = strlen(object) + 64;

    if (event_count++ >= STAND_IN_EVENTS) {
        abort();
    }
    *event = (struct store_event){
        .plural = stored->plural,
        .version = version,
        .line = malloc(size),
        .namespace = strdup(text_of(stored->object, "namespace")),
        .name = strdup(text_of(stored->object, "name")),
        .gateway = copy_of(label_of(stored->object, "podveil.io/gateway")),
    };
    (void)snprintf(event->line, size, "{\"type\":\"%s\",\"object\":%s}\n", type, object);
    cJSON_free(object);
}

/* A new version of it, which the watches are told. */
static void stamp(struct stored *stored, const char *type)
{
    char text[32];

    version++;
    (void)snprintf(text, sizeof text, "%u", version);
    set_text(stored->object, "resourceVersion", text);
    if (text_of(stored->object, "uid")[0] == '\0') {
        (void)snprintf(text, sizeof text, "uid-%u", version);
        set_text(stored->object, "uid", text);
    }
    tell(type, stored);
}

/* Takes the object over. */
static struct stored *add(const char *plural, cJSON *object)
{
    struct stored **end = &objects;
    struct stored *stored = calloc(1, sizeof *stored);

    while (*end != NULL) {
        end = &(*end)->next;
    }
    *stored = (struct stored){.plural = strdup(plural), .object = object};
    *end = stored;
    stamp(stored, "ADDED");
    return stored;
}

static void remove_at(struct stored **at)
{
    struct stored *gone = *at;

    *at = gone->next;
    stamp(gone, "DELETED");
    cJSON_Delete(gone->object);
    free(gone); /* its resource's name is the events' too */
}

void store_put(const char *plural, const char *json)
{
    cJSON *object = cJSON_Parse(json);

    if (object == NULL) {
        abort();
    }
    struct stored **at = find(plural, text_of(object, "namespace"), text_of(object, "name"));
    if (*at == NULL) {
        (void)add(plural, object);
        return;
    }
    if (text_of(object, "uid")[0] == '\0') {
        set_text(object, "uid", text_of((*at)->object, "uid"));
    }
    cJSON_Delete((*at)->object);
    (*at)->object = object;
    stamp(*at, "MODIFIED");
}

void store_drop(const char *plural, const char *namespace, const char *name)
{
    struct stored **at = find(plural, namespace, name);

    if (*at != NULL) {
        remove_at(at);
    }
}

void store_clear(void)
{
    while (objects != NULL) {
        remove_at(&objects);
    }
}

char *store_get(const char *plural, const char *namespace, const char *name)
{
    struct stored **at = find(plural, namespace, name);

    return *at != NULL ? cJSON_PrintUnformatted((*at)->object) : NULL;
}

/* ---- Requests ---- */

struct store_reply store_status(long code)
{
    const char *reason = code == 404   ? "NotFound"
                         : code == 409 ? "Conflict"
                         : code == 403 ? "Forbidden"
                                       : "InternalError";
    struct store_reply reply = {.code = code, .text = malloc(256)};

    (void)snprintf(reply.text, 256,
                   "{\"kind\":\"Status\",\"code\":%ld,\"reason\":\"%s\",\"message\":\"because\"}",
                   code, reason);
    return reply;
}

static struct store_reply show(const cJSON *object)
{
    return (struct store_reply){.code = 200, .text = cJSON_PrintUnformatted(object)};
}

/* "a", "!a", "a=b" or "a!=b", and the label's value or NULL. */
static bool holds(const char *term, const cJSON *object)
{
    char key[300];
    const char *equals = strchr(term, '=');
    size_t len = strcspn(term + (term[0] == '!' ? 1 : 0), "!=,");

    (void)snprintf(key, sizeof key, "%.*s", (int)len, term + (term[0] == '!' ? 1 : 0));
    const char *label = label_of(object, key);
    if (equals == NULL || equals > strchrnul(term, ',')) {
        return (label == NULL) == (term[0] == '!');
    }
    size_t want = strcspn(equals + 1, ",");
    bool same = label != NULL && strlen(label) == want && strncmp(label, equals + 1, want) == 0;
    return same != (equals[-1] == '!');
}

static bool is_selected(const struct api_request *request, const cJSON *object)
{
    static const char by_name[] = "metadata.name=";
    const char *fields = request->field_selector != NULL ? request->field_selector : "";
    const char *term = request->label_selector != NULL ? request->label_selector : "";

    if (strncmp(fields, by_name, sizeof by_name - 1) == 0 &&
        strcmp(fields + sizeof by_name - 1, text_of(object, "name")) != 0) {
        return false;
    }
    for (; term[0] != '\0'; term = strchrnul(term, ',') + (strchr(term, ',') != NULL ? 1 : 0)) {
        if (!holds(term, object)) {
            return false;
        }
    }
    return request->namespace == NULL || request->namespace[0] == '\0' ||
           strcmp(request->namespace, text_of(object, "namespace")) == 0;
}

static struct store_reply list(const struct api_request *request)
{
    cJSON *answer = cJSON_CreateObject();
    char text[32];

    (void)snprintf(text, sizeof text, "%u", version);
    (void)cJSON_AddStringToObject(answer, "kind", "List");
    set_text(answer, "resourceVersion", text);
    cJSON *items = cJSON_AddArrayToObject(answer, "items");
    for (const struct stored *at = objects; at != NULL; at = at->next) {
        if (strcmp(at->plural, request->resource->plural) == 0 &&
            is_selected(request, at->object)) {
            (void)cJSON_AddItemToArray(items, cJSON_Duplicate(at->object, true));
        }
    }
    struct store_reply reply = show(answer);
    cJSON_Delete(answer);
    return reply;
}

/* Is it bound to another version, or another object, than is there? */
static bool conflicts(const cJSON *wanted, const cJSON *there)
{
    const char *bound = text_of(wanted, "resourceVersion");
    const char *uid = text_of(wanted, "uid");

    if (there == NULL) {
        return bound[0] != '\0' || uid[0] != '\0';
    }
    return (bound[0] != '\0' && strcmp(bound, text_of(there, "resourceVersion")) != 0) ||
           (uid[0] != '\0' && strcmp(uid, text_of(there, "uid")) != 0);
}

static struct store_reply make(const struct api_request *request, cJSON *object)
{
    char name[64];

    if (text_of(object, "name")[0] == '\0') {
        (void)snprintf(name, sizeof name, "%s%u", text_of(object, "generateName"), version + 1);
        set_text(object, "name", name);
    }
    if (request->verb == API_APPLY) {
        merge_own(object);
    }
    if (request->dry_run) {
        struct store_reply reply = show(object);
        cJSON_Delete(object);
        return reply;
    }
    return show(add(request->resource->plural, object)->object);
}

static struct store_reply change(const struct api_request *request, struct stored *stored,
                                 const cJSON *wanted)
{
    cJSON *object = cJSON_Duplicate(request->verb == API_REPLACE ? wanted : stored->object, true);

    if (request->verb == API_MERGE) {
        merge_patch(object, wanted);
    } else if (request->verb == API_APPLY) {
        merge_apply(object, wanted);
    } else {
        set_text(object, "uid", text_of(stored->object, "uid"));
    }
    if (request->dry_run || cJSON_Compare(object, stored->object, true)) {
        struct store_reply reply = show(object);
        cJSON_Delete(object);
        return reply;
    }
    cJSON_Delete(stored->object);
    stored->object = object;
    stamp(stored, "MODIFIED");
    return show(object);
}

static struct store_reply write_object(const struct api_request *request, struct stored *stored)
{
    char *text = strndup(request->body.data, request->body.len);
    cJSON *wanted = cJSON_Parse(text);
    struct store_reply reply = {0};

    free(text);
    if (wanted == NULL) {
        return store_status(400);
    }
    bool makes = request->verb == API_CREATE || request->verb == API_APPLY;
    if (stored == NULL && !makes) {
        reply = store_status(404);
    } else if (stored != NULL && request->verb == API_CREATE) {
        reply = store_status(409);
    } else if (conflicts(wanted, stored != NULL ? stored->object : NULL)) {
        reply = store_status(409);
    } else if (stored != NULL) {
        reply = change(request, stored, wanted);
    } else {
        return make(request, wanted);
    }
    cJSON_Delete(wanted);
    return reply;
}

static struct store_reply erase(const struct api_request *request, struct stored **at)
{
    const char *bound = request->resource_version;
    const char *uid = request->uid;

    if (*at == NULL) {
        return store_status(404);
    }
    if ((bound != NULL && strcmp(bound, text_of((*at)->object, "resourceVersion")) != 0) ||
        (uid != NULL && strcmp(uid, text_of((*at)->object, "uid")) != 0)) {
        return store_status(409);
    }
    struct store_reply reply = show((*at)->object);
    if (!request->dry_run) {
        remove_at(at);
    }
    return reply;
}

/* Whose name stands in the body alone. */
static struct stored **find_created(const struct api_request *request)
{
    char *text = strndup(request->body.data, request->body.len);
    cJSON *wanted = cJSON_Parse(text);
    struct stored **at =
        find(request->resource->plural, text_of(wanted, "namespace"), text_of(wanted, "name"));

    free(text);
    cJSON_Delete(wanted);
    return at;
}

/* An object is stored under the path, or there are no API groups. */
static struct store_reply serve_raw(const struct api_request *request)
{
    struct stored **at = find(request->resource->plural, "", "");

    return *at != NULL ? show((*at)->object) : (struct store_reply){200, strdup("{\"groups\":[]}")};
}

struct store_reply store_serve(const struct api_request *request)
{
    if (request->verb == API_RAW) {
        return serve_raw(request);
    }
    if (request->verb == API_LIST) {
        return list(request);
    }
    struct stored **at =
        request->verb == API_CREATE
            ? find_created(request)
            : find(request->resource->plural, request->namespace != NULL ? request->namespace : "",
                   request->name);
    if (request->verb == API_GET) {
        return *at != NULL ? show((*at)->object) : store_status(404);
    }
    return request->verb == API_DELETE ? erase(request, at) : write_object(request, *at);
}

/* ---- Watches ---- */

static bool is_told(const struct api_request *request, const struct store_event *event)
{
    static const char by_name[] = "metadata.name=";
    const char *fields = request->field_selector != NULL ? request->field_selector : "";
    bool by_label = request->label_selector != NULL && request->label_selector[0] != '\0';

    return strcmp(event->plural, request->resource->plural) == 0 &&
           (!by_label || event->gateway != NULL) &&
           (request->namespace == NULL || request->namespace[0] == '\0' ||
            strcmp(request->namespace, event->namespace) == 0) &&
           (strncmp(fields, by_name, sizeof by_name - 1) != 0 ||
            strcmp(fields + sizeof by_name - 1, event->name) == 0);
}

size_t store_after(const char *text)
{
    unsigned long bound = strtoul(text, NULL, 10);
    size_t at = 0;

    while (at < event_count && events[at].version <= bound) {
        at++;
    }
    return at;
}

const struct store_event *store_next(size_t *at, const struct api_request *request)
{
    while (*at < event_count && !is_told(request, &events[*at])) {
        (*at)++;
    }
    return *at < event_count ? &events[*at] : NULL;
}
