/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The log: one event, one line (log_line.h) on a file descriptor.
 *
 * Once log_start() was called, a thread writes what others hand in, many lines at once and at most
 * LOG_HOLD_MS after the first of them. An error is written before log_event() returns, with all
 * that came before it, unless the thread is writing just then: it goes on with it at once. What is
 * held is lost with a process that crashes or is killed, so never more than that time's lines.
 * Without the thread each line is written before log_event() returns.
 *
 * Threads: any; a line is written whole. Nobody waits for whoever reads it: a pipe or a terminal
 *          that takes no more loses lines. A disk that hangs is waited for by the thread, and by
 *          others as far as they write themselves.
 * Limits:  LOG_ROOM bytes are held. Where that is full, a line's own thread writes, or loses it
 *          where nothing goes.
 * Errors:  none that a caller could mend: what is lost is counted, and told once lines go out
 *          again.
 */
#ifndef HTTP_LOG_H
#define HTTP_LOG_H

#include "lib/base/error.h"
#include "server/http/log_line.h"

#include <pthread.h>
#include <stdatomic.h>

enum { LOG_HOLD_MS = 10, LOG_ROOM = 256 * 1024 };

struct log {
    enum server_log format;
    int fd;             /* borrowed */
    size_t at_once;     /* bytes that one write() may have without waiting for a reader */
    int64_t hold_ms;    /* LOG_HOLD_MS, where a test says nothing else before log_start() */
    atomic_size_t lost; /* lines, in all */

    pthread_mutex_t writing; /* of whoever writes; taken before the other one */
    struct buf going;        /* what is being written */
    bool torn;               /* the last line was not written to its end */
    size_t told;             /* of the lost lines, those that the log was told of */

    pthread_mutex_t mutex;
    struct buf waiting; /* whole lines */
    size_t waiting_lines;
    struct buf line; /* one that is being made; its memory stays for the next */
    struct log_calendar calendar;
    bool urgent; /* what waits is not to be held */
    bool quit;
    bool runs;              /* the thread; changed while there is one thread alone */
    pthread_cond_t changed; /* something waits, more than a little, or `urgent` or `quit` is set */
    pthread_t thread;
};

void log_init(struct log *log, enum server_log format, int fd);

/* Write what waits, end the thread. */
void log_done(struct log *log);

/* From here on a thread writes. */
int log_start(struct log *log, struct error *err) MUST_CHECK;

void log_event(struct log *log, enum log_level level, const char *msg,
               const struct log_field *fields, size_t count);

/* The commonest event: something failed and this is why. */
void log_failure(struct log *log, enum log_level level, const char *msg, const struct error *err);

/* Write what waits now. */
void log_flush(struct log *log);

#endif
