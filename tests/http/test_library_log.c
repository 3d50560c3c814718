/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/clock.h"
#include "server/http/library_log.h"
#include "server/http/service.h"

#include <criterion/criterion.h>

#include <stdio.h>

static struct service service;
static FILE *file;

static void enter(void)
{
    file = tmpfile();
    cr_assert_not_null(file);
    log_init(&service.log, SERVER_LOG_JSON, fileno(file));
    metrics_init(&service.metrics, 0);
}

static void leave(void)
{
    log_done(&service.log);
    (void)fclose(file);
}
TestSuite(library_log, .init = enter, .fini = leave);

static void say(const char *format, ...) PRINTF_LIKE(1, 2);
static void say(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    library_log(&service, format, arguments);
    va_end(arguments);
}

static size_t count_lines(void)
{
    size_t lines = 0;

    rewind(file);
    for (int c = getc(file); c != EOF; c = getc(file)) {
        lines += c == '\n' ? 1 : 0;
    }
    return lines;
}

Test(library_log, counts_what_is_about_one_connection)
{
    say("Received %s\n", "garbage");
    say("Accepted connection on %s\n", "a socket");
    cr_assert_eq(count_lines(), 0);
    cr_assert_eq(metrics_get(&service.metrics, METRIC_HTTP_ERRORS), 1);
}

Test(library_log, tells_of_the_machine_when_it_is_due)
{
    int64_t now_ms = clock_ms();

    say("Error allocating memory: %s\n", "none");
    cr_assert_eq(count_lines(), 1);
    cr_assert_geq(atomic_load(&service.quiet_until_ms), now_ms + 1000);
    atomic_store(&service.quiet_until_ms, INT64_MAX);
    say("Error allocating memory: %s\n", "none");
    cr_assert_eq(count_lines(), 1, "not due");
    atomic_store(&service.quiet_until_ms, 0);
    say("Error allocating memory: %s\n", "none");
    cr_assert_eq(count_lines(), 2, "due");
    cr_assert_eq(metrics_get(&service.metrics, METRIC_HTTP_ERRORS), 3);
}
