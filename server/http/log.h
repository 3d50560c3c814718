/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One event, one line: JSON for machines, or text for people.
 *
 *   {"time":"2026-01-31T08:00:00.123Z","level":"info","msg":"decision","uid":"...","ms":3}
 *
 * A field without text is left out. Text from outside is quoted, so that a line stays one line
 * and its fields stay its own. Never pass a key, a Secret or the value of an environment variable.
 *
 * Threads: any; a line is written whole. Nobody waits for whoever reads it: a pipe or a terminal
 *          that takes no more loses lines. (A file on a disk that hangs is waited for.)
 * Errors:  none that a caller could mend: what is lost is counted, and told once lines go out
 * again.
 */
#ifndef HTTP_LOG_H
#define HTTP_LOG_H

#include "lib/base/buf.h"
#include "server/http/server.h"

#include <pthread.h>
#include <stdatomic.h>
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

struct log {
    enum server_log format;
    int fd;             /* borrowed */
    atomic_size_t lost; /* lines, in all */
    pthread_mutex_t mutex;
    /* Under the mutex: */
    struct buf line; /* the one that is being written; its memory stays for the next */
    time_t second;   /* what calendar[] is of */
    char calendar[32];
    bool torn;      /* the last line was not written to its end */
    size_t to_tell; /* lost lines that the log has not been told of */
};

void log_init(struct log *log, enum server_log format, int fd);
void log_done(struct log *log);

void log_event(struct log *log, enum log_level level, const char *msg,
               const struct log_field *fields, size_t count);

/* The commonest event: something failed and this is why. */
void log_failure(struct log *log, enum log_level level, const char *msg, const struct error *err);

#endif
