/* SPDX-License-Identifier: Apache-2.0 */
#include "server/http/library_log.h"

#include "lib/base/clock.h"
#include "server/http/service.h"

#include <stdio.h>

enum { EVERY_MS = 1000 };

/* How messages begin that are about the machine, or about a mistake of ours. */
static const char *const machine_words[] = {
    "Error allocating memory",
    "Hit process or system resource limit",
    "Error accepting",
    "Error during poll",
    "poll failed",
    "Failed to create",
    "Attempted to queue",
};

static bool is_about_machine(const char *format)
{
    for (size_t i = 0; i < COUNT_OF(machine_words); i++) {
        if (slice_starts_with(slice_of(format), machine_words[i])) {
            return true;
        }
    }
    return false;
}

/* True for one thread a second. */
static bool is_due(struct service *service)
{
    int64_t now_ms = clock_ms();
    int64_t next_ms = atomic_load(&service->quiet_until_ms);

    return now_ms >= next_ms &&
           atomic_compare_exchange_strong(&service->quiet_until_ms, &next_ms, now_ms + EVERY_MS);
}

void library_log(void *cls, const char *format, va_list arguments)
{
    struct service *service = cls;
    char text[256];

    if (slice_starts_with(slice_of(format), "Accepted connection")) {
        return;
    }
    metrics_add(&service->metrics, METRIC_HTTP_ERRORS, 1);
    if (!is_about_machine(format) || !is_due(service)) {
        return;
    }
    (void)vsnprintf(text, sizeof text, format, arguments);
    text[strcspn(text, "\n")] = '\0';
    const struct log_field fields[] = {LOG_TEXT("error", text)};
    log_event(&service->log, LOG_LEVEL_WARN, "libmicrohttpd", fields, COUNT_OF(fields));
}
