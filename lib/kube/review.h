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
    struct value object;     /* always there on CREATE and UPDATE; CONNECT's options */
    struct value old_object; /* always there on UPDATE and DELETE */
};

/*
 * Is this an AdmissionReview of v1 with a uid that can be echoed: 1 to 128 bytes without control
 * characters? Gives the uid with its quotes.
 */
int review_uid(struct value root, struct slice *uid, struct error *err) MUST_CHECK;

/*
 * The uid of a review that nobody has parsed, for a denial without a look at the rest: where it is
 * plain and stands in the first 4 KiB, as the API server writes it. The text may be anything: this
 * says nothing about the review. Gives the uid with its quotes.
 */
bool review_uid_ahead(struct slice text, struct slice *uid) MUST_CHECK;

/*
 * Read the request. Refused as ERR_MALFORMED: a field of the wrong type or with a NUL, an unknown
 * operation, an object that is missing where the operation has one, metadata.namespace of an object
 * that is not request.namespace, and, for the kinds that podveil knows, a kind, a resource and an
 * object's kind and apiVersion that disagree. null is absent, as it is for the API server; unknown
 * fields are left alone. Failure leaves `review` as it was.
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

/* The response body. Check `out` afterwards. Where in it another audit annotation would go, with a
 * comma before it; 0 where it has none. */
size_t review_answer(const struct answer *answer, struct buf *out);

#endif
