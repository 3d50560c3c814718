/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One review, asked again and again while memory ends, and held to its answer with
 * memory: the same byte for byte and with the same policies, or a 500 that nothing
 * could take for an answer.
 *
 * Ownership: borrows what the request does; owns the answer.
 */
#ifndef TESTS_TORTURE_ASKED_H
#define TESTS_TORTURE_ASKED_H

#include "server/admission/admission.h"
#include "tests/support/torture.h"

struct asked {
    struct admission_request request;
    struct admission want;
};

void asked_done(struct asked *asked);
DEFINE_AUTO_IN_PLACE(asked, struct asked, asked_done);

/* Make the request and have its answer. The path's gateway may stand there before. */
void asked_with_memory(struct asked *asked, const struct ruleset *ruleset, enum phase phase,
                       struct slice body);

/* Work for torture(); the context is a struct asked. */
int asked_again(struct memory_plan plan, const void *context, struct error *err);

/* The answer with memory, or a fault, which err is then. */
int asked_settle(const struct admission *got, const struct admission *want, size_t nth,
                 struct error *err);

#endif
