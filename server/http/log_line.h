/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One event as one line: JSON for machines, or text for people.
 *
 *   {"time":"2026-01-31T08:00:00.123Z","level":"info","msg":"decision","uid":"...","ms":3}
 *
 * A field without text is left out. Text from outside is quoted, so that a line stays one line
 * and its fields stay its own. Never pass a key, a Secret or the value of an environment variable.
 */
#ifndef HTTP_LOG_LINE_H
#define HTTP_LOG_LINE_H

#include "lib/base/buf.h"
#include "server/http/server.h"

#include <stdbool.h>
#include <time.h>

enum log_level {
    LOG_LEVEL_INFO,
    LOG_LEVEL_WARN,
    LOG_LEVEL_ERROR,
};

enum log_kind {
    LOG_KIND_TEXT,
    LOG_KIND_JSON, /* text that is JSON already, as the uid of a review is */
    LOG_KIND_NUMBER,
    LOG_KIND_THOUSANDTHS, /* of a number that counts them, not negative: 1500 is 1.500 */
};

struct log_field {
    const char *key;
    enum log_kind kind;
    const char *text;
    int64_t number;
};

#define LOG_TEXT(field_key, value)                                                                 \
    {                                                                                              \
        .key = (field_key), .kind = LOG_KIND_TEXT, .text = (value)                                 \
    }
#define LOG_JSON(field_key, value)                                                                 \
    {                                                                                              \
        .key = (field_key), .kind = LOG_KIND_JSON, .text = (value)                                 \
    }
#define LOG_NUMBER(field_key, value)                                                               \
    {                                                                                              \
        .key = (field_key), .kind = LOG_KIND_NUMBER, .number = (value)                             \
    }
#define LOG_THOUSANDTHS(field_key, value)                                                          \
    {                                                                                              \
        .key = (field_key), .kind = LOG_KIND_THOUSANDTHS, .number = (value)                        \
    }

/* What an event is; everything is borrowed. */
struct log_event {
    enum log_level level;
    const char *msg;
    const struct log_field *fields;
    size_t count;
};

/* The time as text, down to the second that it was last made for; -1: none yet. */
struct log_calendar {
    time_t second;
    char text[32];
};

/* The line takes the place of what `line` held. One that is too long fails the buffer. */
void log_line(struct buf *line, enum server_log format, struct log_calendar *calendar,
              const struct log_event *event);

#endif
