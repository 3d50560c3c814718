/* SPDX-License-Identifier: Apache-2.0 */
#include "server/cli/objects.h"

#include <criterion/criterion.h>

enum { TEXT_MAX = 65536 };

struct found {
    struct documents documents;
    struct objects objects;
};

static void found_done(struct found *found)
{
    objects_done(&found->objects);
    documents_done(&found->documents);
}
DEFINE_AUTO_IN_PLACE(found, struct found, found_done);

static int find(struct found *found, const char *text, struct error *err)
{
    *found = (struct found){0};
    cr_assert_eq(documents_read(&found->documents, "x.yaml", slice_of(text), err), 0, "%s",
                 err->text);
    return objects_find(&found->objects, &found->documents, err);
}

static const struct {
    const char *name;
    const char *text;
    const char *want; /* one description a line */
} good[] = {
    {"an object", "{apiVersion: v1, kind: Pod, metadata: {name: a, namespace: media}}",
     "x.yaml Pod media/a\n"},
    {"two documents",
     "{apiVersion: v1, kind: Pod, metadata: {name: a}}\n---\n"
     "{apiVersion: v1, kind: Secret, metadata: {name: b}}",
     "x.yaml[1] Pod a\nx.yaml[2] Secret b\n"},
    {"a List",
     "{apiVersion: v1, kind: List, items: [{apiVersion: v1, kind: Pod, metadata: {name: "
     "a}}, {apiVersion: v1, kind: Pod, metadata: {generateName: b-}}]}",
     "x.yaml Pod a\nx.yaml Pod b-\n"},
    {"a List in a List",
     "{apiVersion: v1, kind: List, items: [{apiVersion: v1, kind: List, items: [{apiVersion: v1, "
     "kind: Pod, metadata: {name: a}}]}, {apiVersion: v1, kind: Pod, metadata: {name: b}}]}",
     "x.yaml Pod a\nx.yaml Pod b\n"},
    {"a typed list", "{apiVersion: apps/v1, kind: DeploymentList, items: [{metadata: {name: a}}]}",
     "x.yaml Deployment a\n"},
    {"items under another kind",
     "{apiVersion: example.org/v1, kind: Thing, items: [{apiVersion: v1, kind: Pod, metadata: "
     "{name: a}}]}",
     "x.yaml Pod a\n"},
    {"an empty List", "{apiVersion: v1, kind: List, items: []}", ""},
    {"an object without a name", "{apiVersion: v1, kind: Pod}", "x.yaml Pod (no name)\n"},
    {"a review",
     "{apiVersion: admission.k8s.io/v1, kind: AdmissionReview, request: {namespace: media, object: "
     "{apiVersion: v1, kind: Pod, metadata: {name: a}}}}",
     "x.yaml Pod media/a\n"},
    {"a review without an object",
     "{apiVersion: admission.k8s.io/v1, kind: AdmissionReview, request: {namespace: media, object: "
     "null}}",
     "x.yaml AdmissionReview media/(no name)\n"},
    {"names that would steer a terminal",
     "{apiVersion: v1, kind: \"P\\e[2J\", metadata: {namespace: \"\\u009b\", name: \"a\\nb\"}}",
     "x.yaml P\\u001b[2J \\u009b/a\\nb\n"},
};

Test(objects, are_found_wherever_they_stand)
{
    for (size_t i = 0; i < COUNT_OF(good); i++) {
        AUTO(found) struct found found = {0};
        AUTO(buf) struct buf lines = {0};
        struct error err = {0};
        cr_expect_eq(find(&found, good[i].text, &err), 0, "%s: %s", good[i].name, err.text);
        buf_init(&lines, TEXT_MAX);
        for (size_t j = 0; j < found.objects.count; j++) {
            const struct object *object = &found.objects.items[j];
            object_describe(object, object->own_namespace, &lines);
            buf_char(&lines, '\n');
        }
        cr_expect_str_eq(buf_cstr(&lines), good[i].want, "%s:\n%s", good[i].name, buf_cstr(&lines));
    }
}

Test(objects, of_a_typed_list_get_its_kind_and_keep_the_rest)
{
    AUTO(found) struct found found = {0};
    AUTO(buf) struct buf text = {0};
    struct error err = {0};

    cr_assert_eq(find(&found,
                      "{\"kind\":\"PodList\",\"apiVersion\":\"v1\",\"items\":[{\"spec\": {\"x\":"
                      "9007199254740993}},{}]}",
                      &err),
                 0, "%s", err.text);
    buf_init(&text, TEXT_MAX);
    value_encode(found.objects.items[0].value, &text);
    value_encode(found.objects.items[1].value, &text);
    cr_assert_str_eq(buf_cstr(&text),
                     "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"spec\": {\"x\":9007199254740993}}"
                     "{\"apiVersion\":\"v1\",\"kind\":\"Pod\"}");
}

static const struct {
    const char *name;
    const char *text;
    const char *want;
} bad[] = {
    {"a list of values", "[1, 2]", "x.yaml: this is no Kubernetes object"},
    {"a scalar", "a: 1\n---\nhello\n", "x.yaml[1]: an object has no kind"},
    {"no kind", "{apiVersion: v1, metadata: {name: a}}", "x.yaml: an object has no kind"},
    {"a kind that is no text", "{apiVersion: v1, kind: 7}", "x.yaml: an object has no kind"},
    {"no apiVersion", "{kind: Pod, metadata: {name: a}}", "x.yaml: an object has no apiVersion"},
    {"an item without a kind", "{apiVersion: v1, kind: List, items: [{metadata: {name: a}}]}",
     "x.yaml: an item of a list has no kind"},
    {"an item that is no object", "{apiVersion: v1, kind: List, items: [7]}",
     "x.yaml: this is no Kubernetes object"},
    {"an item with half of what it is",
     "{apiVersion: v1, kind: PodList, items: [{apiVersion: v1, metadata: {name: a}}]}",
     "x.yaml: an item of a list has no kind"},
};

Test(objects, that_are_none_are_refused)
{
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        AUTO(found) struct found found = {0};
        struct error err = {0};
        cr_expect_neq(find(&found, bad[i].text, &err), 0, "%s", bad[i].name);
        cr_expect_str_eq(err.text, bad[i].want, "%s: %s", bad[i].name, err.text);
    }
}

Test(objects, in_too_many_lists_are_refused)
{
    AUTO(found) struct found found = {0};
    AUTO(buf) struct buf text = {0};
    struct error err = {0};

    buf_init(&text, TEXT_MAX);
    for (size_t i = 0; i < 20; i++) {
        buf_text(&text, "{\"apiVersion\":\"v1\",\"kind\":\"List\",\"items\":[");
    }
    for (size_t i = 0; i < 20; i++) {
        buf_text(&text, "]}");
    }
    cr_assert_neq(find(&found, buf_cstr(&text), &err), 0);
    cr_assert_str_eq(err.text, "x.yaml: too many Lists inside each other");
}

Test(objects, know_the_bytes_of_their_review)
{
    static const char text[] = "{\"apiVersion\":\"admission.k8s.io/v1\", \"kind\":"
                               "\"AdmissionReview\",\"request\":{}}\n";
    AUTO(found) struct found found = {0};
    struct error err = {0};

    cr_assert_eq(find(&found, text, &err), 0, "%s", err.text);
    cr_assert(object_is_review(&found.objects.items[0]));
    cr_assert(slice_is(found.objects.items[0].review_bytes, text));
}
