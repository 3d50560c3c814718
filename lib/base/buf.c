/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/buf.h"

#include <assert.h>
#include <stdio.h>

enum { BUF_FIRST = 256 };

void buf_init(struct buf *buf, size_t max)
{
    *buf = (struct buf){.max = max};
}

void buf_done(struct buf *buf)
{
    free(buf->data);
    *buf = (struct buf){.max = buf->max};
}

static void fail(struct buf *buf, enum error_code code)
{
    free(buf->data);
    buf->data = NULL;
    buf->len = 0;
    buf->cap = 0;
    buf->failed = code;
}

/* Room for len more bytes and the NUL. */
static bool grow(struct buf *buf, size_t len)
{
    if (buf->failed != ERR_NONE) {
        return false;
    }
    if (len > buf->max - buf->len) {
        fail(buf, ERR_TOO_LARGE);
        return false;
    }
    size_t need = buf->len + len + 1;
    if (need <= buf->cap) {
        return true;
    }
    size_t cap = buf->cap < BUF_FIRST ? BUF_FIRST : buf->cap * 2;
    if (cap < need) {
        cap = need;
    }
    if (cap > buf->max + 1) {
        cap = buf->max + 1;
    }
    char *data = realloc(buf->data, cap);
    if (data == NULL) {
        fail(buf, ERR_NO_MEMORY);
        return false;
    }
    buf->data = data;
    buf->cap = cap;
    return true;
}

char *buf_extend(struct buf *buf, size_t len)
{
    if (!grow(buf, len)) {
        return NULL;
    }
    char *room = buf->data + buf->len;
    buf->len += len;
    buf->data[buf->len] = '\0';
    return room;
}

void buf_reserve(struct buf *buf, size_t len)
{
    if (grow(buf, len)) {
        buf->data[buf->len] = '\0';
    }
}

void buf_append_slowly(struct buf *buf, const void *data, size_t len)
{
    if (grow(buf, len)) {
        if (len > 0) {
            memcpy(buf->data + buf->len, data, len);
        }
        buf->len += len;
        buf->data[buf->len] = '\0';
    }
}

void buf_insert(struct buf *buf, size_t at, const void *data, size_t len)
{
    if (grow(buf, len)) {
        assert(at <= buf->len);
        memmove(buf->data + at + len, buf->data + at, buf->len - at);
        memcpy(buf->data + at, data, len);
        buf->len += len;
        buf->data[buf->len] = '\0';
    }
}

void buf_vprintf(struct buf *buf, const char *fmt, va_list ap)
{
    size_t room = buf->cap - buf->len;
    va_list again;

    va_copy(again, ap);
    int len = vsnprintf(room == 0 ? NULL : buf->data + buf->len, room, fmt, ap);
    if (len >= 0 && (size_t)len >= room && grow(buf, (size_t)len)) {
        room = (size_t)len + 1;
        (void)vsnprintf(buf->data + buf->len, room, fmt, again);
    }
    if (len >= 0 && (size_t)len < room) {
        buf->len += (size_t)len;
    }
    va_end(again);
}

void buf_printf(struct buf *buf, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    buf_vprintf(buf, fmt, ap);
    va_end(ap);
}

void buf_clear(struct buf *buf)
{
    buf->len = 0;
    buf->failed = ERR_NONE;
    if (buf->data != NULL) {
        buf->data[0] = '\0';
    }
}

int buf_check(const struct buf *buf, struct error *err)
{
    if (buf->failed == ERR_TOO_LARGE) {
        return error_set(err, ERR_TOO_LARGE, "more than %zu bytes of text", buf->max);
    }
    if (buf->failed != ERR_NONE) {
        return error_set(err, buf->failed, "no memory for text");
    }
    return 0;
}

struct slice buf_view(const struct buf *buf)
{
    return (struct slice){.data = buf_cstr(buf), .len = buf->len};
}

const char *buf_cstr(const struct buf *buf)
{
    return buf->data == NULL ? "" : buf->data;
}

char *buf_take(struct buf *buf)
{
    buf_reserve(buf, 0);
    char *data = buf->data;
    buf->data = NULL;
    buf->len = 0;
    buf->cap = 0;
    return data;
}
