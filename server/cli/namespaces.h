/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is known about namespaces: the labels of those in the same input, and
 * what --namespace-label adds where they do not say otherwise.
 *
 * Every label set that is known holds kubernetes.io/metadata.name, as in a
 * cluster. Without a Namespace in the input and without the flag nothing is
 * known, which is not the same as no labels.
 *
 * Ownership: owns its label sets; borrows names from the objects.
 */
#ifndef CLI_NAMESPACES_H
#define CLI_NAMESPACES_H

#include "server/cli/arguments.h"
#include "server/cli/objects.h"

extern const struct flag flag_namespace;
extern const struct flag flag_namespace_label;

struct known_namespace {
    struct slice name;
    struct value labels;
};

struct namespaces {
    struct known_namespace *items; /* sorted by name, each once */
    size_t count;
    size_t cap;
    struct documents labels;
    struct slice fallback; /* -n, or "default" */
};

void namespaces_done(struct namespaces *namespaces);
DEFINE_AUTO_IN_PLACE(namespaces, struct namespaces, namespaces_done);

/* Are -n and --namespace-label well written? A failure is one of usage. */
int namespaces_check(const struct arguments *arguments, struct error *err) MUST_CHECK;

/* Gather. The flags were checked. */
int namespaces_find(struct namespaces *namespaces, const struct objects *objects,
                    const struct arguments *arguments, struct error *err) MUST_CHECK;

/* The namespace of an object, the fallback where it has none. */
struct slice namespaces_of(const struct namespaces *namespaces, const struct object *object);

/* Its labels; absent where they are not known. */
struct value namespaces_labels(const struct namespaces *namespaces, struct slice name);

#endif
