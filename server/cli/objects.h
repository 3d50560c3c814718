/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The objects in the documents: Lists opened (also those inside Lists), what an
 * AdmissionReview is about taken out, and where each one came from.
 *
 * An item of a typed list (PodList) that does not say what it is gets the list's apiVersion and
 * kind, as kubectl has it: an object that nobody knows would pass untouched.
 *
 * Ownership: objects borrow from the documents; items that had to be completed are documents too.
 * Errors:    ERR_MALFORMED for what is no Kubernetes object.
 */
#ifndef CLI_OBJECTS_H
#define CLI_OBJECTS_H

#include "lib/base/buf.h"
#include "server/cli/documents.h"

struct object {
    struct source source;
    struct value value;         /* absent: a review of a DELETE or a CONNECT has none */
    struct value review;        /* the AdmissionReview that it came in; absent: none */
    struct slice review_bytes;  /* the same as it was read */
    struct slice own_namespace; /* of the review or of the object itself; empty: none */
    bool has_nul;               /* a string of its document holds \u0000 */
};

struct objects {
    struct object *items;
    size_t count;
    size_t cap;
};

void objects_done(struct objects *objects);
DEFINE_AUTO_IN_PLACE(objects, struct objects, objects_done);

/* Append what is in the documents, in their order. `documents` grows by items completed. */
int objects_find(struct objects *objects, struct documents *documents,
                 struct error *err) MUST_CHECK;

bool object_is_review(const struct object *object);
struct slice object_kind(const struct object *object);
struct slice object_name(const struct object *object); /* or generateName; empty: none */

/* "deploy.yaml[2] Deployment media/sabnzbd-k8s"; the number only where the file has several. */
void object_describe(const struct object *object, struct slice namespace, struct buf *out);

#endif
