/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A text with JSON or YAML in it as documents, each on its own tape.
 *
 * A text that is one JSON value is read as JSON: the bytes stay as they are, as
 * an AdmissionReview is to be answered. Everything else is YAML as kubectl takes
 * it (lib/kube/yaml.h), which several JSON values behind each other are as well.
 *
 * Ownership: the documents own their texts; a document does not move, so values on its tape stay
 *            valid while more are read.
 * Errors:    ERR_MALFORMED and ERR_TOO_LARGE with the document's name in front.
 * Limits:    16 MiB a text.
 */
#ifndef CLI_DOCUMENTS_H
#define CLI_DOCUMENTS_H

#include "lib/kube/value.h"

enum { DOCUMENTS_TEXT_MAX = JSON_MAX_TEXT };

/* Where a document came from, for messages: "deploy.yaml[2]". */
struct source {
    const char *file; /* borrowed */
    size_t number;    /* of the document in its file, from 1 */
    bool only;        /* the file has no other */
};

struct document {
    struct json doc;
    char *text; /* what the tape lies over */
    size_t len;
    struct source source;
};

struct documents {
    struct document **items;
    size_t count;
    size_t cap;
};

void documents_done(struct documents *documents);
DEFINE_AUTO_IN_PLACE(documents, struct documents, documents_done);

/* Read all of `text` and append its documents. `file` is borrowed. */
int documents_read(struct documents *documents, const char *file, struct slice text,
                   struct error *err) MUST_CHECK;

/* Append one document of this JSON text, which is copied. */
int documents_add(struct documents *documents, const struct source *source, struct slice json,
                  struct error *err) MUST_CHECK;

#endif
