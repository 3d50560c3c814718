/* SPDX-License-Identifier: Apache-2.0 */
#include "server/cli/catalogue.h"

#include <criterion/criterion.h>

static const char text[] = "apiVersion: v1\nkind: Service\nmetadata: {name: b, namespace: m}\n---\n"
                           "apiVersion: v1\nkind: Service\nmetadata: {name: a, namespace: m}\n---\n"
                           "apiVersion: v1\nkind: Service\nmetadata: {name: a, namespace: l}\n---\n"
                           "apiVersion: v1\nkind: Service\nmetadata: {name: c}\n---\n"
                           "apiVersion: v1\nkind: Namespace\nmetadata: {name: m}\n---\n"
                           "apiVersion: serving.knative.dev/v1\nkind: Service\n"
                           "metadata: {name: k, namespace: m}\n---\n"
                           "apiVersion: serving.knative.dev/v2\nkind: Service\n"
                           "metadata: {name: k, namespace: m}\n";

struct seen {
    char names[64]; /* "m/a m/b " */
    size_t left;    /* to be visited */
};

static bool note(void *arg, struct slice namespace, struct value object)
{
    struct seen *seen = arg;
    struct slice name = value_string(value_get(object, "metadata", "name", NULL));
    size_t used = strlen(seen->names);

    (void)snprintf(seen->names + used, sizeof seen->names - used, "%.*s/%.*s ",
                   SLICE_ARGS(namespace), SLICE_ARGS(name));
    seen->left--;
    return seen->left > 0;
}

static const struct {
    const char *name;
    struct cluster_objects wanted;
    size_t most;
    const char *want;
} visits[] = {
    {"a kind in every namespace", {{"", 0}, {"Service", 7}, {0}, {0}}, 9, "default/c l/a m/a m/b "},
    {"a namespace", {{"", 0}, {"Service", 7}, {"m", 1}, {0}}, 9, "m/a m/b "},
    {"a name in it", {{"", 0}, {"Service", 7}, {"m", 1}, {"b", 1}}, 9, "m/b "},
    {"a name in each", {{"", 0}, {"Service", 7}, {0}, {"a", 1}}, 9, "l/a m/a "},
    {"the first alone", {{"", 0}, {"Service", 7}, {0}, {0}}, 1, "default/c "},
    {"every version", {{"serving.knative.dev", 19}, {"Service", 7}, {0}, {0}}, 9, "m/k m/k "},
    {"a namespace by name", {{"", 0}, {"Namespace", 9}, {0}, {"m", 1}}, 9, "/m "},
    {"no such kind", {{"", 0}, {"Secret", 6}, {0}, {0}}, 9, ""},
    {"no such name", {{"", 0}, {"Service", 7}, {"m", 1}, {"z", 1}}, 9, ""},
};

Test(catalogue, finds_the_objects_that_are_asked_for)
{
    AUTO(input) struct input input = {0};
    AUTO(catalogue) struct catalogue catalogue = {0};
    struct error err = {0};

    input_init(&input);
    cr_assert_eq(documents_read(&input.documents, "a", SLICE(text), &err), 0, "%s", err.text);
    cr_assert_eq(objects_find(&input.objects, &input.documents, &err), 0, "%s", err.text);
    struct job job = {.input = input, .namespaces = {.fallback = SLICE("default")}};
    cr_assert_eq(catalogue_find(&catalogue, &job, &err), 0, "%s", err.text);

    for (size_t i = 0; i < COUNT_OF(visits); i++) {
        struct seen seen = {.left = visits[i].most};
        catalogue_visit(&catalogue, &visits[i].wanted, note, &seen);
        cr_expect_str_eq(seen.names, visits[i].want, "%s: %s", visits[i].name, seen.names);
    }
}
