/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AdmissionReviews as input: what the server answers, by the server's own code
 * (server/admission), and that answer as an outcome for other forms of output.
 *
 * The server that is asked keeps policies (--policy-dir). Where the labels of
 * the review's namespace are known and name a gateway, it is asked at
 * /mutate/namespace/<gateway>, where an API server would have sent it.
 */
#ifndef CLI_REVIEWS_H
#define CLI_REVIEWS_H

#include "server/admission/admission.h"
#include "server/cli/outcome.h"

/* Ask. Call admission_done() afterwards. */
void reviews_ask(const struct job *job, const struct object *object, enum phase phase,
                 struct admission *answer);

/* EXIT_ALLOWED or EXIT_DENIED; EXIT_INPUT where the server would answer 4xx. */
int reviews_exit(const struct admission *answer);

/* The answer as an outcome. ERR_MALFORMED where it is no AdmissionReview. */
int reviews_outcome(const struct job *job, const struct object *object, enum phase phase,
                    struct outcome *outcome, struct error *err) MUST_CHECK;

/* Print the answer to each review of the input. Gives the exit code. */
int reviews_answer(const struct job *job, enum phase phase);

/* Is every object of the input a review? Then answers are the default form of output. */
bool reviews_only(const struct objects *objects);

#endif
