/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/kube/client/retry.h"
#include "tests/base/support.h"

enum { YES = 1, NO = 0 };

static const struct {
    const char *name;
    struct attempt attempt;
    int again;
} rows[] = {
    {"no connection", {.verb = API_CREATE, .end = ATTEMPT_NOT_SENT}, YES},
    {"lost apply", {.verb = API_APPLY, .end = ATTEMPT_LOST}, YES},
    {"lost delete", {.verb = API_DELETE, .end = ATTEMPT_LOST}, YES},
    {"lost post", {.verb = API_CREATE, .end = ATTEMPT_LOST}, NO},
    {"lost watch", {.verb = API_WATCH, .end = ATTEMPT_LOST}, NO},
    {"watch without connection", {.verb = API_WATCH, .end = ATTEMPT_NOT_SENT}, NO},
    {"wrong certificate", {.verb = API_GET, .end = ATTEMPT_REFUSED}, NO},
    {"429", {.verb = API_CREATE, .code = 429}, YES},
    {"503 of a get", {.verb = API_GET, .code = 503}, YES},
    {"503 of a post", {.verb = API_CREATE, .code = 503}, NO},
    {"503 of a post, turned away", {.verb = API_CREATE, .code = 503, .retry_after_ms = 0}, YES},
    {"500 of an apply", {.verb = API_APPLY, .code = 500}, YES},
    {"500 of a post", {.verb = API_CREATE, .code = 500}, NO},
    {"504", {.verb = API_LIST, .code = 504}, YES},
    {"501", {.verb = API_LIST, .code = 501}, NO},
    {"200", {.verb = API_GET, .code = 200}, NO},
    {"302", {.verb = API_GET, .code = 302}, NO},
    {"401 with the same token", {.verb = API_GET, .code = 401}, NO},
    {"401 with another token", {.verb = API_CREATE, .code = 401, .fresh_token = true}, YES},
    {"403", {.verb = API_GET, .code = 403}, NO},
    {"404", {.verb = API_GET, .code = 404}, NO},
    {"409", {.verb = API_APPLY, .code = 409}, NO},
    {"410", {.verb = API_LIST, .code = 410}, NO},
    {"422", {.verb = API_APPLY, .code = 422}, NO},
};

EACH_ROW(retry, comes_where_it_does_no_harm_and_may_help, rows)
{
    struct attempt attempt = rows[*index].attempt;

    attempt.count = 1;
    attempt.left_ms = 60000;
    if (strstr(rows[*index].name, "turned away") == NULL) {
        attempt.retry_after_ms = -1;
    }
    cr_assert_eq(retry_wait(&attempt) != RETRY_NEVER, rows[*index].again == YES, "%s",
                 rows[*index].name);
}

Test(retry, pauses_double_and_half_of_each_is_chance)
{
    static const int64_t whole[] = {100, 200, 400, 800, 1600, 3200, 5000, 5000};

    for (unsigned i = 0; i < COUNT_OF(whole); i++) {
        cr_assert_eq(retry_pause(i + 1, 100, 5000, 0), whole[i] / 2, "%u", i);
        cr_assert_eq(retry_pause(i + 1, 100, 5000, (uint32_t)whole[i] / 2), whole[i], "%u", i);
        int64_t pause = retry_pause(i + 1, 100, 5000, 3999999999U);
        cr_assert(pause >= whole[i] / 2 && pause <= whole[i], "%u", i);
    }
    cr_assert_eq(retry_pause(4000000000U, 100, 5000, 0), 2500);
}

Test(retry, waits_as_long_as_it_was_told_and_not_behind_the_deadline)
{
    struct attempt attempt = {.verb = API_GET,
                              .code = 429,
                              .retry_after_ms = 2000,
                              .count = 1,
                              .left_ms = 2500,
                              .chance = 50};

    int64_t wait = retry_wait(&attempt);
    cr_assert(wait >= 2000 && wait < 2500);
    attempt.left_ms = 2000;
    cr_assert_eq(retry_wait(&attempt), RETRY_NEVER);
    attempt = (struct attempt){
        .verb = API_GET, .end = ATTEMPT_LOST, .retry_after_ms = -1, .count = 1, .left_ms = 50};
    cr_assert_eq(retry_wait(&attempt), RETRY_NEVER);
    attempt.left_ms = 51;
    cr_assert_eq(retry_wait(&attempt), 50);
}

Test(retry, another_token_is_tried_at_once)
{
    const struct attempt attempt = {.verb = API_GET,
                                    .code = 401,
                                    .retry_after_ms = -1,
                                    .fresh_token = true,
                                    .count = 9,
                                    .left_ms = 10};

    cr_assert_eq(retry_wait(&attempt), 0);
}
