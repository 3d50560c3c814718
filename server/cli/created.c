/* SPDX-License-Identifier: Apache-2.0 */
#include "server/cli/created.h"

#include "lib/mesh/names.h"
#include "lib/pod/marks.h"
#include "lib/pod/template.h"
#include "lib/pod/typed.h"

#include <stdio.h>

enum { PLURAL_MAX = 256, VERSION_MAX = 128 };

/* Kubernetes' own kinds, and what CRDs do by default: none of them ends in a vowel and y but
 * Gateway.
 */
static const struct {
    const char *ending;
    size_t cut;
    const char *plural;
} plurals[] = {
    {"Endpoints", 0, ""}, {"ay", 0, "s"}, {"y", 1, "ies"}, {"s", 0, "es"}, {"", 0, "s"},
};

static char lower(char c)
{
    if (c >= 'A' && c <= 'Z') {
        return (char)(c + ('a' - 'A'));
    }
    return c;
}

struct slice created_plural(struct slice kind, char *out, size_t size)
{
    size_t at = 0;

    while (!slice_ends_with(kind, plurals[at].ending)) {
        at++;
    }
    struct slice stem = {kind.data, kind.len - plurals[at].cut};
    int len = snprintf(out, size, "%.*s%s", SLICE_ARGS(stem), plurals[at].plural);
    if (len < 0 || (size_t)len >= size) {
        return (struct slice){0};
    }
    for (char *c = out; *c != '\0'; c++) {
        *c = lower(*c);
    }
    return (struct slice){out, (size_t)len};
}

/* "networking.k8s.io/v1" cut in two; a version alone is of the core group. */
static struct kind kind_of(struct slice api_version, struct slice name)
{
    const char *slash =
        api_version.len == 0 ? NULL : memchr(api_version.data, '/', api_version.len);
    size_t group = slash == NULL ? 0 : (size_t)(slash - api_version.data);

    return (struct kind){
        .group = {api_version.data, group},
        .version = slash == NULL ? api_version : slice_after(api_version, group + 1),
        .name = name,
    };
}

/* Where kinds stood before their group had a name of its own. */
static const char *const groups_now[] = {"apps", "networking.k8s.io"};

static const char *const versions[] = {
    "v1",       "v2",       "v3",       "v1beta1", "v1beta2",  "v1beta3",
    "v1alpha1", "v1alpha2", "v1alpha3", "v2beta1", "v2alpha1",
};

static bool is_handled(const struct review *review)
{
    for (size_t i = 0; i < validators_count(); i++) {
        if (validators_at(i)->handles(review)) {
            return true;
        }
    }
    return false;
}

static void join_version(struct slice group, const char *version, char out[static VERSION_MAX])
{
    (void)snprintf(out, VERSION_MAX, "%.*s%s%s", CALLED(group), group.len > 0 ? "/" : "", version);
}

/* Would an object of this kind be judged in some version of the group? Writes which. */
static bool is_known_in(const struct review *review, struct slice group,
                        char known[static VERSION_MAX])
{
    struct review other = *review;

    other.kind.group = group;
    other.resource.group = group;
    for (size_t i = 0; i < COUNT_OF(versions); i++) {
        other.kind.version = slice_of(versions[i]);
        other.resource.version = other.kind.version;
        join_version(group, versions[i], known);
        if (is_handled(&other) || template_prefix(slice_of(known), review->kind.name) != NULL) {
            return true;
        }
    }
    return false;
}

static bool is_known(const struct review *review, char known[static VERSION_MAX])
{
    if (is_known_in(review, review->kind.group, known)) {
        return true;
    }
    for (size_t i = 0; slice_is(review->kind.group, "extensions") && i < COUNT_OF(groups_now);
         i++) {
        if (is_known_in(review, slice_of(groups_now[i]), known)) {
            return true;
        }
    }
    return false;
}

/* Nobody judges it: because there is nothing to judge, or because nobody knows this version? */
static void check_version(const struct created *created, const struct review *review,
                          struct findings *findings)
{
    char known[VERSION_MAX];

    if (template_prefix_of(created->value) == NULL && !is_handled(review) &&
        is_known(review, known)) {
        findings_warn(findings,
                      "not judged in this version: of this kind podveil knows %s. Write that one.",
                      known);
    }
}

bool created_is_policy(const struct object *object)
{
    return value_is(value_member(object->value, "kind"), "NetworkPolicy") &&
           value_is(value_member(object->value, "apiVersion"), "networking.k8s.io/v1");
}

const struct admin_kind *created_admin_kind(const struct object *object)
{
    char plural[PLURAL_MAX];
    struct slice kind = object_kind(object);
    struct slice version = value_string(value_member(object->value, "apiVersion"));

    return admin_kind_find(kind_of(version, kind).group,
                           created_plural(kind, plural, sizeof plural));
}

/* What is sent from namespaces that hold privacy pods alone (podveil.io/guarded). */
static const struct {
    const char *group;
    const char *resource;
} guarded[] = {
    {"networking.k8s.io", "networkpolicies"},       {"cilium.io", "ciliumnetworkpolicies"},
    {"crd.projectcalico.org", "networkpolicies"},   {"projectcalico.org", "networkpolicies"},
    {"security.istio.io", "authorizationpolicies"}, {"security.istio.io", "peerauthentications"},
    {"gateway.networking.k8s.io", "gateways"},
};

static bool is_guarded_kind(const struct review *review)
{
    for (size_t i = 0; i < COUNT_OF(guarded); i++) {
        if (slice_is(review->resource.group, guarded[i].group) &&
            slice_is(review->resource.name, guarded[i].resource)) {
            return true;
        }
    }
    return false;
}

/* Asked about in every namespace. */
static bool reaches_out(const struct review *review)
{
    const struct admin_kind *kind = admin_kind_find(review->resource.group, review->resource.name);

    return kind != NULL && admin_kind_reaches(kind, review->object);
}

/*
 * Would nobody ask about it, since its namespace holds no privacy pods? Only where that is known:
 * the labels are told, and no pod of the input is private there.
 */
static bool is_unasked(const struct job *job, const struct created *created,
                       const struct review *review)
{
    struct value labels = namespaces_labels(&job->namespaces, review->namespace);
    struct error unknown = {0};
    size_t pods = 0;

    /* The mesh's root namespace is asked about, wherever privacy pods are. */
    return is_guarded_kind(review) && !reaches_out(review) && value_exists(labels) &&
           !slice_is(review->namespace, MESH_ROOT_NAMESPACE) &&
           !value_is(value_member(labels, MARK_GUARDED), "true") &&
           !value_exists(value_member(labels, job->config->label)) &&
           cluster_count_pods(created->around, review->namespace, (struct slice){0},
                              (struct slice){0}, &pods, &unknown) == 0 &&
           pods == 0;
}

static const struct kind pod_kind = {{"", 0}, {"v1", 2}, {"Pod", 3}};
static const struct kind pod_resource = {{"", 0}, {"v1", 2}, {"pods", 4}};

int created_judge(const struct job *job, const struct created *created, struct findings *findings,
                  struct error *err)
{
    char plural[PLURAL_MAX];
    const struct object *object = created->object;
    struct slice kind = object_kind(object);
    struct slice api_version = value_string(value_member(object->value, "apiVersion"));
    bool is_namespace = slice_is(kind, "Namespace");
    struct review review = {
        .uid = SLICE("\"\""),
        .kind = kind_of(api_version, kind),
        .resource = kind_of(api_version, created_plural(kind, plural, sizeof plural)),
        .operation = OPERATION_CREATE,
        .name = object_name(object),
        .namespace = is_namespace ? object_name(object) : namespaces_of(&job->namespaces, object),
        .object = created->value,
    };
    const struct judgement judgement = {
        .ruleset = job->ruleset,
        .review = &review,
        .subject = created->subject,
        .around = created->around,
        .standing = created->standing,
        .home = created->home,
    };

    if (created->prefix != NULL && created->prefix[0] != '\0') {
        review.kind = pod_kind;
        review.resource = pod_resource;
        review.name = (struct slice){0};
        review.object = value_at(created->value, created->prefix);
    }
    if (is_unasked(job, created, &review)) {
        return 0;
    }
    check_version(created, &review, findings);
    return validators_check(&judgement, findings, err);
}
