/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a cluster does with an answer: the pod as its patch leaves it, in the next
 * review. Ends the test where an answer or a patch cannot be read.
 */
#ifndef TESTS_SUPPORT_PATCHED_H
#define TESTS_SUPPORT_PATCHED_H

#include "lib/base/buf.h"

#include <stdbool.h>

/*
 * The review `body` with its object as the patch in `answer` makes it, into a buffer that this
 * initialises; false where the answer has no patch.
 */
bool patched_review(struct slice body, struct slice answer, struct buf *next);

#endif
