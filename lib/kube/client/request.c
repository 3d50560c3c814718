/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/kube/client/request.h"

#include "lib/kube/build.h"

enum { MAX_BODY = 8388608, MAX_NAME = 253 };

static const struct verb {
    const char *method;
    const char *media;
    const char *word;
    bool named;
    bool writes;
    bool repeats;
} verbs[] = {
    [API_GET] = {"GET", NULL, "get", true, false, true},
    [API_LIST] = {"GET", NULL, "list", false, false, true},
    [API_WATCH] = {"GET", NULL, "watch", false, false, false},
    [API_APPLY] = {"PATCH", "application/apply-patch+yaml", "apply", true, true, true},
    [API_MERGE] = {"PATCH", "application/merge-patch+json", "patch", true, true, true},
    [API_CREATE] = {"POST", "application/json", "create", false, true, false},
    [API_REPLACE] = {"PUT", "application/json", "update", true, true, true},
    [API_DELETE] = {"DELETE", "application/json", "delete", true, true, true},
    [API_RAW] = {"GET", NULL, "get", false, false, true},
};

bool api_verb_writes(enum api_verb verb)
{
    return verbs[verb].writes;
}

bool api_verb_repeats(enum api_verb verb)
{
    return verbs[verb].repeats;
}

const char *api_verb_method(enum api_verb verb)
{
    return verbs[verb].method;
}

const char *api_verb_media(enum api_verb verb)
{
    return verbs[verb].media;
}

static bool is_given(const char *text)
{
    return text != NULL && text[0] != '\0';
}

/* One step of a path, and nothing that a server could take for another one. */
static int check_step(const char *what, const char *text, struct error *err)
{
    if (strlen(text) > MAX_NAME || strcmp(text, ".") == 0 || strcmp(text, "..") == 0 ||
        strchr(text, '/') != NULL || strchr(text, '%') != NULL) {
        return error_set(err, ERR_MALFORMED, "no %s of an object: \"%.100s\"", what, text);
    }
    return 0;
}

static int check_place(const struct api_request *request, struct error *err)
{
    bool needs_namespace = verbs[request->verb].named || request->verb == API_CREATE;

    if (request->resource == NULL) {
        return error_set(err, ERR_MALFORMED, "a request without a resource");
    }
    if (verbs[request->verb].named != is_given(request->name)) {
        return error_set(err, ERR_MALFORMED, "%s %s: a name is %s", verbs[request->verb].word,
                         request->resource->plural,
                         verbs[request->verb].named ? "missing" : "too much");
    }
    if (is_given(request->namespace) ? !request->resource->namespaced
                                     : request->resource->namespaced && needs_namespace) {
        return error_set(err, ERR_MALFORMED, "%s %s: a namespace is %s", verbs[request->verb].word,
                         request->resource->plural,
                         request->resource->namespaced ? "missing" : "too much");
    }
    if (is_given(request->name) && check_step("name", request->name, err) != 0) {
        return -1;
    }
    return is_given(request->namespace) ? check_step("namespace", request->namespace, err) : 0;
}

int api_request_check(const struct api_request *request, struct error *err)
{
    bool has_body = verbs[request->verb].media != NULL && request->verb != API_DELETE;

    if (request->deadline_ms == 0) {
        return error_set(err, ERR_MALFORMED, "a request without a deadline");
    }
    if (request->body.len > MAX_BODY) {
        return error_set(err, ERR_TOO_LARGE, "a body of more than %d bytes", MAX_BODY);
    }
    if (has_body != (request->body.len > 0)) {
        return error_set(err, ERR_MALFORMED, "%s: a body is %s", verbs[request->verb].word,
                         has_body ? "missing" : "too much");
    }
    if (request->verb == API_RAW) {
        return is_given(request->raw_path) && request->raw_path[0] == '/'
                   ? 0
                   : error_set(err, ERR_MALFORMED, "a path without a slash");
    }
    return check_place(request, err);
}

/* Everything but what RFC 3986 2.3 calls unreserved. */
static void percent(struct buf *out, const char *text)
{
    static const char plain[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

    for (; *text != '\0'; text++) {
        if (strchr(plain, *text) != NULL) {
            buf_char(out, *text);
        } else {
            buf_printf(out, "%%%02X", (unsigned)(unsigned char)*text);
        }
    }
}

static void step(struct buf *out, const char *text)
{
    if (is_given(text)) {
        buf_char(out, '/');
        percent(out, text);
    }
}

static void query(struct buf *out, char *separator, const char *name, const char *value)
{
    if (is_given(value)) {
        buf_char(out, *separator);
        buf_text(out, name);
        buf_char(out, '=');
        percent(out, value);
        *separator = '&';
    }
}

static void query_number(struct buf *out, char *separator, const char *name, unsigned value)
{
    if (value > 0) {
        buf_printf(out, "%c%s=%u", *separator, name, value);
        *separator = '&';
    }
}

static void add_path(const struct api_request *request, struct buf *out)
{
    const struct resource *resource = request->resource;

    buf_text(out, is_given(resource->group) ? "/apis" : "/api");
    step(out, resource->group);
    step(out, resource->version);
    if (is_given(request->namespace)) {
        step(out, "namespaces");
        step(out, request->namespace);
    }
    step(out, resource->plural);
    step(out, request->name);
}

void api_request_target(const struct api_request *request, const char *field_manager,
                        struct buf *out)
{
    enum api_verb verb = request->verb;
    char separator = '?';

    if (verb == API_RAW) {
        buf_text(out, request->raw_path);
        return;
    }
    add_path(request, out);
    if (verb == API_LIST || verb == API_WATCH) {
        query(out, &separator, "labelSelector", request->label_selector);
        query(out, &separator, "fieldSelector", request->field_selector);
        query_number(out, &separator, "limit", request->limit);
        query(out, &separator, "continue", request->continue_token);
    }
    if (verb == API_WATCH) {
        query(out, &separator, "watch", "1");
        query(out, &separator, "allowWatchBookmarks", "true");
        query(out, &separator, "resourceVersion", request->resource_version);
        query_number(out, &separator, "timeoutSeconds", request->watch_seconds);
    }
    if (verbs[verb].writes && verb != API_DELETE) {
        query(out, &separator, "fieldManager", field_manager);
    }
    query(out, &separator, "force", verb == API_APPLY && request->force ? "true" : NULL);
    query(out, &separator, "dryRun", verbs[verb].writes && request->dry_run ? "All" : NULL);
}

static int delete_options(const struct api_request *request, struct buf *out, struct error *err)
{
    AUTO(build) struct build *options = build_object();

    (void)build_set(options, "kind", build_text("DeleteOptions"));
    (void)build_set(options, "apiVersion", build_text("v1"));
    (void)build_set(options, "propagationPolicy", build_text("Background"));
    if (is_given(request->uid) || is_given(request->resource_version)) {
        struct build *bound = build_set(options, "preconditions", build_object());
        if (is_given(request->uid)) {
            (void)build_set(bound, "uid", build_text(request->uid));
        }
        if (is_given(request->resource_version)) {
            (void)build_set(bound, "resourceVersion", build_text(request->resource_version));
        }
    }
    return build_encode(options, out, err);
}

int api_request_body(const struct api_request *request, struct buf *out, struct error *err)
{
    if (request->verb == API_DELETE) {
        return delete_options(request, out, err);
    }
    buf_slice(out, request->body);
    return buf_check(out, err);
}

void api_request_show(const struct api_request *request, struct buf *out)
{
    buf_printf(out, "%s ", verbs[request->verb].word);
    if (request->verb == API_RAW) {
        buf_text(out, request->raw_path);
        return;
    }
    buf_text(out, request->resource->plural);
    if (is_given(request->namespace) || is_given(request->name)) {
        buf_char(out, ' ');
    }
    if (is_given(request->namespace)) {
        buf_printf(out, "%s/", request->namespace);
    }
    buf_text(out, is_given(request->name) ? request->name : "");
}
