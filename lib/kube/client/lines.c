/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/kube/client/lines.h"

void lines_init(struct lines *lines)
{
    buf_init(&lines->rest, LINES_MAX);
}

void lines_done(struct lines *lines)
{
    buf_done(&lines->rest);
}

/* The line ends here: with what came before it, or alone. */
static bool end_line(struct lines *lines, struct slice tail, lines_take *take, void *arg,
                     struct error *err)
{
    struct slice line = tail;

    if (lines->rest.len > 0) {
        buf_slice(&lines->rest, tail);
        if (buf_check(&lines->rest, err) != 0) {
            return false;
        }
        line = buf_view(&lines->rest);
    }
    bool goes_on = line.len == 0 || take(arg, line);
    buf_clear(&lines->rest);
    return goes_on;
}

bool lines_feed(struct lines *lines, struct slice data, lines_take *take, void *arg,
                struct error *err)
{
    while (data.len > 0) {
        const char *end = memchr(data.data, '\n', data.len);
        if (end == NULL) {
            buf_slice(&lines->rest, data);
            return buf_check(&lines->rest, err) == 0;
        }
        struct slice tail = {.data = data.data, .len = (size_t)(end - data.data)};
        if (!end_line(lines, tail, take, arg, err)) {
            return false;
        }
        data = slice_after(data, tail.len + 1);
    }
    return true;
}
