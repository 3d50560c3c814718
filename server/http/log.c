/* SPDX-License-Identifier: Apache-2.0 */
#include "server/http/log.h"

#include "lib/base/buf.h"
#include "lib/kube/quote.h"

#include <errno.h>
#include <inttypes.h>
#include <time.h>
#include <unistd.h>

enum { LOG_MAX_LINE = 32768 /* the longest message, each character escaped, and the names */ };

static const char *const level_names[] = {
    [LOG_LEVEL_INFO] = "info",
    [LOG_LEVEL_WARN] = "warn",
    [LOG_LEVEL_ERROR] = "error",
};

void log_init(struct log *log, enum server_log format, int fd)
{
    *log = (struct log){.format = format, .fd = fd};
    (void)pthread_mutex_init(&log->mutex, NULL);
}

void log_done(struct log *log)
{
    (void)pthread_mutex_destroy(&log->mutex);
}

static void put_time(struct buf *line)
{
    struct timespec now;
    struct tm parts;
    char text[32];

    (void)clock_gettime(CLOCK_REALTIME, &now);
    (void)gmtime_r(&now.tv_sec, &parts);
    (void)strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
    buf_printf(line, "%s.%03ldZ", text, now.tv_nsec / 1000000);
}

/* What needs no quotes for a person to see where it ends. */
static bool is_plain(const char *text)
{
    for (const char *c = text; *c != '\0'; c++) {
        bool fine = (*c >= '0' && *c <= '9') || (*c >= 'a' && *c <= 'z') ||
                    (*c >= 'A' && *c <= 'Z') || strchr("-_.:/[]@%+,", *c) != NULL;
        if (!fine) {
            return false;
        }
    }
    return true;
}

static void put_value(struct buf *line, const struct log_field *field, bool json)
{
    switch (field->kind) {
    case LOG_KIND_NUMBER:
        buf_printf(line, "%" PRId64, field->number);
        break;
    case LOG_KIND_JSON:
        buf_text(line, field->text);
        break;
    case LOG_KIND_TEXT:
        if (!json && is_plain(field->text)) {
            buf_text(line, field->text);
        } else {
            quote(line, slice_of(field->text));
        }
        break;
    }
}

static bool is_left_out(const struct log_field *field)
{
    return field->kind != LOG_KIND_NUMBER && (field->text == NULL || field->text[0] == '\0');
}

static void put_json(struct buf *line, enum log_level level, const char *msg,
                     const struct log_field *fields, size_t count)
{
    buf_text(line, "{\"time\":\"");
    put_time(line);
    buf_printf(line, "\",\"level\":\"%s\",\"msg\":", level_names[level]);
    quote(line, slice_of(msg));
    for (size_t i = 0; i < count; i++) {
        if (!is_left_out(&fields[i])) {
            buf_printf(line, ",\"%s\":", fields[i].key);
            put_value(line, &fields[i], true);
        }
    }
    buf_text(line, "}\n");
}

static void put_text(struct buf *line, enum log_level level, const char *msg,
                     const struct log_field *fields, size_t count)
{
    put_time(line);
    buf_printf(line, " %-5s %s", level_names[level], msg);
    for (size_t i = 0; i < count; i++) {
        if (!is_left_out(&fields[i])) {
            buf_printf(line, " %s=", fields[i].key);
            put_value(line, &fields[i], false);
        }
    }
    buf_char(line, '\n');
}

static void write_line(struct log *log, struct slice line)
{
    (void)pthread_mutex_lock(&log->mutex);
    while (line.len > 0) {
        ssize_t done = write(log->fd, line.data, line.len);
        if (done < 0 && errno == EINTR) {
            continue;
        }
        if (done <= 0) {
            break;
        }
        line = slice_after(line, (size_t)done);
    }
    (void)pthread_mutex_unlock(&log->mutex);
}

void log_event(struct log *log, enum log_level level, const char *msg,
               const struct log_field *fields, size_t count)
{
    AUTO(buf) struct buf line = {0};

    buf_init(&line, LOG_MAX_LINE);
    buf_reserve(&line, 1000);
    if (log->format == SERVER_LOG_JSON) {
        put_json(&line, level, msg, fields, count);
    } else {
        put_text(&line, level, msg, fields, count);
    }
    write_line(log, buf_view(&line));
}

void log_failure(struct log *log, enum log_level level, const char *msg, const struct error *err)
{
    const struct log_field fields[] = {LOG_TEXT("error", err->text)};

    log_event(log, level, msg, fields, COUNT_OF(fields));
}
