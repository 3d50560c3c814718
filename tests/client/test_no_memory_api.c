/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The client without memory, in its own code, in libcurl and in GnuTLS: a request ends all
 * the same, and so does the client.
 */
#include "lib/kube/client/reflector.h"
#include "tests/client/nobody.h"
#include "tests/support/torture.h"

#include <poll.h>

static const struct resource namespaces = {.group = "", .version = "v1", .plural = "namespaces"};
static const struct api_request request = {
    .verb = API_GET, .resource = &namespaces, .name = "media", .deadline_ms = 10};

static int ask(struct memory_plan plan, const void *context, struct error *err)
{
    int fd = -1;
    struct api *api = nobody_start(&fd);
    AUTO(api_answer) struct api_answer before = {0};
    AUTO(api_answer) struct api_answer first = {0};
    AUTO(api_answer) struct api_answer second = {0};

    (void)context;
    cr_assert_eq(api_ask(api, &request, &before), -1); /* the thread is under way now */
    memory_begin(plan);
    int got = api_ask(api, &request, &first);
    (void)memory_end();
    *err = first.err;
    cr_assert_eq(api_ask(api, &request, &second), -1);
    cr_assert_eq(second.err.code, ERR_SYSTEM, "%s", second.err.text);
    api_stop(api);
    (void)close(fd);
    return got;
}

Test(no_memory_api, every_request_ends_and_the_next_one_finds_the_client_well)
{
    size_t count = torture(&(struct torture){.work = ask, .want = -1, .keeps = true});

    cr_assert_geq(count, 20);
}

/* Its LIST ends for want of memory, and so does the pause behind it: then nothing is under way. */
static void wait_until_idle(struct cache *cache)
{
    while (cache_state(cache).failures < 2) {
        (void)poll(NULL, 0, 5);
    }
}

Test(no_memory_api, a_watch_that_could_not_even_pause_goes_on_when_it_is_kicked)
{
    int fd = -1;
    struct api *api = nobody_start(&fd);
    AUTO(cache) struct cache *cache = cache_new(&(struct cache_options){0});
    const struct reflector_options options = {.resource = &namespaces, .cache = cache};
    AUTO(api_answer) struct api_answer before = {0};
    struct reflector *reflector = NULL;
    struct error err = {0};

    cr_assert_eq(api_ask(api, &request, &before), -1);
    cr_assert_eq(reflector_start(api, &options, &reflector, &err), 0, "%s", err.text);
    memory_begin((struct memory_plan){.nth = 1, .onwards = true});
    wait_until_idle(cache);
    (void)memory_end();
    cr_assert(cache_state(cache).stale);

    cr_assert_eq(listen(fd, 8), 0);
    reflector_kick(reflector);
    struct pollfd comes = {.fd = fd, .events = POLLIN};
    cr_assert_eq(poll(&comes, 1, 30000), 1, "it does not ask again");
    api_stop(api);
    reflector_free(reflector);
    (void)close(fd);
}
