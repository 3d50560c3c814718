/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/kube/value.h"
#include "server/http/log.h"

#include <criterion/criterion.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

enum { LINE_SIZE = 65536 };

/* What one event wrote. */
static struct slice written(enum server_log format, const char *msg, const struct log_field *fields,
                            size_t count, char line[static LINE_SIZE])
{
    FILE *file = tmpfile();
    struct log log;

    cr_assert_not_null(file);
    log_init(&log, format, fileno(file));
    log_event(&log, LOG_LEVEL_WARN, msg, fields, count);
    log_done(&log);
    rewind(file);
    size_t len = fread(line, 1, LINE_SIZE - 1, file);
    line[len] = '\0';
    (void)fclose(file);
    return (struct slice){.data = line, .len = len};
}

Test(log, writes_one_json_object_a_line)
{
    const struct log_field fields[] = {
        LOG_JSON("uid", "\"a-b\""), LOG_TEXT("name", "a\"b\n\\"), LOG_TEXT("left", ""),
        LOG_TEXT("out", NULL),      LOG_NUMBER("ms", -12),
    };
    char line[LINE_SIZE];
    struct error err = {0};
    AUTO(json) struct json doc = {0};

    struct slice text = written(SERVER_LOG_JSON, "decision", fields, COUNT_OF(fields), line);
    cr_assert(slice_ends_with(text, "}\n"));
    cr_assert_null(memchr(text.data, '\n', text.len - 1), "one line");
    text.len--;
    cr_assert_eq(json_parse(&doc, text, &err), 0, "%s: %s", line, err.text);
    struct value root = value_root(&doc);
    cr_assert_eq(value_count(root), 6, "%s", line);
    cr_assert(value_is(value_member(root, "level"), "warn"), "%s", line);
    cr_assert(value_is(value_member(root, "msg"), "decision"), "%s", line);
    cr_assert(value_is(value_member(root, "uid"), "a-b"), "%s", line);
    cr_assert(value_is(value_member(root, "name"), "a\"b\n\\"), "%s", line);
    cr_assert(slice_is(value_raw(value_member(root, "ms")), "-12"), "%s", line);
}

static const struct number_case {
    const char *name;
    struct log_field field;
    const char *want;
} number_cases[] = {
    {"nothing", LOG_NUMBER("n", 0), "0"},
    {"one digit", LOG_NUMBER("n", 7), "7"},
    {"the most", LOG_NUMBER("n", INT64_MAX), "9223372036854775807"},
    {"the least", LOG_NUMBER("n", INT64_MIN), "-9223372036854775808"},
    {"no thousandth", LOG_THOUSANDTHS("n", 0), "0.000"},
    {"one thousandth", LOG_THOUSANDTHS("n", 1), "0.001"},
    {"almost one", LOG_THOUSANDTHS("n", 999), "0.999"},
    {"one and some", LOG_THOUSANDTHS("n", 1050), "1.050"},
    {"many", LOG_THOUSANDTHS("n", 1234567), "1234.567"},
};

Test(log, writes_numbers_to_the_digit)
{
    for (size_t i = 0; i < COUNT_OF(number_cases); i++) {
        const struct number_case *c = &number_cases[i];
        char line[LINE_SIZE];
        char want[64];

        (void)written(SERVER_LOG_JSON, "x", &c->field, 1, line);
        (void)snprintf(want, sizeof want, ",\"n\":%s}\n", c->want);
        cr_assert_not_null(strstr(line, want), "%s: %s", c->name, line);
    }
}

Test(log, counts_a_line_that_is_too_long)
{
    static char longer[40000];
    const struct log_field fields[] = {LOG_TEXT("message", longer)};
    char text[LINE_SIZE];
    FILE *file = tmpfile();
    struct log log;

    cr_assert_not_null(file);
    memset(longer, 'x', sizeof longer - 1);
    log_init(&log, SERVER_LOG_JSON, fileno(file));
    log_event(&log, LOG_LEVEL_INFO, "long", fields, COUNT_OF(fields));
    log_event(&log, LOG_LEVEL_INFO, "next", NULL, 0);
    rewind(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    cr_assert_eq(atomic_load(&log.lost), 1);
    cr_assert_not_null(strstr(text, "\"next\"}\n"), "%s", text);
    cr_assert_not_null(strstr(text, "\"log lines lost\",\"lines\":1}\n"), "%s", text);
    log_done(&log);
    (void)fclose(file);
}

Test(log, tells_the_time_in_utc_with_milliseconds)
{
    char line[LINE_SIZE];
    int year = 0;
    int millis = -1;

    (void)written(SERVER_LOG_JSON, "x", NULL, 0, line);
    cr_assert_eq(sscanf(line, "{\"time\":\"%4d-%*2d-%*2dT%*2d:%*2d:%*2d.%3dZ\"", &year, &millis), 2,
                 "%s", line);
    cr_assert_geq(year, 2024);
    cr_assert_geq(millis, 0);
}

Test(log, quotes_for_people_only_what_needs_it)
{
    const struct log_field fields[] = {
        LOG_TEXT("namespace", "media"),
        LOG_TEXT("error", "no such file: \x1b[31m\xc2\x9bred\nlevel=info"),
        LOG_NUMBER("ms", 3),
    };
    char line[LINE_SIZE];

    struct slice text = written(SERVER_LOG_TEXT, "gone", fields, COUNT_OF(fields), line);
    const char *event = strstr(line, "warn  gone");
    cr_assert_not_null(event, "%s", line);
    cr_assert_str_eq(event, "warn  gone namespace=media "
                            "error=\"no such file: \\u001b[31m\\u009bred\\nlevel=info\" ms=3\n");
    cr_assert_null(memchr(text.data, '\n', text.len - 1), "one line");
}

enum { THREADS = 4, LINES = 30 }; /* as much as a pipe holds: a slow reader loses nothing */

/* Lines longer than a pipe takes in one piece for sure. */
static void *write_lines(void *arg)
{
    char text[6000];

    memset(text, 'a', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    const struct log_field fields[] = {LOG_TEXT("text", text), LOG_NUMBER("end", 1)};
    for (size_t i = 0; i < LINES; i++) {
        log_event(arg, LOG_LEVEL_INFO, "x", fields, COUNT_OF(fields));
    }
    return NULL;
}

Test(log, keeps_a_line_whole_when_threads_write)
{
    int ends[2];
    pthread_t threads[THREADS];
    struct log log;

    cr_assert_eq(pipe(ends), 0);
    log_init(&log, SERVER_LOG_TEXT, ends[1]);
    for (size_t i = 0; i < THREADS; i++) {
        cr_assert_eq(pthread_create(&threads[i], NULL, write_lines, &log), 0);
    }
    FILE *in = fdopen(ends[0], "r");
    char line[8192];
    for (size_t i = 0; i < (size_t)THREADS * LINES; i++) {
        cr_assert_not_null(fgets(line, sizeof line, in));
        cr_assert(slice_ends_with(slice_of(line), "aaa end=1\n"), "%s", line);
    }
    for (size_t i = 0; i < THREADS; i++) {
        (void)pthread_join(threads[i], NULL);
    }
    (void)fclose(in);
    (void)close(ends[1]);
    log_done(&log);
}

enum { STUCK = 4 * 4096 };

/* A small pipe that is read only when the test says so, and a log into it. */
struct stuck {
    int fds[2];
    struct log log;
};

static void stuck_init(struct stuck *stuck)
{
    cr_assert_eq(pipe2(stuck->fds, O_CLOEXEC | O_NONBLOCK), 0);
    cr_assert_eq(fcntl(stuck->fds[1], F_SETFL, 0), 0, "the log's end blocks, as it does in life");
    log_init(&stuck->log, SERVER_LOG_JSON, stuck->fds[1]);
    cr_assert_gt(fcntl(stuck->fds[1], F_SETPIPE_SZ, STUCK), 0);
}

static void stuck_done(struct stuck *stuck)
{
    log_done(&stuck->log);
    (void)close(stuck->fds[0]);
    (void)close(stuck->fds[1]);
}

static struct slice read_pipe(const struct stuck *stuck, char text[static LINE_SIZE])
{
    ssize_t got = read(stuck->fds[0], text, LINE_SIZE - 1);
    size_t len = got > 0 ? (size_t)got : 0;

    text[len] = '\0';
    return (struct slice){.data = text, .len = len};
}

Test(log, waits_for_nobody_and_says_what_was_lost, .timeout = 10)
{
    struct stuck stuck;
    char text[LINE_SIZE];
    size_t written_lines = 0;

    stuck_init(&stuck);
    for (int i = 0; i < 1000; i++) {
        log_event(&stuck.log, LOG_LEVEL_INFO, "again", NULL, 0);
    }
    size_t lost = atomic_load(&stuck.log.lost);
    cr_assert(lost > 0 && lost < 1000, "%zu", lost);
    struct slice all = read_pipe(&stuck, text);
    cr_assert(slice_ends_with(all, "}\n"), "a line is there or not");
    for (size_t i = 0; i < all.len; i++) {
        written_lines += all.data[i] == '\n' ? 1 : 0;
    }
    cr_assert_eq(written_lines, 1000 - lost);

    log_event(&stuck.log, LOG_LEVEL_INFO, "at last", NULL, 0);
    (void)read_pipe(&stuck, text);
    char told[64];
    (void)snprintf(told, sizeof told, "\"msg\":\"log lines lost\",\"lines\":%zu}\n", lost);
    cr_assert_not_null(strstr(text, "\"at last\"}\n"), "%s", text);
    cr_assert_not_null(strstr(text, told), "%s", text);
    log_event(&stuck.log, LOG_LEVEL_INFO, "and on", NULL, 0);
    (void)read_pipe(&stuck, text);
    cr_assert_null(strstr(text, "lost"), "told once: %s", text);
    stuck_done(&stuck);
}

Test(log, ends_a_line_that_was_torn, .timeout = 10)
{
    struct stuck stuck;
    char text[LINE_SIZE];
    char longer[20001] = "";

    memset(longer, 'x', sizeof longer - 1);
    const struct log_field fields[] = {LOG_TEXT("message", longer)};
    stuck_init(&stuck);
    log_event(&stuck.log, LOG_LEVEL_INFO, "long", fields, COUNT_OF(fields));
    cr_assert_eq(atomic_load(&stuck.log.lost), 1);
    cr_assert_eq(read_pipe(&stuck, text).len, STUCK, "what there was room for");
    log_event(&stuck.log, LOG_LEVEL_INFO, "next", NULL, 0);
    (void)read_pipe(&stuck, text);
    cr_assert(slice_starts_with(slice_of(text), "\n{\"time\""), "%s", text);
    stuck_done(&stuck);
}

Test(log, goes_on_when_its_reader_is_gone, .timeout = 10)
{
    struct stuck stuck;

    stuck_init(&stuck);
    (void)signal(SIGPIPE, SIG_IGN);
    (void)close(stuck.fds[0]);
    log_event(&stuck.log, LOG_LEVEL_INFO, "x", NULL, 0);
    cr_assert_eq(atomic_load(&stuck.log.lost), 1);
    stuck.fds[0] = -1;
    stuck_done(&stuck);
}

enum { FOR_EVER_MS = 3600 * 1000 };

/* A log whose thread writes nothing because of the time, into a file. */
static FILE *held_init(struct log *log)
{
    struct error err = {0};
    FILE *file = tmpfile();

    cr_assert_not_null(file);
    log_init(log, SERVER_LOG_TEXT, fileno(file));
    log->hold_ms = FOR_EVER_MS;
    cr_assert_eq(log_start(log, &err), 0, "%s", err.text);
    return file;
}

static size_t lines_in(FILE *file, char text[static LINE_SIZE])
{
    size_t lines = 0;

    rewind(file);
    size_t len = fread(text, 1, LINE_SIZE - 1, file);
    text[len] = '\0';
    for (size_t i = 0; i < len; i++) {
        lines += text[i] == '\n' ? 1 : 0;
    }
    return lines;
}

Test(log, holds_lines_back_until_there_is_an_error, .timeout = 10)
{
    char text[LINE_SIZE];
    struct log log;
    FILE *file = held_init(&log);

    log_event(&log, LOG_LEVEL_INFO, "first", NULL, 0);
    log_event(&log, LOG_LEVEL_WARN, "second", NULL, 0);
    cr_assert_eq(lines_in(file, text), 0, "%s", text);
    log_event(&log, LOG_LEVEL_ERROR, "third", NULL, 0);
    cr_assert_eq(lines_in(file, text), 3, "%s", text);
    cr_assert(strstr(text, "first") < strstr(text, "second"), "%s", text);
    cr_assert(strstr(text, "second") < strstr(text, "third"), "%s", text);
    log_done(&log);
    (void)fclose(file);
}

Test(log, writes_what_waits_when_it_is_asked_and_at_its_end, .timeout = 10)
{
    char text[LINE_SIZE];
    struct log log;
    FILE *file = held_init(&log);

    log_event(&log, LOG_LEVEL_INFO, "first", NULL, 0);
    log_flush(&log);
    cr_assert_eq(lines_in(file, text), 1, "%s", text);
    log_event(&log, LOG_LEVEL_INFO, "second", NULL, 0);
    log_done(&log);
    cr_assert_eq(lines_in(file, text), 2, "%s", text);
    (void)fclose(file);
}

Test(log, holds_no_more_than_is_enough, .timeout = 10)
{
    char text[LINE_SIZE];
    char longer[20001] = "";
    struct log log;
    FILE *file = held_init(&log);

    memset(longer, 'x', sizeof longer - 1);
    const struct log_field fields[] = {LOG_TEXT("message", longer)};
    log_event(&log, LOG_LEVEL_INFO, "first", fields, COUNT_OF(fields));
    log_event(&log, LOG_LEVEL_INFO, "second", fields, COUNT_OF(fields));
    while (lines_in(file, text) < 2) {
        (void)usleep(1000);
    }
    log_done(&log);
    (void)fclose(file);
}

Test(log, writes_soon_what_it_holds, .timeout = 10)
{
    char text[LINE_SIZE];
    struct error err = {0};
    struct log log;
    FILE *file = tmpfile();

    cr_assert_not_null(file);
    log_init(&log, SERVER_LOG_TEXT, fileno(file));
    cr_assert_eq(log_start(&log, &err), 0, "%s", err.text);
    for (size_t i = 1; i <= 3; i++) {
        log_event(&log, LOG_LEVEL_INFO, "again", NULL, 0);
        while (lines_in(file, text) < i) {
            (void)usleep(1000);
        }
    }
    log_done(&log);
    (void)fclose(file);
}

Test(log, loses_what_a_reader_does_not_take_and_what_it_has_no_room_for, .timeout = 10)
{
    char message[2001] = "";
    const struct log_field fields[] = {LOG_TEXT("message", message)};
    char text[LINE_SIZE] = "";
    struct error err = {0};
    struct stuck stuck;

    memset(message, 'x', sizeof message - 1);
    stuck_init(&stuck);
    cr_assert_eq(log_start(&stuck.log, &err), 0, "%s", err.text);
    while (atomic_load(&stuck.log.lost) == 0) { /* nobody reads, and nobody is held up */
        log_event(&stuck.log, LOG_LEVEL_INFO, "again", fields, COUNT_OF(fields));
    }
    while (strstr(text, "\"msg\":\"log lines lost\",\"lines\":") == NULL) {
        log_event(&stuck.log, LOG_LEVEL_INFO, "again", NULL, 0);
        (void)usleep(1000);
        (void)read_pipe(&stuck, text);
    }
    stuck_done(&stuck);
}

Test(log, keeps_lines_whole_and_all_when_a_thread_writes, .timeout = 20)
{
    pthread_t threads[THREADS];
    char line[8192];
    struct error err = {0};
    struct log log;
    FILE *file = tmpfile();
    size_t lines = 0;

    cr_assert_not_null(file);
    log_init(&log, SERVER_LOG_TEXT, fileno(file));
    cr_assert_eq(log_start(&log, &err), 0, "%s", err.text);
    for (size_t i = 0; i < THREADS; i++) {
        cr_assert_eq(pthread_create(&threads[i], NULL, write_lines, &log), 0);
    }
    for (size_t i = 0; i < THREADS; i++) {
        (void)pthread_join(threads[i], NULL);
    }
    log_done(&log);
    cr_assert_eq(atomic_load(&log.lost), 0, "a file takes all");
    rewind(file);
    while (fgets(line, sizeof line, file) != NULL) {
        cr_assert(slice_ends_with(slice_of(line), "aaa end=1\n"), "%s", line);
        lines++;
    }
    cr_assert_eq(lines, (size_t)THREADS * LINES);
    (void)fclose(file);
}
