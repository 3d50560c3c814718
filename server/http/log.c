/* SPDX-License-Identifier: Apache-2.0 */
#include "server/http/log.h"

#include "lib/kube/quote.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <time.h>
#include <unistd.h>

enum {
    LOG_MAX_LINE = 32768,   /* the longest message, each character escaped, and the names */
    LOG_LINE = 1000,        /* what most lines have room in */
    LOG_PIPE = 1024 * 1024, /* what a pipe may hold while its reader is elsewhere */
    LOG_AT_ONCE = PIPE_BUF, /* that much fits where poll() says that something does */
};

static const char *const level_names[] = {
    [LOG_LEVEL_INFO] = "info",
    [LOG_LEVEL_WARN] = "warn",
    [LOG_LEVEL_ERROR] = "error",
};

void log_init(struct log *log, enum server_log format, int fd)
{
    *log = (struct log){.format = format, .fd = fd, .second = -1};
    (void)pthread_mutex_init(&log->mutex, NULL);
    buf_init(&log->line, LOG_MAX_LINE);
    (void)fcntl(fd, F_SETPIPE_SZ, LOG_PIPE); /* where it is a pipe */
}

void log_done(struct log *log)
{
    buf_done(&log->line);
    (void)pthread_mutex_destroy(&log->mutex);
}

/* Without printf(), which would cost more than all the rest of a line. */
static void put_number(struct buf *line, int64_t number, size_t least_digits)
{
    char text[24];
    size_t at = sizeof text;
    uint64_t rest = number < 0 ? -(uint64_t)number : (uint64_t)number;

    while (rest > 0 || sizeof text - at < least_digits) {
        at--;
        text[at] = "0123456789"[rest % 10];
        rest /= 10;
    }
    if (number < 0) {
        at--;
        text[at] = '-';
    }
    buf_append(line, text + at, sizeof text - at);
}

/* The calendar is asked once a second. */
static void put_time(struct log *log)
{
    struct timespec now;
    struct tm parts;

    (void)clock_gettime(CLOCK_REALTIME, &now);
    if (now.tv_sec != log->second) {
        (void)gmtime_r(&now.tv_sec, &parts);
        (void)strftime(log->calendar, sizeof log->calendar, "%Y-%m-%dT%H:%M:%S.", &parts);
        log->second = now.tv_sec;
    }
    buf_text(&log->line, log->calendar);
    put_number(&log->line, now.tv_nsec / 1000000, 3);
    buf_char(&log->line, 'Z');
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
        put_number(line, field->number, 1);
        break;
    case LOG_KIND_THOUSANDTHS:
        put_number(line, field->number / 1000, 1);
        buf_char(line, '.');
        put_number(line, field->number % 1000, 3);
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
    bool is_text = field->kind == LOG_KIND_TEXT || field->kind == LOG_KIND_JSON;

    return is_text && (field->text == NULL || field->text[0] == '\0');
}

static void put_json(struct log *log, enum log_level level, const char *msg,
                     const struct log_field *fields, size_t count)
{
    struct buf *line = &log->line;

    buf_text(line, "{\"time\":\"");
    put_time(log);
    buf_text(line, "\",\"level\":\"");
    buf_text(line, level_names[level]);
    buf_text(line, "\",\"msg\":");
    quote(line, slice_of(msg));
    for (size_t i = 0; i < count; i++) {
        if (!is_left_out(&fields[i])) {
            buf_text(line, ",\"");
            buf_text(line, fields[i].key);
            buf_text(line, "\":");
            put_value(line, &fields[i], true);
        }
    }
    buf_text(line, "}\n");
}

static void put_text(struct log *log, enum log_level level, const char *msg,
                     const struct log_field *fields, size_t count)
{
    struct buf *line = &log->line;

    put_time(log);
    buf_printf(line, " %-5s %s", level_names[level], msg);
    for (size_t i = 0; i < count; i++) {
        if (!is_left_out(&fields[i])) {
            buf_printf(line, " %s=", fields[i].key);
            put_value(line, &fields[i], false);
        }
    }
    buf_char(line, '\n');
}

static bool takes_more(int fd)
{
    struct pollfd ask = {.fd = fd, .events = POLLOUT};
    int count = 0;

    do {
        count = poll(&ask, 1, 0);
    } while (count < 0 && errno == EINTR);
    return count > 0;
}

/* As much as goes without waiting; returns how much that was. */
static size_t write_ready(int fd, struct slice text)
{
    size_t total = 0;

    while (total < text.len && takes_more(fd)) {
        size_t rest = text.len - total;
        ssize_t done = write(fd, text.data + total, rest < LOG_AT_ONCE ? rest : LOG_AT_ONCE);
        if (done < 0 && errno != EINTR) {
            break;
        }
        total += done > 0 ? (size_t)done : 0;
    }
    return total;
}

/* False: it is lost, or half of it. What is torn gets an end of its own. */
static bool write_line(struct log *log)
{
    struct slice line = buf_view(&log->line);
    size_t done = 0;

    if (log->line.failed == ERR_NONE && (!log->torn || write_ready(log->fd, SLICE("\n")) == 1)) {
        done = write_ready(log->fd, line);
        log->torn = done > 0 && done < line.len;
    }
    if (done == 0 || done < line.len) {
        (void)atomic_fetch_add(&log->lost, 1);
        log->to_tell++;
        return false;
    }
    return true;
}

static bool write_event(struct log *log, enum log_level level, const char *msg,
                        const struct log_field *fields, size_t count)
{
    buf_clear(&log->line);
    buf_reserve(&log->line, LOG_LINE);
    if (log->format == SERVER_LOG_JSON) {
        put_json(log, level, msg, fields, count);
    } else {
        put_text(log, level, msg, fields, count);
    }
    return write_line(log);
}

static void tell_lost(struct log *log)
{
    size_t lines = log->to_tell;
    const struct log_field fields[] = {LOG_NUMBER("lines", (int64_t)lines)};

    if (lines > 0 && write_event(log, LOG_LEVEL_WARN, "log lines lost", fields, COUNT_OF(fields))) {
        log->to_tell -= lines;
    }
}

void log_event(struct log *log, enum log_level level, const char *msg,
               const struct log_field *fields, size_t count)
{
    (void)pthread_mutex_lock(&log->mutex);
    if (write_event(log, level, msg, fields, count)) {
        tell_lost(log);
    }
    (void)pthread_mutex_unlock(&log->mutex);
}

void log_failure(struct log *log, enum log_level level, const char *msg, const struct error *err)
{
    const struct log_field fields[] = {LOG_TEXT("error", err->text)};

    log_event(log, level, msg, fields, COUNT_OF(fields));
}
