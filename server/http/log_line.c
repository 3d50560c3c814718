/* SPDX-License-Identifier: Apache-2.0 */
#include "server/http/log_line.h"

#include "lib/kube/quote.h"

enum { LOG_LINE = 1000 /* what most lines have room in */ };

static const char *const level_names[] = {
    [LOG_LEVEL_INFO] = "info",
    [LOG_LEVEL_WARN] = "warn",
    [LOG_LEVEL_ERROR] = "error",
};

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
static void put_time(struct buf *line, struct log_calendar *calendar)
{
    struct timespec now;
    struct tm parts;

    (void)clock_gettime(CLOCK_REALTIME, &now);
    if (now.tv_sec != calendar->second) {
        (void)gmtime_r(&now.tv_sec, &parts);
        (void)strftime(calendar->text, sizeof calendar->text, "%Y-%m-%dT%H:%M:%S.", &parts);
        calendar->second = now.tv_sec;
    }
    buf_text(line, calendar->text);
    put_number(line, now.tv_nsec / 1000000, 3);
    buf_char(line, 'Z');
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

static void put_json(struct buf *line, struct log_calendar *calendar, const struct log_event *event)
{
    buf_text(line, "{\"time\":\"");
    put_time(line, calendar);
    buf_text(line, "\",\"level\":\"");
    buf_text(line, level_names[event->level]);
    buf_text(line, "\",\"msg\":");
    quote(line, slice_of(event->msg));
    for (size_t i = 0; i < event->count; i++) {
        const struct log_field *field = &event->fields[i];
        if (!is_left_out(field)) {
            buf_text(line, ",\"");
            buf_text(line, field->key);
            buf_text(line, "\":");
            put_value(line, field, true);
        }
    }
    buf_text(line, "}\n");
}

static void put_text(struct buf *line, struct log_calendar *calendar, const struct log_event *event)
{
    put_time(line, calendar);
    buf_printf(line, " %-5s %s", level_names[event->level], event->msg);
    for (size_t i = 0; i < event->count; i++) {
        const struct log_field *field = &event->fields[i];
        if (!is_left_out(field)) {
            buf_printf(line, " %s=", field->key);
            put_value(line, field, false);
        }
    }
    buf_char(line, '\n');
}

void log_line(struct buf *line, enum server_log format, struct log_calendar *calendar,
              const struct log_event *event)
{
    buf_clear(line);
    buf_reserve(line, LOG_LINE);
    if (format == SERVER_LOG_JSON) {
        put_json(line, calendar, event);
    } else {
        put_text(line, calendar, event);
    }
}
