/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One pod taken through all rules, as /mutate does it, and what every admitted
 * pod must be whatever the pod was.
 *
 * Ownership: a trial owns what it holds until trial_done(); it borrows the ruleset.
 */
#ifndef TESTS_MUTATORS_TRIAL_H
#define TESTS_MUTATORS_TRIAL_H

#include "mutators/mutator.h"
#include "tests/support/fixture.h"

struct trial {
    struct json pod;
    struct patch *patch;
    struct subject subject;
    struct findings findings;
    struct buf operations; /* the patch document */
    struct buf result;     /* the working copy */
};

/* `text` must outlive the trial. Ends the test where a rule fails instead of deciding. */
void trial_run(struct trial *trial, const struct ruleset *ruleset, struct slice text,
               const struct surroundings *around);
void trial_done(struct trial *trial);
DEFINE_AUTO_IN_PLACE(trial, struct trial, trial_done);

/*
 * The patch replayed on the pod is the working copy, byte for byte; the working copy taken through
 * the rules again is refused for nothing and needs no patch. `name` is for the messages.
 */
void trial_assert_right(const struct trial *trial, const struct ruleset *ruleset,
                        const struct surroundings *around, const char *name);

/* Everything that podveil does not own is in the working copy byte for byte as it was. */
void trial_assert_untouched(const struct trial *trial, const char *name);

#endif
