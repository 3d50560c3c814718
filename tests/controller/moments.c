/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/controller/moments.h"

#include "server/controller/hub.h"

#include <stdatomic.h>

pthread_mutex_t moments_mutex = PTHREAD_MUTEX_INITIALIZER;
pthread_cond_t moments_changed = PTHREAD_COND_INITIALIZER;

static _Atomic int64_t now_ms = MOMENTS_FIRST_MS;
static _Atomic int64_t wall_ms = (int64_t)MOMENTS_WALL * 1000;

/* Under moments_mutex, as is the list. */
struct sleeper {
    const struct hub *hub;
    int64_t until_ms;
    bool hears; /* a ring wakes it, not the end alone */
    bool woken;
    struct sleeper *next;
};

static struct sleeper *sleepers;

/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c): the linker's names */
void __real_hub_ring(struct hub *hub);
void __real_hub_quit(struct hub *hub);

int __wrap_clock_gettime(clockid_t clock, struct timespec *out);
time_t __wrap_time(time_t *out);
bool __wrap_hub_wait_locked(struct hub *hub, int64_t until_ms);
bool __wrap_hub_sleep(struct hub *hub, int64_t ms);
void __wrap_hub_ring(struct hub *hub);
void __wrap_hub_quit(struct hub *hub);
/* NOLINTEND */

int64_t moments_ms(void)
{
    return atomic_load(&now_ms);
}

time_t moments_wall(void)
{
    return (time_t)(atomic_load(&wall_ms) / 1000);
}

void moments_pass(int64_t ms)
{
    (void)pthread_mutex_lock(&moments_mutex);
    (void)atomic_fetch_add(&now_ms, ms);
    (void)atomic_fetch_add(&wall_ms, ms);
    (void)pthread_cond_broadcast(&moments_changed);
    (void)pthread_mutex_unlock(&moments_mutex);
}

void moments_set_wall(time_t now)
{
    atomic_store(&wall_ms, (int64_t)now * 1000);
}

static bool sleeps_on(const struct sleeper *sleeper)
{
    return !sleeper->woken && moments_ms() < sleeper->until_ms;
}

size_t moments_asleep_locked(void)
{
    size_t count = 0;

    for (const struct sleeper *sleeper = sleepers; sleeper != NULL; sleeper = sleeper->next) {
        count += sleeps_on(sleeper) ? 1 : 0;
    }
    return count;
}

static void leave(struct sleeper *sleeper)
{
    struct sleeper **at = &sleepers;

    while (*at != sleeper) {
        at = &(*at)->next;
    }
    *at = sleeper->next;
}

/* The hub is locked, and is again behind it: whoever rings meanwhile finds the sleeper. */
static void sleep_locked(struct hub *hub, struct sleeper *sleeper)
{
    (void)pthread_mutex_lock(&moments_mutex);
    sleeper->next = sleepers;
    sleepers = sleeper;
    (void)pthread_cond_broadcast(&moments_changed);
    hub_unlock(hub);
    while (sleeps_on(sleeper)) {
        (void)pthread_cond_wait(&moments_changed, &moments_mutex);
    }
    leave(sleeper);
    (void)pthread_mutex_unlock(&moments_mutex);
    hub_lock(hub);
}

int __wrap_clock_gettime(clockid_t clock, struct timespec *out)
{
    int64_t ms = clock == CLOCK_REALTIME ? atomic_load(&wall_ms) : moments_ms();

    *out = (struct timespec){.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};
    return 0;
}

time_t __wrap_time(time_t *out)
{
    time_t now = moments_wall();

    if (out != NULL) {
        *out = now;
    }
    return now;
}

bool __wrap_hub_wait_locked(struct hub *hub, int64_t until_ms)
{
    struct sleeper sleeper = {.hub = hub, .until_ms = until_ms, .hears = true};

    if (!hub->quit) {
        sleep_locked(hub, &sleeper);
    }
    return !hub->quit;
}

bool __wrap_hub_sleep(struct hub *hub, int64_t ms)
{
    struct sleeper sleeper = {.hub = hub, .until_ms = moments_ms() + ms};

    hub_lock(hub);
    if (!hub->quit) {
        sleep_locked(hub, &sleeper);
    }
    bool goes_on = !hub->quit;
    hub_unlock(hub);
    return goes_on;
}

static void wake(const struct hub *hub, bool all)
{
    (void)pthread_mutex_lock(&moments_mutex);
    for (struct sleeper *sleeper = sleepers; sleeper != NULL; sleeper = sleeper->next) {
        sleeper->woken = sleeper->woken || (sleeper->hub == hub && (all || sleeper->hears));
    }
    (void)pthread_cond_broadcast(&moments_changed);
    (void)pthread_mutex_unlock(&moments_mutex);
}

void __wrap_hub_ring(struct hub *hub)
{
    __real_hub_ring(hub);
    wake(hub, false);
}

void __wrap_hub_quit(struct hub *hub)
{
    __real_hub_quit(hub);
    wake(hub, true);
}
