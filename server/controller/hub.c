/* SPDX-License-Identifier: Apache-2.0 */
#include "server/controller/hub.h"

#include "lib/base/clock.h"

/* A request under way. Two hold it: who asks, and the client until its end. */
struct errand {
    struct hub *hub;
    unsigned holders; /* under the hub's lock, as is the rest */
    bool done;
    struct api_answer answer;
};

void hub_init(struct hub *hub)
{
    *hub = (struct hub){0};
    (void)pthread_mutex_init(&hub->mutex, NULL);
    clock_cond_init(&hub->changed);
}

void hub_done(struct hub *hub)
{
    (void)pthread_cond_destroy(&hub->changed);
    (void)pthread_mutex_destroy(&hub->mutex);
}

void hub_lock(struct hub *hub)
{
    (void)pthread_mutex_lock(&hub->mutex);
}

void hub_unlock(struct hub *hub)
{
    (void)pthread_mutex_unlock(&hub->mutex);
}

void hub_ring(struct hub *hub)
{
    (void)pthread_cond_broadcast(&hub->changed);
}

void hub_quit(struct hub *hub)
{
    hub_lock(hub);
    hub->quit = true;
    hub_ring(hub);
    hub_unlock(hub);
}

bool hub_wait_locked(struct hub *hub, int64_t until_ms)
{
    struct timespec until = clock_timespec(until_ms);

    if (!hub->quit) {
        (void)pthread_cond_timedwait(&hub->changed, &hub->mutex, &until);
    }
    return !hub->quit;
}

bool hub_sleep(struct hub *hub, int64_t ms)
{
    int64_t until_ms = clock_ms() + ms;

    hub_lock(hub);
    while (clock_ms() < until_ms && hub_wait_locked(hub, until_ms)) {
    }
    bool goes_on = !hub->quit;
    hub_unlock(hub);
    return goes_on;
}

/* The last holder frees it. */
static void let_go(struct errand *errand)
{
    struct hub *hub = errand->hub;

    hub_lock(hub);
    errand->holders--;
    bool last = errand->holders == 0;
    hub_unlock(hub);
    if (last) {
        api_answer_done(&errand->answer);
        free(errand);
    }
}

DEFINE_AUTO(errand, struct errand, let_go);

static void answered(void *arg, struct api_answer *answer)
{
    struct errand *errand = arg;

    hub_lock(errand->hub);
    errand->answer = *answer;
    *answer = (struct api_answer){0};
    errand->done = true;
    hub_ring(errand->hub);
    hub_unlock(errand->hub);
    let_go(errand);
}

static void stopped(struct api_answer *answer)
{
    answer->stopped = true;
    (void)error_set(&answer->err, ERR_SYSTEM, "this podveil stops");
}

/* Until it is done, or a stop. */
static void wait_for(struct errand *errand, struct api_answer *answer)
{
    struct hub *hub = errand->hub;

    hub_lock(hub);
    while (!errand->done && !hub->quit) {
        (void)pthread_cond_wait(&hub->changed, &hub->mutex);
    }
    if (errand->done) {
        *answer = errand->answer;
        errand->answer = (struct api_answer){0};
    } else {
        stopped(answer);
    }
    hub_unlock(hub);
}

int hub_ask(struct hub *hub, const struct api_request *request, struct api_answer *answer)
{
    AUTO(errand) struct errand *errand = calloc(1, sizeof *errand);

    *answer = (struct api_answer){0};
    if (errand == NULL) {
        return error_set(&answer->err, ERR_NO_MEMORY, "no memory for a request");
    }
    *errand = (struct errand){.hub = hub, .holders = 2};
    const struct api_hooks hooks = {.done = answered, .arg = errand};
    if (api_submit(hub->api, request, &hooks, &answer->err) != 0) {
        errand->holders = 1;
        return -1;
    }
    wait_for(errand, answer);
    return answer->ok ? 0 : -1;
}
