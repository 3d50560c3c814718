/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/kube/review.h"
#include "tests/kube/support.h"

#include <glob.h>

/* ---- The request ---- */

#define POD_KIND "\"kind\":{\"group\":\"\",\"version\":\"v1\",\"kind\":\"Pod\"}"
#define POD_RESOURCE "\"resource\":{\"group\":\"\",\"version\":\"v1\",\"resource\":\"pods\"}"
#define POD POD_KIND "," POD_RESOURCE
#define POD_OBJECT "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"namespace\":\"media\"}}"
#define CREATE "\"operation\":\"CREATE\",\"namespace\":\"media\",\"object\":" POD_OBJECT
#define GVK(group, version, kind)                                                                  \
    "\"kind\":{\"group\":\"" group "\",\"version\":\"" version "\",\"kind\":\"" kind "\"}"
#define GVR(group, version, resource)                                                              \
    "\"resource\":{\"group\":\"" group "\",\"version\":\"" version "\",\"resource\":\"" resource   \
    "\"}"

struct request {
    const char *name;
    const char *fields; /* of the request, behind its uid */
    const char *want;   /* NULL: read */
};

static const struct request requests[] = {
    {"a pod", POD "," CREATE, NULL},
    {"unknown fields", POD "," CREATE ",\"new\":{\"x\":1}", NULL},
    {"optional fields that are null",
     POD "," CREATE ",\"name\":null,\"subResource\":null,\"dryRun\":null,\"oldObject\":null,"
         "\"options\":null,\"userInfo\":null,\"requestKind\":null,\"requestResource\":null",
     NULL},
    {"everything set",
     POD "," CREATE ",\"name\":\"\",\"subResource\":\"\",\"dryRun\":true,\"options\":{},"
         "\"requestKind\":{\"group\":\"\",\"version\":\"v1\",\"kind\":\"Pod\"},"
         "\"requestResource\":{\"group\":\"\",\"version\":\"v1\",\"resource\":\"pods\"},"
         "\"requestSubResource\":\"\",\"userInfo\":{\"username\":\"u\",\"uid\":\"i\","
         "\"groups\":[\"g\"],\"extra\":{\"k\":[\"v\"]}}",
     NULL},

    /* Types */
    {"no kind", POD_RESOURCE "," CREATE, "request.kind.group is missing"},
    {"a kind that is a string", "\"kind\":\"Pod\"," POD_RESOURCE "," CREATE,
     "request.kind is no object"},
    {"a kind without a version",
     "\"kind\":{\"group\":\"\",\"kind\":\"Pod\"}," POD_RESOURCE "," CREATE,
     "request.kind.version is missing"},
    {"a kind without a kind",
     "\"kind\":{\"group\":\"\",\"version\":\"v1\"}," POD_RESOURCE "," CREATE,
     "request.kind.kind is missing"},
    {"a group that is null",
     "\"kind\":{\"group\":null,\"version\":\"v1\",\"kind\":\"Pod\"}," POD_RESOURCE "," CREATE,
     "request.kind.group is missing"},
    {"a group that is a number",
     "\"kind\":{\"group\":0,\"version\":\"v1\",\"kind\":\"Pod\"}," POD_RESOURCE "," CREATE,
     "request.kind.group is no string of text"},
    {"a kind with a NUL", GVK("", "v1", "Pod\\u0000") "," POD_RESOURCE "," CREATE,
     "request.kind.kind is no string of text"},
    {"no resource", POD_KIND "," CREATE, "request.resource.group is missing"},
    {"a resource that is an array", POD_KIND ",\"resource\":[]," CREATE,
     "request.resource is no object"},
    {"a resource without its name",
     POD_KIND ",\"resource\":{\"group\":\"\",\"version\":\"v1\"}," CREATE,
     "request.resource.resource is missing"},
    {"no operation", POD ",\"object\":" POD_OBJECT, "request.operation is missing"},
    {"an operation that is a number", POD ",\"operation\":1,\"object\":" POD_OBJECT,
     "request.operation is no string of text"},
    {"an unknown operation", POD ",\"operation\":\"PATCH\",\"object\":" POD_OBJECT,
     "request.operation is none of CREATE, UPDATE, DELETE and CONNECT"},
    {"an operation in small letters", POD ",\"operation\":\"create\",\"object\":" POD_OBJECT,
     "request.operation is none of CREATE, UPDATE, DELETE and CONNECT"},
    {"an empty operation", POD ",\"operation\":\"\",\"object\":" POD_OBJECT,
     "request.operation is none of CREATE, UPDATE, DELETE and CONNECT"},
    {"a name that is a number", POD "," CREATE ",\"name\":1", "request.name is no string of text"},
    {"a name with a NUL", POD "," CREATE ",\"name\":\"a\\u0000b\"",
     "request.name is no string of text"},
    {"a subresource that is an object", POD "," CREATE ",\"subResource\":{}",
     "request.subResource is no string of text"},
    {"a namespace that is a list",
     POD ",\"operation\":\"CREATE\",\"namespace\":[],\"object\":" POD_OBJECT,
     "request.namespace is no string of text"},
    {"dryRun as a string", POD "," CREATE ",\"dryRun\":\"true\"",
     "request.dryRun is neither true nor false"},
    {"dryRun as a number", POD "," CREATE ",\"dryRun\":1",
     "request.dryRun is neither true nor false"},
    {"an object that is a string", POD ",\"operation\":\"CREATE\",\"object\":\"Pod\"",
     "request.object is no object"},
    {"an object that is an array", POD ",\"operation\":\"CREATE\",\"object\":[]",
     "request.object is no object"},
    {"an old object that is a number", POD "," CREATE ",\"oldObject\":1",
     "request.oldObject is no object"},
    {"options that are a string", POD "," CREATE ",\"options\":\"\"",
     "request.options is no object"},
    {"userInfo that is a string", POD "," CREATE ",\"userInfo\":\"me\"",
     "request.userInfo is no object"},
    {"a username that is a number", POD "," CREATE ",\"userInfo\":{\"username\":1}",
     "request.userInfo.username is no string of text"},
    {"a user's uid that is a number", POD "," CREATE ",\"userInfo\":{\"uid\":1}",
     "request.userInfo.uid is no string of text"},
    {"groups that are a string", POD "," CREATE ",\"userInfo\":{\"groups\":\"g\"}",
     "request.userInfo.groups is no array of strings"},
    {"a group that is a number", POD "," CREATE ",\"userInfo\":{\"groups\":[\"g\",1]}",
     "request.userInfo.groups is no array of strings"},
    {"extra that is an array", POD "," CREATE ",\"userInfo\":{\"extra\":[]}",
     "request.userInfo.extra is no object"},
    {"requestSubResource that is a number", POD "," CREATE ",\"requestSubResource\":1",
     "request.requestSubResource is no string of text"},
    {"requestKind that is a string", POD "," CREATE ",\"requestKind\":\"Pod\"",
     "request.requestKind is no object"},
    {"requestKind that is empty", POD "," CREATE ",\"requestKind\":{}",
     "request.requestKind.group is missing"},
    {"requestResource that is a number", POD "," CREATE ",\"requestResource\":1",
     "request.requestResource is no object"},
    {"requestResource that is empty", POD "," CREATE ",\"requestResource\":{}",
     "request.requestResource.group is missing"},

    /* Objects that must be there */
    {"CREATE without an object", POD ",\"operation\":\"CREATE\"", "request.object is missing"},
    {"CREATE of null", POD ",\"operation\":\"CREATE\",\"object\":null",
     "request.object is missing"},
    {"UPDATE without an object", POD ",\"operation\":\"UPDATE\",\"oldObject\":{\"kind\":\"Pod\"}",
     "request.object is missing"},
    {"UPDATE without an old object", POD ",\"operation\":\"UPDATE\",\"object\":{\"kind\":\"Pod\"}",
     "request.oldObject is missing"},
    {"UPDATE with both",
     POD ",\"operation\":\"UPDATE\",\"object\":{\"kind\":\"Pod\"},\"oldObject\":{\"kind\":\"Pod\"}",
     NULL},
    {"DELETE without an old object", POD ",\"operation\":\"DELETE\",\"object\":null",
     "request.oldObject is missing"},
    {"DELETE", POD ",\"operation\":\"DELETE\",\"object\":null,\"oldObject\":{\"kind\":\"Pod\"}",
     NULL},
    {"CONNECT without anything",
     GVK("", "v1", "PodExecOptions") "," POD_RESOURCE
                                     ",\"operation\":\"CONNECT\",\"subResource\":\"exec\"",
     NULL},

    /* Namespaces */
    {"no namespace in the object",
     POD ",\"operation\":\"CREATE\",\"namespace\":\"media\","
         "\"object\":{\"kind\":\"Pod\",\"metadata\":{}}",
     NULL},
    {"an empty namespace in the object",
     POD ",\"operation\":\"CREATE\",\"namespace\":\"media\","
         "\"object\":{\"kind\":\"Pod\",\"metadata\":{\"namespace\":\"\"}}",
     NULL},
    {"a namespace of null in the object",
     POD ",\"operation\":\"CREATE\",\"namespace\":\"media\","
         "\"object\":{\"kind\":\"Pod\",\"metadata\":{\"namespace\":null}}",
     NULL},
    {"another namespace in the object",
     POD ",\"operation\":\"CREATE\",\"namespace\":\"other\","
         "\"object\":" POD_OBJECT,
     "request.object.metadata.namespace is not request.namespace"},
    {"a namespace in the object alone", POD ",\"operation\":\"CREATE\",\"object\":" POD_OBJECT,
     "request.object.metadata.namespace is not request.namespace"},
    {"a namespace with a NUL behind it",
     POD ",\"operation\":\"CREATE\",\"namespace\":\"media\","
         "\"object\":{\"kind\":\"Pod\",\"metadata\":{\"namespace\":\"media\\u0000\"}}",
     "request.object.metadata.namespace is no string of text"},
    {"another namespace in the old object",
     POD "," CREATE ",\"oldObject\":{\"kind\":\"Pod\","
         "\"metadata\":{\"namespace\":\"other\"}}",
     "request.oldObject.metadata.namespace is not request.namespace"},
    {"metadata that is a string",
     POD ",\"operation\":\"CREATE\",\"object\":{\"kind\":\"Pod\",\"metadata\":\"x\"}",
     "request.object.metadata is no object"},
    {"a namespace that is a number",
     POD ",\"operation\":\"CREATE\",\"object\":{\"kind\":\"Pod\","
         "\"metadata\":{\"namespace\":1}}",
     "request.object.metadata.namespace is no string of text"},
};

static const char *wrap(char *text, size_t size, const char *fields)
{
    int len = snprintf(text, size,
                       "{\"apiVersion\":\"admission.k8s.io/v1\",\"kind\":\"AdmissionReview\","
                       "\"request\":{\"uid\":\"u\",%s}}",
                       fields);
    cr_assert(len > 0 && (size_t)len < size);
    return text;
}

static void assert_review(const struct request *c)
{
    char text[4096];
    AUTO(json) struct json doc = {0};
    struct error err = {0};
    struct review review = {.name = SLICE("untouched")};

    int rc = review_parse(&review,
                          support_parse(&doc, slice_of(wrap(text, sizeof text, c->fields))), &err);

    if (c->want == NULL) {
        cr_assert_eq(rc, 0, "%s: %s", c->name, err.text);
        return;
    }
    cr_assert_eq(rc, -1, "%s was read", c->name);
    cr_assert_eq(err.code, ERR_MALFORMED, "%s", c->name);
    cr_assert_str_eq(err.text, c->want, "%s: %s", c->name, err.text);
    cr_assert(slice_is(review.name, "untouched"), "%s", c->name);
}

EACH_ROW(review, is_read_or_refused, requests)
{
    assert_review(&requests[*index]);
}

/* ---- Kinds ---- */

#define DISAGREE "request.kind and request.resource do not agree"
#define OTHER_VERSION "request.kind is of another version than v1"
#define CREATED(object) ",\"operation\":\"CREATE\",\"object\":" object

static const struct request kinds[] = {
    {"a pod that says it is a Deployment",
     GVK("apps", "v1", "Deployment") "," POD_RESOURCE CREATED("{\"kind\":\"Deployment\"}"),
     DISAGREE},
    {"a Deployment that says it is a pod",
     POD_KIND "," GVR("apps", "v1", "deployments") CREATED("{\"kind\":\"Pod\"}"), DISAGREE},
    {"a pod of another group", GVK("x.io", "v1", "Pod") "," POD_RESOURCE CREATED("{}"), DISAGREE},
    {"pods of another group", POD_KIND "," GVR("x.io", "v1", "pods") CREATED("{\"kind\":\"Pod\"}"),
     DISAGREE},
    {"another kind for pods", GVK("", "v1", "Service") "," POD_RESOURCE CREATED("{}"), DISAGREE},
    {"another resource for Pod",
     POD_KIND "," GVR("", "v1", "services") CREATED("{\"kind\":\"Pod\"}"), DISAGREE},
    {"two versions",
     GVK("apps", "v1", "Deployment") "," GVR("apps", "v1beta1", "deployments")
         CREATED("{\"kind\":\"Deployment\"}"),
     DISAGREE},
    {"a version that nobody knows",
     GVK("", "v2", "Pod") "," GVR("", "v2", "pods")
         CREATED("{\"apiVersion\":\"v2\",\"kind\":\"Pod\"}"),
     OTHER_VERSION},
    {"policies of a version that nobody knows",
     GVK("networking.k8s.io", "v1beta1", "NetworkPolicy") "," GVR(
         "networking.k8s.io", "v1beta1", "networkpolicies") CREATED("{\"kind\":\"NetworkPolicy\"}"),
     OTHER_VERSION},
    {"the exec of pods of such a version",
     GVK("", "v1", "PodExecOptions") "," GVR(
         "", "v2", "pods") ",\"subResource\":\"exec\",\"operation\":\"CONNECT\"",
     OTHER_VERSION},
    {"a kind in small letters", GVK("", "v1", "pod") "," POD_RESOURCE CREATED("{}"), DISAGREE},
    {"a resource in capitals", POD_KIND "," GVR("", "v1", "Pods") CREATED("{\"kind\":\"Pod\"}"),
     DISAGREE},
    {"a kind that podveil does not know",
     GVK("x.io", "v1", "Pod") "," GVR("x.io", "v1", "pods") CREATED("{\"kind\":7}"), NULL},

    {"an object of another kind", POD CREATED("{\"kind\":\"Deployment\"}"),
     "request.object.kind is not request.kind"},
    {"an object without a kind", POD CREATED("{}"), "request.object.kind is not request.kind"},
    {"an object whose kind is null", POD CREATED("{\"kind\":null}"),
     "request.object.kind is not request.kind"},
    {"an object whose kind is a list", POD CREATED("{\"kind\":[\"Pod\"]}"),
     "request.object.kind is not request.kind"},
    {"an old object of another kind",
     POD ",\"operation\":\"DELETE\",\"oldObject\":{\"kind\":\"Service\"}",
     "request.oldObject.kind is not request.kind"},
    {"an object of another version", POD CREATED("{\"apiVersion\":\"v2\",\"kind\":\"Pod\"}"),
     "request.object.apiVersion is not that of request.kind"},
    {"an object of a group too many", POD CREATED("{\"apiVersion\":\"core/v1\",\"kind\":\"Pod\"}"),
     "request.object.apiVersion is not that of request.kind"},
    {"a version that is a number", POD CREATED("{\"apiVersion\":1,\"kind\":\"Pod\"}"),
     "request.object.apiVersion is not that of request.kind"},
    {"a Deployment",
     GVK("apps", "v1", "Deployment") "," GVR("apps", "v1", "deployments")
         CREATED("{\"apiVersion\":\"apps/v1\",\"kind\":\"Deployment\"}"),
     NULL},
    {"a Deployment without its group",
     GVK("apps", "v1", "Deployment") "," GVR("apps", "v1", "deployments")
         CREATED("{\"apiVersion\":\"v1\",\"kind\":\"Deployment\"}"),
     "request.object.apiVersion is not that of request.kind"},
    {"a Deployment of another version",
     GVK("apps", "v1", "Deployment") "," GVR("apps", "v1", "deployments")
         CREATED("{\"apiVersion\":\"apps/v1beta1\",\"kind\":\"Deployment\"}"),
     "request.object.apiVersion is not that of request.kind"},
    {"a Deployment with its group alone",
     GVK("apps", "v1", "Deployment") "," GVR("apps", "v1", "deployments")
         CREATED("{\"apiVersion\":\"apps\",\"kind\":\"Deployment\"}"),
     "request.object.apiVersion is not that of request.kind"},

    /* Subresources */
    {"ephemeral containers",
     POD ",\"subResource\":\"ephemeralcontainers\",\"operation\":\"UPDATE\","
         "\"object\":{\"kind\":\"Pod\"},\"oldObject\":{\"kind\":\"Pod\"}",
     NULL},
    {"ephemeral containers of another kind",
     GVK("", "v1", "EphemeralContainers") "," POD_RESOURCE
                                          ",\"subResource\":\"ephemeralcontainers\"" CREATED(
                                              "{\"kind\":\"EphemeralContainers\"}"),
     DISAGREE},
    {"status", POD ",\"subResource\":\"status\"" CREATED("{\"kind\":\"Pod\"}"), NULL},
    {"a binding",
     GVK("", "v1", "Binding") "," POD_RESOURCE
                              ",\"subResource\":\"binding\"" CREATED("{\"kind\":\"Binding\"}"),
     NULL},
    {"a pod as a binding", POD ",\"subResource\":\"binding\"" CREATED("{\"kind\":\"Pod\"}"),
     DISAGREE},
    {"an eviction",
     GVK("policy", "v1", "Eviction") "," POD_RESOURCE ",\"subResource\":\"eviction\"" CREATED(
         "{\"apiVersion\":\"policy/v1\",\"kind\":\"Eviction\"}"),
     NULL},
    {"an eviction of another group",
     GVK("", "v1", "Eviction") "," POD_RESOURCE
                               ",\"subResource\":\"eviction\"" CREATED("{\"kind\":\"Eviction\"}"),
     DISAGREE},
    {"exec",
     GVK("", "v1", "PodExecOptions") "," POD_RESOURCE
                                     ",\"subResource\":\"exec\",\"operation\":\"CONNECT\","
                                     "\"object\":{\"kind\":\"PodExecOptions\"}",
     NULL},
    {"exec with another object",
     GVK("", "v1", "PodExecOptions") "," POD_RESOURCE ",\"subResource\":\"exec\",\"operation\":"
                                     "\"CONNECT\",\"object\":{\"kind\":\"Pod\"}",
     "request.object.kind is not request.kind"},
    {"attach that says it is exec",
     GVK("", "v1", "PodExecOptions") "," POD_RESOURCE
                                     ",\"subResource\":\"attach\",\"operation\":\"CONNECT\"",
     DISAGREE},
    {"exec's options without a subresource",
     GVK("", "v1", "PodExecOptions") "," POD_RESOURCE ",\"operation\":\"CONNECT\"", DISAGREE},
    {"a subresource that podveil does not know",
     GVK("x.io", "v1", "Thing") "," POD_RESOURCE
                                ",\"subResource\":\"thing\"" CREATED("{\"kind\":\"Thing\"}"),
     NULL},
    {"a pod in a subresource of something else",
     POD_KIND
     "," GVR("x.io", "v1", "things") ",\"subResource\":\"pod\"" CREATED("{\"kind\":\"Pod\"}"),
     DISAGREE},
    {"the scale of a Deployment",
     GVK("autoscaling", "v1", "Scale") "," GVR(
         "apps", "v1",
         "deployments") ",\"subResource\":\"scale\"" CREATED("{\"apiVersion\":\"autoscaling/"
                                                             "v1\",\"kind\":\"Scale\"}"),
     NULL},
};

EACH_ROW(review, wants_kinds_that_agree, kinds)
{
    assert_review(&kinds[*index]);
}

/* Each kind that podveil judges, with its resource. */
Test(review, knows_its_kinds)
{
    static const char *const all[][3] = {
        {"", "Pod", "pods"},
        {"", "Namespace", "namespaces"},
        {"", "PodTemplate", "podtemplates"},
        {"", "ReplicationController", "replicationcontrollers"},
        {"apps", "Deployment", "deployments"},
        {"apps", "ReplicaSet", "replicasets"},
        {"apps", "StatefulSet", "statefulsets"},
        {"apps", "DaemonSet", "daemonsets"},
        {"batch", "Job", "jobs"},
        {"batch", "CronJob", "cronjobs"},
        {"networking.k8s.io", "NetworkPolicy", "networkpolicies"},
    };
    char fields[1024];

    for (size_t k = 0; k < COUNT_OF(all); k++) {
        for (size_t r = 0; r < COUNT_OF(all); r++) {
            const struct request c = {all[k][1], fields, k == r ? NULL : DISAGREE};
            (void)snprintf(fields, sizeof fields,
                           GVK("%s", "v1", "%s") "," GVR("%s", "v1", "%s")
                               CREATED("{\"kind\":\"%s\"}"),
                           all[k][0], all[k][1], all[r][0], all[r][2], all[k][1]);
            assert_review(&c);
        }
    }
}

/* ---- What is read ---- */

Test(review, gives_what_the_request_says)
{
    char text[4096];
    AUTO(json) struct json doc = {0};
    struct error err = {0};
    struct review review;
    struct value root = support_parse(
        &doc,
        slice_of(wrap(text, sizeof text,
                      POD ",\"operation\":\"UPDATE\",\"name\":\"sabnzbd-0\","
                          "\"namespace\":\"media\",\"subResource\":\"status\",\"dryRun\":true,"
                          "\"userInfo\":{\"username\":\"system:node:n\"},"
                          "\"object\":{\"kind\":\"Pod\",\"a\":1},"
                          "\"oldObject\":{\"kind\":\"Pod\",\"a\":2}")));

    cr_assert_eq(review_parse(&review, root, &err), 0, "%s", err.text);
    cr_assert(slice_is(review.uid, "\"u\""));
    cr_assert(kind_is(&review.kind, "", "v1", "Pod"));
    cr_assert(kind_is(&review.resource, "", "v1", "pods"));
    cr_assert(!kind_is(&review.kind, "apps", "v1", "Pod"));
    cr_assert(!kind_is(&review.kind, "", "v2", "Pod"));
    cr_assert(!kind_is(&review.kind, "", "v1", "Pods"));
    cr_assert_eq(review.operation, OPERATION_UPDATE);
    cr_assert(slice_is(review.name, "sabnzbd-0"));
    cr_assert(slice_is(review.namespace, "media"));
    cr_assert(slice_is(review.subresource, "status"));
    cr_assert(slice_is(review.username, "system:node:n"));
    cr_assert(review.dry_run);
    cr_assert(slice_is(value_raw(value_member(review.object, "a")), "1"));
    cr_assert(slice_is(value_raw(value_member(review.old_object, "a")), "2"));
}

Test(review, takes_null_for_absent)
{
    char text[4096];
    AUTO(json) struct json doc = {0};
    struct error err = {0};
    struct review review;
    struct value root = support_parse(
        &doc,
        slice_of(wrap(text, sizeof text, POD "," CREATE ",\"name\":null,\"oldObject\":null")));

    cr_assert_eq(review_parse(&review, root, &err), 0, "%s", err.text);
    cr_assert_eq(review.name.len, 0);
    cr_assert_eq(review.subresource.len, 0);
    cr_assert(!value_exists(review.old_object));
    cr_assert(!review.dry_run);
}

Test(review, refuses_what_has_no_uid)
{
    AUTO(json) struct json doc = {0};
    struct error err = {0};
    struct review review;

    cr_assert_eq(review_parse(&review, support_parse(&doc, SLICE("{}")), &err), -1);
    cr_assert_eq(err.code, ERR_MALFORMED);
}

/* Those of a real API server, all of them. */
Test(review, reads_each_recorded_one)
{
    glob_t found;

    cr_assert_eq(glob(TEST_SOURCE_DIR "/tests/fixtures/reviews/*.json", 0, NULL, &found), 0);
    cr_assert_geq(found.gl_pathc, 12, "where have the recordings gone?");
    for (size_t i = 0; i < found.gl_pathc; i++) {
        AUTO(buf) struct buf text = {0};
        AUTO(json) struct json doc = {0};
        struct error err = {0};
        struct review review;
        buf_init(&text, SUPPORT_MAX);
        cr_assert_eq(file_read(found.gl_pathv[i], &text, &err), 0, "%s", err.text);
        int rc = review_parse(&review, support_parse(&doc, buf_view(&text)), &err);
        cr_assert_eq(rc, 0, "%s: %s", found.gl_pathv[i], err.text);
        cr_assert_eq(review.uid.len, 38, "%s: a UUID in quotes", found.gl_pathv[i]);
        cr_assert_gt(review.username.len, 0, "%s", found.gl_pathv[i]);
    }
    globfree(&found);
}
