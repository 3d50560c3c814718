/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/pod/names.h"
#include "lib/pod/workload.h"
#include "tests/support/fixture.h"

#include <criterion/criterion.h>

#define OWNER(kind, name)                                                                          \
    "\"ownerReferences\":[{\"kind\":\"Other\",\"name\":\"o\"},{\"kind\":\"" kind                   \
    "\",\"name\":\"" name "\",\"controller\":true}]"

struct workload_case {
    const char *name;
    const char *metadata;
    const char *controller; /* of a template, or NULL */
    const char *want;       /* NULL: no workload */
    const char *says;       /* in the error */
};

static const struct workload_case cases[] = {
    {"of a Deployment",
     "{\"labels\":{\"pod-template-hash\":\"5dd9fdcbdc\"}," OWNER("ReplicaSet",
                                                                 "sab-5dd9fdcbdc") "}",
     NULL, "sab", ""},
    {"another hash than the label's",
     "{\"labels\":{\"pod-template-hash\":\"aaa\"}," OWNER("ReplicaSet", "sab-5dd9fdcbdc") "}", NULL,
     "sab-5dd9fdcbdc", ""},
    {"a ReplicaSet of its own", "{" OWNER("ReplicaSet", "sab-5dd9fdcbdc") "}", NULL,
     "sab-5dd9fdcbdc", ""},
    {"a hash without its dash",
     "{\"labels\":{\"pod-template-hash\":\"bc\"}," OWNER("ReplicaSet", "sabc") "}", NULL, "sabc",
     ""},
    {"a name that is the hash alone",
     "{\"labels\":{\"pod-template-hash\":\"abc\"}," OWNER("ReplicaSet", "abc") "}", NULL, "abc",
     ""},
    {"a StatefulSet ignores the hash",
     "{\"labels\":{\"pod-template-hash\":\"1\"}," OWNER("StatefulSet", "db-1") "}", NULL, "db-1",
     ""},
    {"of a DaemonSet", "{\"name\":\"x-1\"," OWNER("DaemonSet", "x") "}", NULL, "x", ""},
    {"of a CronJob, 8 digits", "{" OWNER("Job", "feed-29384756") "}", NULL, "feed", ""},
    {"of a CronJob, 10 digits", "{" OWNER("Job", "feed-2938475600") "}", NULL, "feed", ""},
    {"a Job with 7 digits", "{" OWNER("Job", "feed-2938475") "}", NULL, "feed-2938475", ""},
    {"a Job with 11 digits", "{" OWNER("Job", "feed-29384756001") "}", NULL, "feed-29384756001",
     ""},
    {"a Job with digits and no dash", "{" OWNER("Job", "feed29384756") "}", NULL, "feed29384756",
     ""},
    {"a Job of digits alone", "{" OWNER("Job", "29384756") "}", NULL, "29384756", ""},
    {"an owner that does not control",
     "{\"name\":\"bare\",\"ownerReferences\":[{\"kind\":\"X\",\"name\":\"o\",\"controller\":false}]"
     "}",
     NULL, "bare", ""},
    {"owners are null", "{\"name\":\"bare\",\"ownerReferences\":null}", NULL, "bare", ""},
    {"a bare pod", "{\"name\":\"bare\"}", NULL, "bare", ""},
    {"a generateName before a name", "{\"name\":\"gen-x1\",\"generateName\":\"gen-\"}", NULL, "gen",
     ""},
    {"generateName", "{\"generateName\":\"gen-\"}", NULL, "gen", ""},
    {"generateName behind an empty name", "{\"name\":\"\",\"generateName\":\"gen-\"}", NULL, "gen",
     ""},
    {"generateName without a dash", "{\"generateName\":\"gen\"}", NULL, "gen", ""},
    {"generateName that ends in more", "{\"generateName\":\"gen.--\"}", NULL, "gen", ""},
    {"a template", "{\"name\":\"ignored\"}", "sabnzbd-k8s", "sabnzbd-k8s", ""},
    {"neither name nor generateName", "{}", NULL, NULL, "metadata.name: a pod needs"},
    {"a generateName of dashes", "{\"generateName\":\"--\"}", NULL, NULL,
     "metadata.name: a pod needs"},
    {"names are null", "{\"name\":null,\"generateName\":null}", NULL, NULL,
     "metadata.name: a pod needs"},
    {"a name that is a number", "{\"name\":5}", NULL, NULL, "metadata.name: is no string"},
    {"a generateName that is a list", "{\"generateName\":[]}", NULL, NULL,
     "metadata.generateName: is no string"},
    {"a name with a slash", "{\"name\":\"../etc\"}", NULL, NULL,
     "\"../etc\" is no name of a workload"},
    {"a name with a quote", "{\"name\":\"a\\\"b\"}", NULL, NULL, "is no name of a workload"},
    {"owners are an object", "{\"name\":\"a\",\"ownerReferences\":{}}", NULL, NULL,
     "metadata.ownerReferences: is no list"},
    {"an owner is a string", "{\"name\":\"a\",\"ownerReferences\":[\"b\"]}", NULL, NULL,
     "metadata.ownerReferences: holds"},
    {"an owner's controller is a text",
     "{\"name\":\"a\",\"ownerReferences\":[{\"kind\":\"X\",\"name\":\"o\",\"controller\":\"true\"}]"
     "}",
     NULL, NULL, "metadata.ownerReferences: says controller"},
    {"an owner's kind is a number",
     "{\"ownerReferences\":[{\"kind\":1,\"name\":\"a\",\"controller\":true}]}", NULL, NULL,
     "metadata.ownerReferences: is no string"},
    {"an owner without a name", "{\"name\":\"a\",\"ownerReferences\":[{\"controller\":true}]}",
     NULL, NULL, "metadata.name: a pod needs"},
};

static void try_name(const struct workload_case *c)
{
    struct error err = {0};
    char out[NAME_MAX_LEN + 1] = "untouched";
    AUTO(buf) struct buf text = {0};
    AUTO(json) struct json doc = {0};

    buf_init(&text, 4096);
    buf_printf(&text, "{\"metadata\":%s}", c->metadata);
    fixture_parse(&doc, buf_cstr(&text));
    struct slice controller = c->controller == NULL ? (struct slice){0} : slice_of(c->controller);

    int rc = workload_name(value_root(&doc), controller, out, &err);

    if (c->want == NULL) {
        cr_assert_eq(rc, -1, "%s: %s", c->name, out);
        cr_assert_eq(err.code, ERR_MALFORMED, "%s", c->name);
        cr_assert_not_null(strstr(err.text, c->says), "%s: %s", c->name, err.text);
        cr_assert_str_eq(out, "untouched", "%s", c->name);
        return;
    }
    cr_assert_eq(rc, 0, "%s: %s", c->name, err.text);
    cr_assert_str_eq(out, c->want, "%s", c->name);
}

Test(pod_workload, is_the_top_controllers_name)
{
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        try_name(&cases[i]);
    }
}

/* A manifest of a ReplicaSet or Job has the workload of its pods. */
Test(pod_workload, above_a_controller)
{
    AUTO(json) struct json doc = {0};

    fixture_parse(&doc, "{\"pod-template-hash\":\"5dd9\"}");
    struct value labels = value_root(&doc);
    struct slice web = workload_above(SLICE("ReplicaSet"), SLICE("web-5dd9"), labels);
    struct slice feed = workload_above(SLICE("Job"), SLICE("feed-29384756"), labels);
    struct slice other = workload_above(SLICE("Deployment"), SLICE("web-5dd9"), labels);

    cr_assert(slice_is(web, "web"));
    cr_assert(slice_is(feed, "feed"));
    cr_assert(slice_is(other, "web-5dd9"));
}
