/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/error.h"
#include "tests/base/support.h"

#include <errno.h>
#include <string.h>

Test(error, is_filled_and_returns_failure)
{
    struct error err = {0};

    cr_assert_eq(error_set(&err, ERR_CONFIG, "line %d: %s", 3, "unknown key"), -1);
    cr_assert_eq(err.code, ERR_CONFIG);
    cr_assert_str_eq(err.text, "line 3: unknown key");
}

Test(error, says_what_errno_means)
{
    struct error err = {0};

    errno = ENOENT;
    cr_assert_eq(error_errno(&err, "%s", "policy.yaml"), -1);
    cr_assert_eq(err.code, ERR_SYSTEM);
    cr_assert_str_eq(err.text, "policy.yaml: No such file or directory");
}

Test(error, gets_context_in_front_and_keeps_its_code)
{
    struct error err = {0};

    (void)error_set(&err, ERR_TOO_LARGE, "more than 5");
    cr_assert_eq(error_prefix(&err, "item %d", 2), -1);
    cr_assert_eq(error_prefix(&err, "%s", "list"), -1);
    cr_assert_eq(err.code, ERR_TOO_LARGE);
    cr_assert_str_eq(err.text, "list: item 2: more than 5");
}

Test(error, cuts_text_that_is_too_long)
{
    struct error err = {0};

    (void)error_set(&err, ERR_MALFORMED, "%0600d", 7);
    cr_assert_eq(strlen(err.text), sizeof err.text - 1);
    (void)error_prefix(&err, "context");
    cr_assert_eq(strlen(err.text), sizeof err.text - 1);
    cr_assert_eq(strncmp(err.text, "context: 000", 12), 0);
    (void)error_prefix(&err, "%0600d", 7);
    cr_assert_eq(strlen(err.text), sizeof err.text - 1, "the context alone fills it");
    errno = ENOENT;
    (void)error_errno(&err, "%0505d", 7);
    cr_assert_eq(strlen(err.text), sizeof err.text - 1);
    cr_assert_eq(strncmp(err.text + 505, ": No s", 6), 0);
}
