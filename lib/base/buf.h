/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A growing text buffer that is born with its maximum.
 *
 * Appending never reports a failure on the spot: a buffer that could not grow,
 * or would have passed its maximum, is emptied and stays failed, and whoever
 * uses the result asks buf_check() once. So text is built by plain statements
 * and a half-built text is never used.
 *
 * Ownership: the buffer owns its bytes until buf_take() or buf_done().
 * Threads:   one owner at a time.
 * Errors:    ERR_TOO_LARGE above the maximum, ERR_NO_MEMORY.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "lib/base/error.h"
#include "lib/base/slice.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct buf {
    char *data; /* NUL-terminated once anything was appended */
    size_t len;
    size_t cap;
    size_t max;
    enum error_code failed;
};

/* No allocation yet; max bounds the text without its final NUL. */
void buf_init(struct buf *buf, size_t max);
void buf_done(struct buf *buf);
DEFINE_AUTO_IN_PLACE(buf, struct buf, buf_done);

void buf_append_slowly(struct buf *buf, const void *data, size_t len);

/* Here, because most appends fit and the length of a literal is known where it stands. */
static inline void buf_append(struct buf *buf, const void *data, size_t len)
{
    if (len == 0 || len >= buf->cap - buf->len) {
        buf_append_slowly(buf, data, len);
        return;
    }
    memcpy(buf->data + buf->len, data, len);
    buf->len += len;
    buf->data[buf->len] = '\0';
}

static inline void buf_text(struct buf *buf, const char *text)
{
    buf_append(buf, text, strlen(text));
}

static inline void buf_slice(struct buf *buf, struct slice slice)
{
    buf_append(buf, slice.data, slice.len);
}

static inline void buf_char(struct buf *buf, char c)
{
    buf_append(buf, &c, 1);
}

void buf_printf(struct buf *buf, const char *fmt, ...) PRINTF_LIKE(2, 3);
void buf_vprintf(struct buf *buf, const char *fmt, va_list ap) PRINTF_LIKE(2, 0);

/* Append `len` bytes that the caller writes at once, before the next call; NULL where the buffer
 * failed. */
char *buf_extend(struct buf *buf, size_t len);

/* Make room for `len` more bytes now, so that the appends up to there cannot fail. */
void buf_reserve(struct buf *buf, size_t len);

/* Put `len` bytes in at `at` (which is not behind the end), moving the rest back. */
void buf_insert(struct buf *buf, size_t at, const void *data, size_t len);

/* Forget the text, keep the memory and the maximum; a failed buffer is usable again. */
void buf_clear(struct buf *buf);

/* Did every append so far succeed? */
int buf_check(const struct buf *buf, struct error *err) MUST_CHECK;

/* The text so far; "" where nothing was appended. Borrowed until the next call on buf. */
struct slice buf_view(const struct buf *buf);
const char *buf_cstr(const struct buf *buf);

/* Give the text away: the caller frees it. NULL where the buffer failed or memory did. */
char *buf_take(struct buf *buf);

#endif
