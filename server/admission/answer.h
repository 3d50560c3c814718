/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A decision as the answer that the API server gets: the one place where
 * errors and denials become HTTP codes, status codes and audit annotations.
 *
 * Each function leaves `out` complete; what cannot be built for lack of memory
 * becomes a 500, never an allowance.
 */
#ifndef SERVER_ADMISSION_ANSWER_H
#define SERVER_ADMISSION_ANSWER_H

#include "lib/kube/review.h"
#include "server/admission/admission.h"

void answer_init(struct admission *out, const struct config *config);

/* It is decided by this one, whichever is in use: the annotation and the log say so. */
void answer_by(struct admission *out, const struct config *config);

/* From here on the uid (with its quotes) can be echoed; then who is asked about, for the log. */
void answer_begin(struct admission *out, struct slice uid);
void answer_describe(struct admission *out, const struct review *review);

/* No uid: 400, 413 for a limit, 500 for memory. */
void answer_error(struct admission *out, const struct error *err);
/* An envelope that makes no sense: denied, status.code 400. */
void answer_malformed(struct admission *out, const char *text);
/* A fault of our own: 500. */
void answer_fault(struct admission *out, const struct error *err);
/* What the rules found. An empty patch is not sent. A denial drops the policies. */
void answer_decision(struct admission *out, const struct findings *findings, bool private_pod,
                     struct slice patch);

/* Nothing is to be written for it. */
void answer_drop_policies(struct admission *out);

/* The prefix of a kind that makes pods, or NULL (lib/pod/template.h). */
const char *answer_prefix(const struct kind *kind);

/* Where a token stands, for people: "request.object.metadata.labels[a]". Cut to size. */
void answer_path_of(const struct json *doc, uint32_t token, char *out, size_t size);

#endif
