/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kinds that make pods, and where their pod template stands.
 *
 * A pod is its own template: prefix "". So what treats templates treats pods.
 */
#ifndef POD_TEMPLATE_H
#define POD_TEMPLATE_H

#include "lib/kube/value.h"

/*
 * The JSON Pointer from an object of this kind to its pod template ("/spec/template", "" for a
 * Pod), or NULL for a kind that makes no pods. `api_version` is the object's ("apps/v1").
 */
const char *template_prefix(struct slice api_version, struct slice kind);

/* The same for an object that says itself what it is. */
const char *template_prefix_of(struct value object);

/*
 * The workload of the pods that an object of this kind and name makes from the template at
 * `prefix`; empty for a pod, which tells it itself.
 */
struct slice template_workload(struct value object, struct slice kind, struct slice name,
                               const char *prefix);

#endif
