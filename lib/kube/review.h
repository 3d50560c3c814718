/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AdmissionReview, admission.k8s.io/v1, in and out.
 *
 * Reading checks the envelope only: what an object must look like is the rules'
 * business. The uid is echoed as the bytes that came, quotes included.
 *
 * Ownership: struct review borrows from the document; struct answer borrows all it points to.
 * Errors:    review_uid() fails where no answer can be given at all (HTTP 400);
 *            review_parse() fails with ERR_MALFORMED where one can.
 */
#ifndef KUBE_REVIEW_H
#define KUBE_REVIEW_H

#include "lib/base/buf.h"
#include "lib/kube/value.h"

enum operation {
    OPERATION_CREATE,
    OPERATION_UPDATE,
    OPERATION_DELETE,
    OPERATION_CONNECT,
};

struct kind {
    struct slice group;
    struct slice version;
    struct slice name; /* the kind's, or the resource's plural */
};

struct review {
    struct slice uid; /* with its quotes */
    struct kind kind;
    struct kind resource;
    struct slice subresource;
    enum operation operation;
    struct slice name;
    struct slice namespace;
    struct slice username;
    bool dry_run;
    struct value object;     /* absent on DELETE and CONNECT's options included as they are */
    struct value old_object; /* set on UPDATE and DELETE */
};

/* Is this an AdmissionReview of v1 with a uid that can be echoed? Gives the uid with its quotes. */
int review_uid(struct value root, struct slice *uid, struct error *err) MUST_CHECK;

/*
 * Read the request. Refused as ERR_MALFORMED: a field of the wrong type, an unknown operation, kind
 * and resource (or object.kind) that disagree for the kinds that podveil knows, an object that is
 * missing where the operation has one, object.metadata.namespace that is not request.namespace.
 */
int review_parse(struct review *review, struct value root, struct error *err) MUST_CHECK;

bool kind_is(const struct kind *kind, const char *group, const char *version, const char *name);

struct audit {
    const char *name;
    const char *value;
};

struct answer {
    struct slice uid; /* with its quotes */
    bool allowed;
    int code;            /* status.code of a denial: 400, 403, 422, 500 */
    const char *reason;  /* status.reason: Forbidden, Invalid, BadRequest */
    const char *message; /* status.message */
    const char *cause;   /* details.causes[0].reason, with code 422 */
    const char *field;   /* details.causes[0].field, with code 422; NULL: no causes */
    const char *const *warnings;
    size_t warning_count;
    const struct audit *audit;
    size_t audit_count;
    struct slice patch; /* the JSON Patch; empty: none is sent */
};

/* The response body. Check `out` afterwards. */
void review_answer(const struct answer *answer, struct buf *out);

#endif
