/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/kube/client/token.h"

#include "lib/base/file.h"
#include "lib/kube/client/wipe.h"

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static struct slice trim(struct slice text)
{
    while (text.len > 0 && is_blank(text.data[0])) {
        text = slice_after(text, 1);
    }
    while (text.len > 0 && is_blank(text.data[text.len - 1])) {
        text.len--;
    }
    return text;
}

static bool is_token(struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] <= ' ' || text.data[i] > '~') {
            return false;
        }
    }
    return text.len > 0 && text.len <= TOKEN_MAX;
}

static void wipe(char *text)
{
    if (text != NULL) {
        explicit_bzero(text, strlen(text));
        free(text);
    }
}

/* The token takes a copy of `text` in place of what it had. */
static int keep(struct token *token, struct slice text, const char *where, struct error *err)
{
    struct slice trimmed = trim(text);

    if (!is_token(trimmed)) {
        return error_set(err, ERR_CONFIG,
                         "%s: no token: it is to be 1 to %d printable characters without a space",
                         where, TOKEN_MAX);
    }
    char *copy = strndup(trimmed.data, trimmed.len);
    if (copy == NULL) {
        return error_set(err, ERR_NO_MEMORY, "no memory for a token");
    }
    wipe(token->text);
    token->text = copy;
    return 0;
}

int token_init_fixed(struct token *token, struct slice text, struct error *err)
{
    struct token made = {0};

    if (keep(&made, text, "token", err) != 0) {
        return -1;
    }
    *token = made;
    return 0;
}

int token_init_file(struct token *token, const char *path, struct error *err)
{
    char *copy = strdup(path);

    if (copy == NULL) {
        return error_set(err, ERR_NO_MEMORY, "no memory for a token");
    }
    *token = (struct token){.path = copy};
    return 0;
}

void token_done(struct token *token)
{
    wipe(token->text);
    free(token->path);
    *token = (struct token){0};
}

static bool is_unchanged(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
           a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static int read_file(struct token *token, struct error *err)
{
    AUTO(wiped_buf) struct buf text = {0};

    buf_init(&text, TOKEN_MAX + 16);
    if (file_read(token->path, &text, err) != 0) {
        return -1;
    }
    return keep(token, buf_view(&text), token->path, err);
}

int token_show(struct token *token, int64_t now_ms, bool again, const char **out, struct error *err)
{
    struct stat seen = {0};
    struct error ignored = {0};

    if (token->path == NULL) {
        *out = token->text;
        return 0;
    }
    bool is_there = stat(token->path, &seen) == 0;
    bool is_old = again || token->text == NULL || now_ms - token->read_ms >= TOKEN_FRESH_MS;
    if (is_old || (is_there && !is_unchanged(&seen, &token->seen))) {
        /* A read that falls into a write is mended by the next one: its time differs. */
        if (read_file(token, token->text == NULL ? err : &ignored) != 0 && token->text == NULL) {
            return -1;
        }
        token->seen = seen;
        token->read_ms = now_ms;
    }
    *out = token->text;
    return 0;
}
