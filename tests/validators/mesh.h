/* SPDX-License-Identifier: Apache-2.0 */
/* A mesh object as a manifest, judged as its creation, beside other objects or where nobody can be
 * asked for any. */
#ifndef TESTS_VALIDATORS_MESH_H
#define TESTS_VALIDATORS_MESH_H

#include "tests/base/support.h"
#include "tests/support/fixture.h"
#include "validators/validator.h"

#include <stdio.h>

struct mesh_case {
    const char *name;
    const char *object;
    const char *others; /* a list of objects; NULL: nobody to ask */
    enum reason want;
    const char *field;
    const char *says; /* in the denial, or in a warning; NULL: no warning */
};

static inline bool mesh_wants(const struct cluster_objects *wanted, struct value object)
{
    struct slice version = value_string(value_member(object, "apiVersion"));
    struct value metadata = value_member(object, "metadata");
    bool same_group = wanted->group.len == 0
                          ? memchr(version.data, '/', version.len) == NULL
                          : version.len > wanted->group.len &&
                                memcmp(version.data, wanted->group.data, wanted->group.len) == 0;

    return same_group && slice_equal(value_string(value_member(object, "kind")), wanted->kind) &&
           (wanted->namespace.len == 0 ||
            slice_equal(value_string(value_member(metadata, "namespace")), wanted->namespace)) &&
           (wanted->name.len == 0 ||
            slice_equal(value_string(value_member(metadata, "name")), wanted->name));
}

/* `place` is the list. */
static inline int mesh_visit(const void *place, const struct cluster_objects *wanted,
                             cluster_visitor *visitor, void *arg, struct error *err)
{
    struct value_iter iter = value_iter(*(const struct value *)place);
    struct slice key;
    struct value object;

    (void)err;
    while (value_next(&iter, &key, &object)) {
        struct slice namespace = value_string(value_get(object, "metadata", "namespace", NULL));
        if (mesh_wants(wanted, object) && !visitor(arg, namespace, object)) {
            break;
        }
    }
    return 0;
}

/* "ServiceEntry" to "serviceentries". */
static inline void mesh_plural(struct slice kind, char out[static 64])
{
    bool ies = slice_ends_with(kind, "y") && !slice_ends_with(kind, "ay");
    size_t len = kind.len - (ies ? 1 : 0);

    for (size_t i = 0; i < len; i++) {
        out[i] = ascii_lower(kind.data[i]);
    }
    (void)snprintf(out + len, 64 - len, "%s", ies ? "ies" : "s");
}

static inline void mesh_review(struct buf *out, const char *object_text, const char *old_text)
{
    AUTO(json) struct json doc = {0};
    char plural[64];

    fixture_parse(&doc, object_text);
    struct value object = value_root(&doc);
    struct slice version = value_string(value_member(object, "apiVersion"));
    struct slice kind = value_string(value_member(object, "kind"));
    struct value metadata = value_member(object, "metadata");
    const char *slash = memchr(version.data, '/', version.len);
    int group = slash == NULL ? 0 : (int)(slash - version.data);

    mesh_plural(kind, plural);
    version = slice_after(version, slash == NULL ? 0 : (size_t)group + 1);
    buf_printf(
        out,
        "{\"apiVersion\":\"admission.k8s.io/v1\",\"kind\":\"AdmissionReview\",\"request\":"
        "{\"uid\":\"u\",\"kind\":{\"group\":\"%.*s\",\"version\":\"%.*s\",\"kind\":\"%.*s\"},"
        "\"resource\":{\"group\":\"%.*s\",\"version\":\"%.*s\",\"resource\":\"%s\"},"
        "\"name\":\"n\",\"namespace\":\"%.*s\",\"operation\":\"%s\",\"object\":%s,"
        "\"oldObject\":%s}}",
        group, value_string(value_member(object, "apiVersion")).data, SLICE_ARGS(version),
        SLICE_ARGS(kind), group, value_string(value_member(object, "apiVersion")).data,
        SLICE_ARGS(version), plural, SLICE_ARGS(value_string(value_member(metadata, "namespace"))),
        old_text == NULL ? "CREATE" : "UPDATE", object_text, old_text == NULL ? "null" : old_text);
}

/* What every validator finds, under that configuration. */
static inline struct findings mesh_judge_review(const char *text, const char *config,
                                                const struct cluster_view *around)
{
    AUTO(ruleset) const struct ruleset *ruleset = fixture_ruleset(config);
    AUTO(json) struct json doc = {0};
    struct error err = {0};
    struct review review = {0};
    struct findings findings;

    fixture_parse(&doc, text);
    cr_assert_eq(review_parse(&review, value_root(&doc), &err), 0, "%s in %s", err.text, text);
    findings_init(&findings, ruleset->config);
    const struct judgement judgement = {.ruleset = ruleset, .review = &review, .around = around};
    cr_assert_eq(validators_check(&judgement, &findings, &err), 0, "%s", err.text);
    findings.config = NULL;
    return findings;
}

static inline struct findings mesh_judge_as(const char *object, const char *old_object,
                                            const char *others, const char *config)
{
    AUTO(buf) struct buf review = {0};
    AUTO(json) struct json doc = {0};

    buf_init(&review, JSON_MAX_TEXT);
    mesh_review(&review, object, old_object);
    fixture_parse(&doc, others == NULL ? "[]" : others);
    const struct value list = value_root(&doc);
    const struct cluster_view around = {.place = &list, .visit = mesh_visit};
    return mesh_judge_review(buf_cstr(&review), config, others == NULL ? NULL : &around);
}

static inline void mesh_check(const struct mesh_case *c)
{
    struct findings findings = mesh_judge_as(c->object, NULL, c->others, FIXTURE_EXAMPLE);
    bool said = c->says == NULL;

    cr_assert_str_eq(reason_name(findings.denied), reason_name(c->want), "%s: %s", c->name,
                     findings.message);
    cr_assert_str_eq(findings.field, c->field, "%s: %s", c->name, findings.message);
    for (size_t i = 0; i < findings.warning_count; i++) {
        cr_assert_not_null(c->says, "%s: %s", c->name, findings.warnings[i]);
        said = said || strstr(findings.warnings[i], c->says) != NULL;
    }
    said = said || strstr(findings.message, c->says) != NULL;
    cr_assert(said, "%s: %s; %zu warnings, %s", c->name, findings.message, findings.warning_count,
              findings.warnings[0]);
}

#define AUTHZ(namespace, spec)                                                                     \
    "{\"apiVersion\":\"security.istio.io/v1\",\"kind\":\"AuthorizationPolicy\",\"metadata\":"      \
    "{\"name\":\"n\",\"namespace\":\"" namespace "\"},\"spec\":" spec "}"
#define ENTRY(kind, labels, spec)                                                                  \
    "{\"apiVersion\":\"networking.istio.io/v1\",\"kind\":\"" kind "\",\"metadata\":{\"name\":"     \
    "\"n\",\"namespace\":\"tools\",\"labels\":" labels "},\"spec\":" spec "}"
#define APP "\"selector\":{\"matchLabels\":{\"app\":\"sabnzbd\"}}"
#define PEER "\"from\":[{\"source\":{\"principals\":[\"cluster.local/ns/media/sa/sonarr\"]}}]"
#define TO_SERVICE "\"targetRefs\":[{\"kind\":\"Service\",\"group\":\"\",\"name\":\"sabnzbd\"}]"
#define POST "\"to\":[{\"operation\":{\"methods\":[\"POST\"]}}]"

#endif
