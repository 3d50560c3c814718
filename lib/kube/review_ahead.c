/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/kube/json_scan.h"
#include "lib/kube/review.h"

enum {
    AHEAD = 4096, /* the API server writes the uid among the first 100 bytes */
    AHEAD_MAX_UID = 128,
};

struct ahead {
    struct slice text;
    size_t at;
    size_t depth;
    struct slice key; /* the last string that a colon followed */
    bool in_request;
};

static bool is_white(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void open_container(struct ahead *ahead, char c)
{
    ahead->depth++;
    if (ahead->depth == 2) {
        ahead->in_request = c == '{' && slice_is(ahead->key, "\"request\"");
    }
    ahead->key = (struct slice){0};
}

/* A string of plain ASCII, with its quotes; empty where it is anything else. */
static struct slice read_plain(const struct ahead *ahead)
{
    const struct slice *text = &ahead->text;
    size_t end = scan_plain(text->data, ahead->at + 1, text->len);

    if (end == text->len || text->data[end] != '"') {
        return (struct slice){0};
    }
    return (struct slice){.data = text->data + ahead->at, .len = end + 1 - ahead->at};
}

static bool is_key(struct ahead *ahead)
{
    while (ahead->at < ahead->text.len && is_white(ahead->text.data[ahead->at])) {
        ahead->at++;
    }
    return ahead->at < ahead->text.len && ahead->text.data[ahead->at] == ':';
}

/* The next string: a key to remember, or a value that may be the one. */
static struct slice step_string(struct ahead *ahead, bool *found)
{
    struct slice string = read_plain(ahead);

    ahead->at += string.len;
    if (string.len > 0 && is_key(ahead)) {
        ahead->key = string;
        return string;
    }
    *found = ahead->depth == 2 && ahead->in_request && slice_is(ahead->key, "\"uid\"") &&
             string.len > 2 && string.len <= AHEAD_MAX_UID + 2 &&
             memchr(string.data, '\x7f', string.len) == NULL;
    ahead->key = (struct slice){0};
    return string;
}

static void step_other(struct ahead *ahead)
{
    char c = ahead->text.data[ahead->at];

    if (c == '{' || c == '[') {
        open_container(ahead, c);
    } else if ((c == '}' || c == ']') && ahead->depth > 0) {
        ahead->depth--;
    }
    ahead->at++;
}

bool review_uid_ahead(struct slice text, struct slice *uid)
{
    struct ahead ahead = {.text = {.data = text.data, .len = text.len < AHEAD ? text.len : AHEAD}};
    struct slice string = {0};
    bool found = false;

    while (!found && ahead.at < ahead.text.len) {
        if (ahead.text.data[ahead.at] != '"') {
            step_other(&ahead);
            continue;
        }
        string = step_string(&ahead, &found);
        if (string.len == 0) {
            return false;
        }
    }
    if (found) {
        *uid = string;
    }
    return found;
}
