/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each review that the fuzz targets keep, while memory ends: the recorded ones, each
 * rule's golden pods, and what reached an edge of its own. What is refused, warned of
 * or added with memory is so without, or the review is a fault.
 */
#include "lib/base/file.h"
#include "tests/support/fixture.h"
#include "tests/torture/asked.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include <glob.h>
#include <stdio.h>

enum { PARTS = 16 };

/* What is no review is answered by 400, with or without a text: test_review.c has it. */
static size_t try_in(const char *path, const struct ruleset *ruleset, enum phase phase)
{
    AUTO(buf) struct buf body = {0};
    AUTO(asked) struct asked asked = {0};
    struct error err = {0};

    buf_init(&body, JSON_MAX_TEXT);
    cr_assert_eq(file_read(path, &body, &err), 0, "%s", err.text);
    asked_with_memory(&asked, ruleset, phase, buf_view(&body));
    if (asked.want.http_status != 200) {
        return 0;
    }
    /* Not strictly: OpenSSL may do without an allocation, and the answer is the same then. */
    return torture(
        &(struct torture){.work = asked_again, .context = &asked, .name = path, .named = true});
}

static size_t try_all(const char *pattern)
{
    AUTO(ruleset) const struct ruleset *ruleset = fixture_ruleset(FIXTURE_EXAMPLE);
    size_t allocations = 0;
    glob_t found = {0};

    cr_assert_eq(glob(pattern, 0, NULL, &found), 0, "%s", pattern);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        allocations += try_in(found.gl_pathv[i], ruleset, PHASE_MUTATE);
        allocations += try_in(found.gl_pathv[i], ruleset, PHASE_VALIDATE);
    }
    cr_log_info("%s: %zu files, %zu allocations", pattern, found.gl_pathc, allocations);
    globfree(&found);
    return allocations;
}

ParameterizedTestParameters(torture_corpus, answers_are_right_or_none)
{
    static size_t parts[PARTS];

    for (size_t i = 0; i < PARTS; i++) {
        parts[i] = i;
    }
    return cr_make_param_array(size_t, parts, PARTS);
}

/* By the first digit of the files' names, which are hashes. */
ParameterizedTest(const size_t *part, torture_corpus, answers_are_right_or_none)
{
    char pattern[4096];

    (void)snprintf(pattern, sizeof pattern, TEST_SOURCE_DIR "/tests/fuzz/corpus/review/%zx*",
                   *part);
    cr_assert_gt(try_all(pattern), 0, "%s", pattern);
}

Test(torture_corpus, finds_are_answered_right_or_not)
{
    cr_assert_gt(try_all(TEST_SOURCE_DIR "/tests/fuzz/found/review/*"), 0);
}
