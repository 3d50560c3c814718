/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the threads meet: who waits is woken, who asks is answered once or let go at the stop.
 */
#include "lib/base/clock.h"
#include "server/controller/hub.h"
#include "tests/controller/moments.h"
#include "tests/controller/stand_in.h"

#include <criterion/criterion.h>

static const struct resource namespaces = {"", "v1", "namespaces", false};
static const struct api_request request = {
    .verb = API_GET, .resource = &namespaces, .name = "media", .deadline_ms = 4000};

static struct hub hub;

static void start(void)
{
    hub_init(&hub);
    hub.api = stand_in_start();
    stand_in_put("namespaces", "{\"metadata\":{\"name\":\"media\"}}");
}

static void stop(void)
{
    api_stop(hub.api);
    hub_done(&hub);
}

TestSuite(hub, .init = start, .fini = stop, .timeout = 60);

Test(hub, gives_the_answer_to_whoever_asked)
{
    AUTO(api_answer) struct api_answer answer = {0};

    cr_assert_eq(hub_ask(&hub, &request, &answer), 0, "%s", answer.err.text);
    cr_assert(value_is(value_get(api_answer_object(&answer), "metadata", "name", NULL), "media"));
}

Test(hub, says_why_there_is_no_answer)
{
    AUTO(api_answer) struct api_answer answer = {0};
    AUTO(api_answer) struct api_answer senseless = {0};
    struct api_request other = request;

    other.name = "nobody";
    cr_assert_eq(hub_ask(&hub, &other, &answer), -1);
    cr_assert_eq(answer.code, 404);
    other.name = NULL;
    cr_assert_eq(hub_ask(&hub, &other, &senseless), -1);
    cr_assert_neq(senseless.err.text[0], '\0');
}

static enum stand_in_way hang(void *arg, const struct api_request *asked,
                              struct stand_in_reply *reply)
{
    (void)arg;
    (void)asked;
    (void)reply;
    return STAND_IN_HANGS;
}

enum { ASKERS = 8 };

static void *ask(void *arg)
{
    struct api_answer *answer = arg;

    (void)!hub_ask(&hub, &request, answer);
    return NULL;
}

/* Their answers come after they have gone: the last holder frees them, as the leak sanitizer sees.
 */
Test(hub, lets_go_whoever_waits_at_the_stop)
{
    struct api_answer answers[ASKERS] = {0};
    pthread_t threads[ASKERS];

    stand_in_act_by(hang, NULL);
    for (size_t i = 0; i < ASKERS; i++) {
        cr_assert_eq(pthread_create(&threads[i], NULL, ask, &answers[i]), 0);
    }
    stand_in_quiet(ASKERS);
    hub_quit(&hub);
    for (size_t i = 0; i < ASKERS; i++) {
        cr_assert_eq(pthread_join(threads[i], NULL), 0);
        cr_assert(answers[i].stopped);
        cr_assert_eq(answers[i].code, 0);
        cr_assert_str_eq(answers[i].err.text, "this podveil stops");
    }
}

static void *sleep_long(void *arg)
{
    *(bool *)arg = hub_sleep(&hub, 3600000);
    return NULL;
}

static void *wait_long(void *arg)
{
    hub_lock(&hub);
    *(bool *)arg = hub_wait_locked(&hub, clock_ms() + 3600000);
    hub_unlock(&hub);
    return NULL;
}

static void run_two(pthread_t threads[2], bool went_on[2])
{
    cr_assert_eq(pthread_create(&threads[0], NULL, sleep_long, &went_on[0]), 0);
    cr_assert_eq(pthread_create(&threads[1], NULL, wait_long, &went_on[1]), 0);
    stand_in_quiet(2);
}

Test(hub, wakes_who_waits_at_a_ring_and_who_sleeps_at_the_stop)
{
    pthread_t threads[2];
    bool went_on[2] = {true, false};

    run_two(threads, went_on);
    hub_lock(&hub);
    hub_ring(&hub);
    hub_unlock(&hub);
    cr_assert_eq(pthread_join(threads[1], NULL), 0);
    cr_assert(went_on[1]);
    hub_quit(&hub);
    cr_assert_eq(pthread_join(threads[0], NULL), 0);
    cr_assert_not(went_on[0]);
    cr_assert_not(hub_sleep(&hub, 3600000), "and nobody sleeps after it");
}
