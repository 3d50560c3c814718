/* SPDX-License-Identifier: Apache-2.0 */
#include "server/http/log.h"

#include "lib/base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    LOG_MAX_LINE = 32768,   /* the longest message, each character escaped, and the names */
    LOG_ENOUGH = 32768,     /* so much is not held any longer */
    LOG_PIPE = 1024 * 1024, /* what a pipe may hold while its reader is elsewhere */
    LOG_AT_ONCE = PIPE_BUF, /* that much fits where poll() says that something does */
    LOG_PATIENCE_MS = 100,  /* how long the thread waits for a reader, while others fill its room */
};

/* A file takes all: no reader is in the way. */
static size_t at_once(int fd)
{
    struct stat about = {0};

    return fstat(fd, &about) == 0 && S_ISREG(about.st_mode) ? (size_t)LOG_ROOM
                                                            : (size_t)LOG_AT_ONCE;
}

void log_init(struct log *log, enum server_log format, int fd)
{
    *log = (struct log){.format = format,
                        .fd = fd,
                        .at_once = at_once(fd),
                        .hold_ms = LOG_HOLD_MS,
                        .calendar.second = -1};
    (void)pthread_mutex_init(&log->writing, NULL);
    (void)pthread_mutex_init(&log->mutex, NULL);
    clock_cond_init(&log->changed);
    buf_init(&log->line, LOG_MAX_LINE);
    buf_init(&log->waiting, LOG_ROOM);
    buf_init(&log->going, LOG_ROOM);
    (void)fcntl(fd, F_SETPIPE_SZ, LOG_PIPE); /* where it is a pipe */
}

/* `until_ms` is a moment of clock_ms(), or 0: now or not at all. */
static bool takes_more(int fd, int64_t until_ms)
{
    struct pollfd ask = {.fd = fd, .events = POLLOUT};
    int count = 0;

    do {
        int64_t rest_ms = until_ms > 0 ? until_ms - clock_ms() : 0;
        count = poll(&ask, 1, rest_ms > 0 ? (int)rest_ms : 0);
    } while (count < 0 && errno == EINTR);
    return count > 0;
}

/* What one write() may have: whole lines, so that a reader who stops leaves none half read. */
static size_t piece_of(const struct log *log, struct slice text)
{
    if (text.len <= log->at_once) {
        return text.len;
    }
    const char *end = memrchr(text.data, '\n', log->at_once);
    return end != NULL ? (size_t)(end - text.data) + 1 : log->at_once;
}

/* As much as goes until then; returns how much that was. */
static size_t write_ready(const struct log *log, struct slice text, int64_t until_ms)
{
    size_t total = 0;

    while (total < text.len && takes_more(log->fd, until_ms)) {
        struct slice rest = slice_after(text, total);
        ssize_t done = write(log->fd, rest.data, piece_of(log, rest));
        if (done < 0 && errno != EINTR) {
            break;
        }
        total += done > 0 ? (size_t)done : 0;
    }
    return total;
}

static size_t count_lines(struct slice text)
{
    size_t lines = 0;
    const char *end = text.len > 0 ? memchr(text.data, '\n', text.len) : NULL;

    while (end != NULL) {
        lines++;
        text = slice_after(text, (size_t)(end - text.data) + 1);
        end = text.len > 0 ? memchr(text.data, '\n', text.len) : NULL;
    }
    return lines;
}

/* False: some of it is lost. What is torn gets an end of its own. */
static bool write_going(struct log *log, int64_t until_ms)
{
    struct slice text = buf_view(&log->going);
    size_t done = 0;

    if (!log->torn || write_ready(log, SLICE("\n"), until_ms) == 1) {
        done = write_ready(log, text, until_ms);
        log->torn = done > 0 && done < text.len && text.data[done - 1] != '\n';
    }
    (void)atomic_fetch_add(&log->lost, count_lines(slice_after(text, done)));
    return done == text.len;
}

static void tell_lost(struct log *log, int64_t until_ms)
{
    size_t lines = atomic_load(&log->lost) - log->told;
    const struct log_field fields[] = {LOG_NUMBER("lines", (int64_t)lines)};
    struct log_calendar calendar = {.second = -1};
    const struct log_event event = {
        .level = LOG_LEVEL_WARN,
        .msg = "log lines lost",
        .fields = fields,
        .count = COUNT_OF(fields),
    };

    if (lines == 0) {
        return;
    }
    log_line(&log->going, log->format, &calendar, &event);
    if (log->going.failed == ERR_NONE && write_going(log, until_ms)) {
        log->told += lines;
    }
}

/* What waits goes, and others can wait meanwhile. */
static void write_locked(struct log *log, int64_t until_ms)
{
    (void)pthread_mutex_lock(&log->mutex);
    struct buf waiting = log->waiting;
    log->waiting = log->going;
    log->waiting_lines = 0;
    log->urgent = false;
    buf_clear(&log->waiting);
    (void)pthread_mutex_unlock(&log->mutex);
    log->going = waiting;
    if (log->going.len > 0 && write_going(log, until_ms)) {
        tell_lost(log, until_ms);
    }
}

/* Until there is something and it was held for long enough; false at the end. */
static bool wait_for_lines(struct log *log)
{
    int code = 0;

    (void)pthread_mutex_lock(&log->mutex);
    while (log->waiting.len == 0 && !log->quit) {
        (void)pthread_cond_wait(&log->changed, &log->mutex);
    }
    struct timespec until = clock_timespec(clock_ms() + log->hold_ms);
    while (code == 0 && !log->quit && !log->urgent && log->waiting.len < LOG_ENOUGH) {
        code = pthread_cond_timedwait(&log->changed, &log->mutex, &until);
    }
    bool more = log->waiting.len > 0 || !log->quit;
    (void)pthread_mutex_unlock(&log->mutex);
    return more;
}

static void *run(void *arg)
{
    struct log *log = arg;

    (void)pthread_setname_np(pthread_self(), "log");
    while (wait_for_lines(log)) {
        (void)pthread_mutex_lock(&log->writing);
        write_locked(log, clock_ms() + LOG_PATIENCE_MS);
        (void)pthread_mutex_unlock(&log->writing);
    }
    return NULL;
}

int log_start(struct log *log, struct error *err)
{
    if (pthread_create(&log->thread, NULL, run, log) != 0) {
        return error_set(err, ERR_SYSTEM, "cannot start a thread");
    }
    log->runs = true;
    return 0;
}

void log_done(struct log *log)
{
    if (log->runs) {
        (void)pthread_mutex_lock(&log->mutex);
        log->quit = true;
        (void)pthread_cond_signal(&log->changed);
        (void)pthread_mutex_unlock(&log->mutex);
        (void)pthread_join(log->thread, NULL);
    }
    buf_done(&log->line);
    buf_done(&log->waiting);
    buf_done(&log->going);
    (void)pthread_cond_destroy(&log->changed);
    (void)pthread_mutex_destroy(&log->mutex);
    (void)pthread_mutex_destroy(&log->writing);
}

void log_flush(struct log *log)
{
    (void)pthread_mutex_lock(&log->writing);
    write_locked(log, 0);
    (void)pthread_mutex_unlock(&log->writing);
}

static bool has_room(const struct log *log)
{
    return log->line.failed == ERR_NONE && log->line.len <= LOG_ROOM - log->waiting.len;
}

/* The line that was made joins those that wait; without memory they all are lost. */
static void hold_line(struct log *log)
{
    buf_slice(&log->waiting, buf_view(&log->line));
    log->waiting_lines++;
    if (log->waiting.failed != ERR_NONE) {
        (void)atomic_fetch_add(&log->lost, log->waiting_lines);
        log->waiting_lines = 0;
        buf_clear(&log->waiting);
    }
}

/* The thread is woken for the first line and for a lot of them, since waking it is dear. */
static void wake(struct log *log, size_t len_before)
{
    if (len_before == 0 || (len_before < LOG_ENOUGH && log->waiting.len >= LOG_ENOUGH)) {
        (void)pthread_cond_signal(&log->changed);
    }
}

/* Whoever writes already may be at a reader that takes nothing: the thread comes back to it. */
static void write_at_once(struct log *log)
{
    if (!log->runs) {
        log_flush(log);
    } else if (pthread_mutex_trylock(&log->writing) == 0) {
        write_locked(log, 0);
        (void)pthread_mutex_unlock(&log->writing);
    } else {
        (void)pthread_mutex_lock(&log->mutex);
        log->urgent = true;
        (void)pthread_cond_signal(&log->changed);
        (void)pthread_mutex_unlock(&log->mutex);
    }
}

/* False where there is no room for it. */
static bool hold(struct log *log, const struct log_event *event)
{
    (void)pthread_mutex_lock(&log->mutex);
    size_t len_before = log->waiting.len;
    log_line(&log->line, log->format, &log->calendar, event);
    bool fits = has_room(log);
    if (fits) {
        hold_line(log);
        wake(log, len_before);
    }
    (void)pthread_mutex_unlock(&log->mutex);
    return fits;
}

/* More than the thread can write is written by whoever has it, as long as it goes. */
static bool make_room(struct log *log)
{
    bool goes = takes_more(log->fd, 0);

    if (goes) {
        log_flush(log);
    }
    return goes;
}

void log_event(struct log *log, enum log_level level, const char *msg,
               const struct log_field *fields, size_t count)
{
    const struct log_event event = {.level = level, .msg = msg, .fields = fields, .count = count};

    if (!hold(log, &event) && !(make_room(log) && hold(log, &event))) {
        (void)atomic_fetch_add(&log->lost, 1);
    }
    if (!log->runs || level == LOG_LEVEL_ERROR) {
        write_at_once(log);
    }
}

void log_failure(struct log *log, enum log_level level, const char *msg, const struct error *err)
{
    const struct log_field fields[] = {LOG_TEXT("error", err->text)};

    log_event(log, level, msg, fields, COUNT_OF(fields));
}
