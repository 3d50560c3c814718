/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The client where no API server is: what is asked ends all the same, once. What one
 * answers is tried by test_faults.py.
 */
#include "tests/client/nobody.h"

#include <stdatomic.h>

static const struct resource namespaces = {.group = "", .version = "v1", .plural = "namespaces"};

static struct api_request get(uint32_t delay_ms, uint32_t deadline_ms)
{
    return (struct api_request){.verb = API_GET,
                                .resource = &namespaces,
                                .name = "media",
                                .delay_ms = delay_ms,
                                .deadline_ms = deadline_ms};
}

Test(api, who_waits_is_told_why_there_is_no_answer)
{
    int fd = -1;
    struct api *api = nobody_start(&fd);
    AUTO(api_answer) struct api_answer answer = {0};
    const struct api_request request = get(0, 300);

    cr_assert_eq(api_ask(api, &request, &answer), -1);

    cr_assert_eq(answer.code, 0);
    cr_assert_gt(answer.tries, 0);
    cr_assert_not_null(strstr(answer.err.text, "get namespaces media: Failed to connect"), "%s",
                       answer.err.text);
    cr_assert_not(value_exists(api_answer_object(&answer)));
    api_stop(api);
    (void)close(fd);
}

Test(api, what_makes_no_sense_is_refused_at_once)
{
    int fd = -1;
    struct api *api = nobody_start(&fd);
    AUTO(api_answer) struct api_answer answer = {0};
    const struct api_request request = {
        .verb = API_DELETE, .resource = &namespaces, .deadline_ms = 1};

    cr_assert_eq(api_ask(api, &request, &answer), -1);

    cr_assert_eq(answer.tries, 0);
    cr_assert_str_eq(answer.err.text, "delete namespaces: a name is missing");
    api_stop(api);
    (void)close(fd);
}

Test(api, knows_its_namespace)
{
    int fd = -1;
    struct api *api = nobody_start(&fd);

    cr_assert_str_eq(api_namespace(api), "home");
    api_stop(api);
    (void)close(fd);
}

struct ends {
    struct api *api;
    atomic_uint stopped;
    atomic_uint others;
    atomic_uint refused; /* what was submitted when all was over */
};

static void count_end(void *arg, struct api_answer *answer)
{
    struct ends *ends = arg;
    const struct api_request request = get(0, 1000);
    const struct api_hooks hooks = {.done = count_end, .arg = ends};
    struct error err = {0};

    (void)atomic_fetch_add(answer->stopped ? &ends->stopped : &ends->others, 1);
    if (api_submit(ends->api, &request, &hooks, &err) != 0) {
        (void)atomic_fetch_add(&ends->refused, 1);
    }
}

Test(api, takes_so_many_and_ends_each_once)
{
    int fd = -1;
    struct ends ends = {.api = nobody_start(&fd)};
    const struct api_request request = get(3600000, 1000);
    const struct api_hooks hooks = {.done = count_end, .arg = &ends};
    const struct api_hooks vital = {.done = count_end, .arg = &ends, .vital = true};
    struct error err = {0};

    for (unsigned i = 0; i < API_MAX_CALLS; i++) {
        cr_assert_eq(api_submit(ends.api, &request, &hooks, &err), 0, "%s", err.text);
    }
    cr_assert_eq(api_submit(ends.api, &request, &hooks, &err), -1);
    cr_assert_str_eq(err.text, "get namespaces media: 1024 requests are under way already");
    cr_assert_eq(api_submit(ends.api, &request, &vital, &err), 0, "%s", err.text);
    api_stop(ends.api);

    cr_assert_eq(atomic_load(&ends.stopped), API_MAX_CALLS + 1);
    cr_assert_eq(atomic_load(&ends.refused), API_MAX_CALLS + 1);
    cr_assert_eq(atomic_load(&ends.others), 0);
    (void)close(fd);
}

Test(api, a_stop_of_nothing_is_fine)
{
    api_stop(NULL);
    apiserver_free(NULL);
}
