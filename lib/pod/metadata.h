/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Labels and annotations that a patch sets where they are not there yet.
 *
 * Errors: those of patch_add_json().
 */
#ifndef POD_METADATA_H
#define POD_METADATA_H

#include "lib/kube/patch.h"

struct metadata_key {
    const char *map;     /* "labels" or "annotations" */
    const char *name;    /* "podveil.io/gateway" */
    const char *pointer; /* the same in the object: "/metadata/labels/podveil.io~1gateway" */
};

/* Leaves a value that is there as it is. `value` has only what a label's value may have. */
int metadata_set(struct patch *patch, const struct metadata_key *key, const char *value,
                 struct error *err) MUST_CHECK;

#endif
