/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/kube/client/retry.h"

#include <sys/random.h>

int64_t retry_pause(unsigned count, int64_t first_ms, int64_t max_ms, uint32_t chance)
{
    int64_t pause = first_ms;

    for (unsigned i = 1; i < count && pause < max_ms; i++) {
        pause *= 2;
    }
    pause = pause > max_ms ? max_ms : pause;
    return pause / 2 + (int64_t)(chance % ((uint32_t)pause / 2 + 1));
}

/* Has the API server surely not done it? */
static bool was_turned_away(const struct attempt *attempt)
{
    return attempt->code == 429 || (attempt->code == 503 && attempt->retry_after_ms >= 0);
}

static bool is_worth_it(const struct attempt *attempt)
{
    bool repeats = api_verb_repeats(attempt->verb);

    switch (attempt->end) {
    case ATTEMPT_NOT_SENT:
        return true;
    case ATTEMPT_LOST:
        return repeats;
    case ATTEMPT_REFUSED:
        return false;
    case ATTEMPT_ANSWERED:
        break;
    }
    if (attempt->code == 401) {
        return attempt->fresh_token;
    }
    if (was_turned_away(attempt)) {
        return true;
    }
    return repeats && (attempt->code == 500 || (attempt->code >= 502 && attempt->code <= 504));
}

int64_t retry_wait(const struct attempt *attempt)
{
    if (attempt->verb == API_WATCH || !is_worth_it(attempt)) {
        return RETRY_NEVER;
    }
    int64_t wait = retry_pause(attempt->count, RETRY_FIRST_MS, RETRY_MAX_MS, attempt->chance);
    if (attempt->end == ATTEMPT_ANSWERED && attempt->code == 401) {
        wait = 0;
    }
    if (attempt->end == ATTEMPT_ANSWERED && attempt->retry_after_ms >= 0) {
        wait = attempt->retry_after_ms + wait / 4;
    }
    return wait < attempt->left_ms ? wait : RETRY_NEVER;
}

uint32_t retry_chance(void)
{
    uint32_t chance = 0;

    /* Where the kernel has none yet, all replicas pausing alike is the worst of it. */
    return getrandom(&chance, sizeof chance, GRND_NONBLOCK) == sizeof chance ? chance : 0;
}

void retry_chances(uint8_t *out, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        out[i] = (uint8_t)retry_chance();
    }
}
