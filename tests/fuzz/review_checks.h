/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is done with a review that was answered: the same by the command line,
 * the same by the recorder, and what a cluster does next.
 */
#ifndef TESTS_FUZZ_REVIEW_CHECKS_H
#define TESTS_FUZZ_REVIEW_CHECKS_H

#include "tests/fuzz/asked.h"

/* /mutate allowed the creation of a pod: the recorder, asked alone, makes the same patch, and
 * replaying that gives its working copy. */
void claim_replayed(const struct question *question, const struct asked *asked);

/* What /validate says to what /mutate made of the object; the caller's. */
void ask_validate(const struct question *question, const struct asked *asked, struct asked *judged);

/* The body with the patched object in it is right for /validate but for what that alone asks, and
 * /mutate adds nothing to it. `object` gets the object, "" where there was no patch. */
void claim_followed(const struct question *question, const struct asked *asked, struct buf *object);

/* `podveil mutate` and `podveil validate` over the same text. */
void claim_offline(const struct question *question, const struct asked *asked);

#endif
