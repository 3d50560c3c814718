/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A review put to admission as the server puts it, with what must be true of
 * each answer whatever was asked: the same twice, a body that its own reader
 * takes, no fault of ours, nothing allowed that is not said to be.
 *
 * Ownership: asked_done() releases; the body stays the caller's.
 */
#ifndef TESTS_FUZZ_ASKED_H
#define TESTS_FUZZ_ASKED_H

#include "server/admission/admission.h"
#include "tests/fuzz/setting.h"

struct question {
    const struct ruleset *ruleset;
    enum phase phase;
    struct slice path_gateway;
    struct slice body;
};

struct asked {
    struct admission answer;
    struct json doc; /* of the answer's body, where it is a review */
};

void asked_init(struct asked *asked, const struct question *question);
void asked_done(struct asked *asked);
DEFINE_AUTO_IN_PLACE(asked, struct asked, asked_done);

/* The patch of the answer, "" where it has none. `out` is initialised. */
void asked_patch(const struct asked *asked, struct buf *out);

#endif
