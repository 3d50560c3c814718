/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/kube/pointer.h"

#include "lib/kube/patch.h"

enum { MAX_DIGITS = 10 }; /* of an index: more than any array has items */

void pointer_escape(struct buf *out, struct slice name)
{
    for (size_t i = 0; i < name.len; i++) {
        if (name.data[i] == '~') {
            buf_text(out, "~0");
        } else if (name.data[i] == '/') {
            buf_text(out, "~1");
        } else {
            buf_char(out, name.data[i]);
        }
    }
}

/* Take the next character off; false where it is a ~ that stands for none. */
static bool next_character(struct slice *rest, char *out)
{
    *out = rest->data[0];
    *rest = slice_after(*rest, 1);
    if (*out != '~') {
        return true;
    }
    if (!slice_starts_with(*rest, "0") && !slice_starts_with(*rest, "1")) {
        return false;
    }
    *out = '~';
    if (rest->data[0] == '1') {
        *out = '/';
    }
    *rest = slice_after(*rest, 1);
    return true;
}

static int unescape(struct slice *token, struct arena *arena, struct error *err)
{
    char *out = arena_alloc(arena, token->len);
    struct slice rest = *token;
    size_t len = 0;

    if (out == NULL) {
        return error_set(err, arena->full ? ERR_TOO_LARGE : ERR_NO_MEMORY,
                         "no room for one more place");
    }
    while (rest.len > 0) {
        if (!next_character(&rest, &out[len])) {
            return error_set(err, ERR_MALFORMED, "~ is followed by 0 or 1 in a place");
        }
        len++;
    }
    *token = (struct slice){.data = out, .len = len};
    return 0;
}

int pointer_parse(struct pointer *pointer, struct slice text, struct arena *arena,
                  struct error *err)
{
    bool escaped = text.len > 0 && memchr(text.data, '~', text.len) != NULL;
    size_t at = 0;

    pointer->text = text;
    pointer->count = 0;
    while (at < text.len) {
        if (text.data[at] != '/') {
            return error_set(err, ERR_MALFORMED, "a place begins with '/'");
        }
        if (pointer->count == COUNT_OF(pointer->tokens)) {
            return error_set(err, ERR_TOO_LARGE, "a place has more than %zu parts",
                             COUNT_OF(pointer->tokens));
        }
        struct slice rest = slice_after(text, at + 1);
        const char *slash = rest.len == 0 ? NULL : memchr(rest.data, '/', rest.len);
        struct slice token = {rest.data, slash == NULL ? rest.len : (size_t)(slash - rest.data)};
        at += 1 + token.len;
        if (escaped && memchr(token.data, '~', token.len) != NULL &&
            unescape(&token, arena, err) != 0) {
            return -1;
        }
        pointer->tokens[pointer->count] = token;
        pointer->ends[pointer->count] = at;
        pointer->count++;
    }
    return 0;
}

struct slice pointer_upto(const struct pointer *pointer, size_t count)
{
    return (struct slice){pointer->text.data, count == 0 ? 0 : pointer->ends[count - 1]};
}

bool pointer_index(struct slice token, size_t *index)
{
    size_t value = 0;
    bool good =
        token.len > 0 && token.len <= MAX_DIGITS && (token.len == 1 || token.data[0] != '0');

    for (size_t i = 0; good && i < token.len; i++) {
        good = token.data[i] >= '0' && token.data[i] <= '9';
        value = value * 10 + (size_t)(token.data[i] - '0');
    }
    if (good && value <= UINT32_MAX) {
        *index = value;
        return true;
    }
    return false;
}
