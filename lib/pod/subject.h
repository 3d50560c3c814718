/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One pod under one ruleset: what every rule is given to look at.
 *
 * Ownership: borrows all but its two names.
 */
#ifndef POD_SUBJECT_H
#define POD_SUBJECT_H

#include "lib/pod/findings.h"
#include "lib/pod/names.h"
#include "lib/pod/ruleset.h"

enum { CONTAINER_LISTS = 3 };

struct container_lists {
    struct value items[CONTAINER_LISTS];
};
struct container_lists container_lists(struct value pod);

struct subject {
    const struct ruleset *ruleset;
    const struct gateway_rules *rules; /* of the pod's gateway; NULL: not a privacy pod */
    struct slice namespace;
    struct value namespace_labels;            /* absent where they are not known */
    struct container_lists containers;        /* before the patch */
    char workload[NAME_MAX_LEN + 1];          /* whole */
    char workload_label[LABEL_VALUE_MAX + 1]; /* cut for a label */
};

/* What is known about a pod beside the pod. */
struct surroundings {
    struct slice namespace;
    struct value namespace_labels; /* absent where not known */
    struct slice path_gateway;     /* of /mutate/namespace/<gateway>; else {NULL, 0} */
    struct slice controller;       /* of a template; else {NULL, 0} */
};

/*
 * Which gateway, if any, does this pod go through, and what is its workload? A pod that names a
 * gateway it may not have is denied in `findings`. subject->rules stays NULL for a pod that is not
 * private: also for the gateway's own pod, and for one whose opt-out is listed. `pod` is a pod or a
 * template; fields are read as they are, wrong types are `Malformed`.
 */
int subject_of_pod(const struct ruleset *ruleset, struct value pod,
                   const struct surroundings *around, struct subject *out,
                   struct findings *findings, struct error *err) MUST_CHECK;

/* Visit every container of a pod: containers, initContainers, ephemeralContainers. */
struct container_iter {
    struct container_lists lists;
    struct value_iter items;
    int list;
};
struct container_iter container_iter(const struct container_lists *found);
/* `field` gets "spec.initContainers[2]". */
bool container_next(struct container_iter *iter, struct value *container, char field[static 64]);

/* The same, passing over those that podveil itself puts in (parts.h part_is_ours). */
bool container_next_other(const struct ruleset *ruleset, struct container_iter *iter,
                          struct value *container, char field[static 64]);

/* The JSON Pointer to the container that was visited last: "/spec/initContainers/2". */
void container_pointer(const struct container_iter *iter, char pointer[static 64]);

#endif
