/* SPDX-License-Identifier: Apache-2.0 */
/* One review's request as JSON, run through every validator. */
#ifndef TESTS_VALIDATORS_JUDGE_H
#define TESTS_VALIDATORS_JUDGE_H

#include "tests/support/fixture.h"
#include "validators/validator.h"

#include <criterion/criterion.h>

/* What the validators find in `review`, an AdmissionReview as text, by that ruleset and in that
 * cluster (which may be NULL). */
static inline struct findings judge_review_by(const struct ruleset *ruleset,
                                              const char *review_text,
                                              const struct cluster_view *around)
{
    AUTO(json) struct json doc = {0};
    struct error err = {0};
    struct review review = {0};
    struct findings findings;

    fixture_parse(&doc, review_text);
    cr_assert_eq(review_parse(&review, value_root(&doc), &err), 0, "%s in %s", err.text,
                 review_text);
    findings_init(&findings, ruleset->config);
    const struct judgement judgement = {.ruleset = ruleset, .review = &review, .around = around};
    cr_assert_eq(validators_check(&judgement, &findings, &err), 0, "%s", err.text);
    findings.config = NULL;
    return findings;
}

/* The same under a configuration below tests/. */
static inline struct findings judge_review_in(const char *review_text, const char *config,
                                              const struct cluster_view *around)
{
    AUTO(ruleset) const struct ruleset *ruleset = fixture_ruleset(config);

    return judge_review_by(ruleset, review_text, around);
}

/* The same under the example configuration, where there is nobody to ask. */
static inline struct findings judge_review(const char *review_text)
{
    return judge_review_in(review_text, FIXTURE_EXAMPLE, NULL);
}

#endif
