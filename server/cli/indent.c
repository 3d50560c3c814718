/* SPDX-License-Identifier: Apache-2.0 */
#include "server/cli/indent.h"

enum { SPACES = 4 };

static void new_line(struct buf *out, size_t level)
{
    buf_char(out, '\n');
    for (size_t i = 0; i < level * SPACES; i++) {
        buf_char(out, ' ');
    }
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static size_t skip_space(struct slice json, size_t at)
{
    while (at < json.len && is_space(json.data[at])) {
        at++;
    }
    return at;
}

/* Behind the string that begins at `at`. */
static size_t string_end(struct slice json, size_t at)
{
    for (at++; at < json.len && json.data[at] != '"'; at++) {
        at += json.data[at] == '\\' ? 1 : 0;
    }
    return at < json.len ? at + 1 : json.len;
}

/* Behind the number, true, false or null that begins at `at`. */
static size_t word_end(struct slice json, size_t at)
{
    while (at < json.len && !is_space(json.data[at]) && strchr(",:[]{}\"", json.data[at]) == NULL) {
        at++;
    }
    return at;
}

/* The mark at `at`, with what white space belongs to it. Gives the new level. */
static size_t put_mark(struct buf *out, struct slice json, size_t at, size_t level)
{
    char mark = json.data[at];
    size_t next = skip_space(json, at + 1);
    bool empty = next < json.len && (json.data[next] == '}' || json.data[next] == ']');
    bool was_open =
        out->len > 0 && (out->data[out->len - 1] == '{' || out->data[out->len - 1] == '[');

    if (mark == '}' || mark == ']') {
        level--;
        if (!was_open) {
            new_line(out, level);
        }
        buf_char(out, mark);
        return level;
    }
    buf_char(out, mark);
    if (mark == ':') {
        buf_char(out, ' ');
    } else if (mark == ',') {
        new_line(out, level);
    } else {
        level++;
        if (!empty) {
            new_line(out, level);
        }
    }
    return level;
}

void indent_json(struct buf *out, struct slice json, size_t level)
{
    size_t at = skip_space(json, 0);

    while (at < json.len) {
        size_t end = at + 1;
        if (json.data[at] == '"') {
            end = string_end(json, at);
            buf_append(out, json.data + at, end - at);
        } else if (strchr(",:[]{}", json.data[at]) != NULL) {
            level = put_mark(out, json, at, level);
        } else {
            end = word_end(json, at);
            buf_append(out, json.data + at, end - at);
        }
        at = skip_space(json, end);
    }
}
