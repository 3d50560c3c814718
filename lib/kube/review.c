/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/kube/review.h"

#include "lib/kube/review_kinds.h"
#include "lib/kube/utf8.h"

#include <stdio.h>

enum { UID_MAX = 128 }; /* the API server's are UUIDs */

/* ---- Fields ---- */

static bool has_nul(struct slice text)
{
    return text.len > 0 && memchr(text.data, '\0', text.len) != NULL;
}

/* A string member of `parent`, which stands at `path`; null is no string that is set. */
static int read_string(struct value parent, const char *path, const char *name, struct slice *out,
                       struct error *err)
{
    struct value v = value_member(parent, name);

    if (value_is_set(v) && (value_kind(v) != JSON_STRING || has_nul(value_string(v)))) {
        return error_set(err, ERR_MALFORMED, "%s.%s is no string of text", path, name);
    }
    *out = value_string(v);
    return 0;
}

static int need_string(struct value parent, const char *path, const char *name, struct slice *out,
                       struct error *err)
{
    if (read_string(parent, path, name, out, err) != 0) {
        return -1;
    }
    return out->data != NULL ? 0 : error_set(err, ERR_MALFORMED, "%s.%s is missing", path, name);
}

/* A member that is an object, or null or absent. */
static int read_object(struct value parent, const char *path, const char *name, struct value *out,
                       struct error *err)
{
    struct value v = value_member(parent, name);

    if (value_is_set(v) && value_kind(v) != JSON_OBJECT) {
        return error_set(err, ERR_MALFORMED, "%s.%s is no object", path, name);
    }
    *out = value_is_set(v) ? v : VALUE_ABSENT;
    return 0;
}

/* {group, version, kind} or {group, version, resource}; `last` is how the third is called. */
static int read_kind(struct value parent, const char *path, const char *last, struct kind *out,
                     struct error *err)
{
    if (need_string(parent, path, "group", &out->group, err) != 0 ||
        need_string(parent, path, "version", &out->version, err) != 0) {
        return -1;
    }
    return need_string(parent, path, last, &out->name, err);
}

static int read_user(struct value request, struct slice *username, struct error *err)
{
    struct value user = VALUE_ABSENT;
    struct value extra = VALUE_ABSENT;
    struct value group = VALUE_ABSENT;
    struct slice text = {0};

    if (read_object(request, "request", "userInfo", &user, err) != 0 ||
        read_string(user, "request.userInfo", "username", username, err) != 0 ||
        read_string(user, "request.userInfo", "uid", &text, err) != 0 ||
        read_object(user, "request.userInfo", "extra", &extra, err) != 0) {
        return -1;
    }
    struct value groups = value_member(user, "groups");
    bool good = !value_is_set(groups) || value_kind(groups) == JSON_ARRAY;
    for (struct value_iter iter = value_iter(groups); good && value_next(&iter, &text, &group);) {
        good = value_kind(group) == JSON_STRING;
    }
    return good ? 0
                : error_set(err, ERR_MALFORMED, "request.userInfo.groups is no array of strings");
}

/* Fields that podveil reads nothing from: of the right type all the same. */
static int check_others(struct value request, struct error *err)
{
    struct value v = VALUE_ABSENT;
    struct slice text = {0};
    struct kind kind;

    if (read_object(request, "request", "options", &v, err) != 0 ||
        read_string(request, "request", "requestSubResource", &text, err) != 0 ||
        read_object(request, "request", "requestKind", &v, err) != 0 ||
        (value_exists(v) && read_kind(v, "request.requestKind", "kind", &kind, err) != 0) ||
        read_object(request, "request", "requestResource", &v, err) != 0 ||
        (value_exists(v) && read_kind(v, "request.requestResource", "resource", &kind, err) != 0)) {
        return -1;
    }
    return 0;
}

static int read_operation(struct value request, enum operation *out, struct error *err)
{
    static const char *const names[] = {
        [OPERATION_CREATE] = "CREATE",
        [OPERATION_UPDATE] = "UPDATE",
        [OPERATION_DELETE] = "DELETE",
        [OPERATION_CONNECT] = "CONNECT",
    };
    struct slice text = {0};

    if (need_string(request, "request", "operation", &text, err) != 0) {
        return -1;
    }
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        if (slice_is(text, names[i])) {
            *out = (enum operation)i;
            return 0;
        }
    }
    return error_set(err, ERR_MALFORMED,
                     "request.operation is none of CREATE, UPDATE, DELETE and CONNECT");
}

static int read_fields(struct review *review, struct value request, struct error *err)
{
    struct value kind = VALUE_ABSENT;
    struct value resource = VALUE_ABSENT;
    struct value dry_run = value_member(request, "dryRun");

    if (read_object(request, "request", "kind", &kind, err) != 0 ||
        read_kind(kind, "request.kind", "kind", &review->kind, err) != 0 ||
        read_object(request, "request", "resource", &resource, err) != 0 ||
        read_kind(resource, "request.resource", "resource", &review->resource, err) != 0 ||
        read_operation(request, &review->operation, err) != 0) {
        return -1;
    }
    if (read_string(request, "request", "subResource", &review->subresource, err) != 0 ||
        read_string(request, "request", "name", &review->name, err) != 0 ||
        read_string(request, "request", "namespace", &review->namespace, err) != 0 ||
        read_user(request, &review->username, err) != 0 ||
        read_object(request, "request", "object", &review->object, err) != 0 ||
        read_object(request, "request", "oldObject", &review->old_object, err) != 0) {
        return -1;
    }
    if (value_is_set(dry_run) && value_kind(dry_run) != JSON_BOOL) {
        return error_set(err, ERR_MALFORMED, "request.dryRun is neither true nor false");
    }
    review->dry_run = value_is_true(dry_run);
    return check_others(request, err);
}

/* ---- Objects ---- */

/* CREATE has an object, DELETE an old one, UPDATE both. */
static int check_presence(const struct review *review, struct error *err)
{
    enum operation operation = review->operation;
    bool object = operation == OPERATION_CREATE || operation == OPERATION_UPDATE;
    bool old_object = operation == OPERATION_UPDATE || operation == OPERATION_DELETE;

    if (object && !value_exists(review->object)) {
        return error_set(err, ERR_MALFORMED, "request.object is missing");
    }
    if (old_object && !value_exists(review->old_object)) {
        return error_set(err, ERR_MALFORMED, "request.oldObject is missing");
    }
    return 0;
}

static int check_namespace(const struct review *review, struct value object, const char *path,
                           struct error *err)
{
    struct value metadata = VALUE_ABSENT;
    struct slice namespace = {0};
    char metadata_path[64];

    (void)snprintf(metadata_path, sizeof metadata_path, "%s.metadata", path);
    if (read_object(object, path, "metadata", &metadata, err) != 0 ||
        read_string(metadata, metadata_path, "namespace", &namespace, err) != 0) {
        return -1;
    }
    if (namespace.len > 0 && !slice_equal(namespace, review->namespace)) {
        return error_set(err, ERR_MALFORMED, "%s.namespace is not request.namespace",
                         metadata_path);
    }
    return 0;
}

static int check_object(const struct review *review, struct value object, const char *path,
                        struct error *err)
{
    if (!value_exists(object)) {
        return 0;
    }
    if (review_check_object(review, object, path, err) != 0) {
        return -1;
    }
    return check_namespace(review, object, path, err);
}

/* ---- The envelope ---- */

/* What is echoed and logged shows as what it is. */
static bool is_printable(struct slice text)
{
    size_t len = 0;

    for (; text.len > 0; text = slice_after(text, len)) {
        bool plain = text.data[0] >= ' ' && text.data[0] <= '~';
        len = plain ? 1 : utf8_length(text.data, text.len);
        if (len == 0 || (!plain && !utf8_prints(utf8_code(text.data, len)))) {
            return false;
        }
    }
    return true;
}

int review_uid(struct value root, struct slice *uid, struct error *err)
{
    struct value request = value_member(root, "request");
    struct value v = value_member(request, "uid");
    struct slice text = value_string(v);

    if (!value_is(value_member(root, "apiVersion"), "admission.k8s.io/v1") ||
        !value_is(value_member(root, "kind"), "AdmissionReview")) {
        return error_set(err, ERR_MALFORMED, "this is no AdmissionReview of admission.k8s.io/v1");
    }
    if (value_kind(request) != JSON_OBJECT) {
        return error_set(err, ERR_MALFORMED, "the AdmissionReview has no request");
    }
    if (text.len == 0 || text.len > UID_MAX || !is_printable(text)) {
        return error_set(err, ERR_MALFORMED,
                         "request.uid is no string of 1 to %d bytes that can be printed", UID_MAX);
    }
    *uid = value_raw(v);
    return 0;
}

int review_parse(struct review *review, struct value root, struct error *err)
{
    struct review draft = {0};

    if (review_uid(root, &draft.uid, err) != 0 ||
        read_fields(&draft, value_member(root, "request"), err) != 0 ||
        review_check_kind(&draft, err) != 0 || check_presence(&draft, err) != 0 ||
        check_object(&draft, draft.object, "request.object", err) != 0 ||
        check_object(&draft, draft.old_object, "request.oldObject", err) != 0) {
        return -1;
    }
    *review = draft;
    return 0;
}

bool kind_is(const struct kind *kind, const char *group, const char *version, const char *name)
{
    return slice_is(kind->group, group) && slice_is(kind->version, version) &&
           slice_is(kind->name, name);
}
