/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/kube/value.h"
#include "server/http/log.h"

#include <criterion/criterion.h>

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
        LOG_TEXT("error", "no such file: \x1b[31mred\nlevel=info"),
        LOG_NUMBER("ms", 3),
    };
    char line[LINE_SIZE];

    struct slice text = written(SERVER_LOG_TEXT, "gone", fields, COUNT_OF(fields), line);
    const char *event = strstr(line, "warn  gone");
    cr_assert_not_null(event, "%s", line);
    cr_assert_str_eq(event, "warn  gone namespace=media "
                            "error=\"no such file: \\u001b[31mred\\nlevel=info\" ms=3\n");
    cr_assert_null(memchr(text.data, '\n', text.len - 1), "one line");
}

enum { THREADS = 4, LINES = 200 };

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
