/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/config/source.h"

#include "lib/config/grammar.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

enum { PATH_MAX_LEN = 300 };

/* Where a value stands, as people write it; "" once that is too long to be shown. */
struct path {
    char text[PATH_MAX_LEN - sizeof ": "];
    size_t len;
    bool too_long;
};

/* On the stack: what is wrong is to be said even where memory ended. */
static void add_step(struct path *path, const char *fmt, ...) PRINTF_LIKE(2, 3);
static void add_step(struct path *path, const char *fmt, ...)
{
    size_t room = sizeof path->text - path->len;
    va_list ap;

    va_start(ap, fmt);
    int len = vsnprintf(path->text + path->len, room, fmt, ap);
    va_end(ap);
    path->too_long = path->too_long || len < 0 || (size_t)len >= room;
    path->len = path->too_long ? 0 : path->len + (size_t)len;
    path->text[path->len] = '\0';
}

/* The child of v that is the token or holds it; its step goes to `path`. */
static struct value step_down(struct value v, uint32_t token, struct path *path)
{
    struct value_iter iter = value_iter(v);
    struct slice key;
    struct value item;

    while (value_next(&iter, &key, &item)) {
        if (token < json_skip(v.doc, item.token)) {
            break;
        }
    }
    if (value_kind(v) == JSON_ARRAY) {
        add_step(path, "[%zu]", iter.index);
    } else {
        char shown[GRAMMAR_SHOWN];
        add_step(path, "%s%s", path->len > 0 ? "." : "", grammar_show(key, shown));
    }
    return item;
}

/* "cluster.podCIDRs[0]: ", or nothing for the root. */
static const char *find_path(const struct source *source, uint32_t token,
                             char out[static PATH_MAX_LEN])
{
    struct value v = value_root(source->doc);
    struct path path = {0};

    while (v.token != token) {
        v = step_down(v, token, &path);
    }
    (void)snprintf(out, PATH_MAX_LEN, "%s%s", path.text, path.len > 0 ? ": " : "");
    return out;
}

static int report(const struct source *source, uint32_t place, uint32_t path, const char *what,
                  struct error *err)
{
    const struct yaml_mark *mark = &source->marks[place];
    char text[PATH_MAX_LEN];

    return error_set(err, ERR_CONFIG, "%s:%u:%u: %s%s", source->file, mark->line, mark->column,
                     find_path(source, path, text), what);
}

int config_fault(const struct source *source, struct value at, struct error *err, const char *fmt,
                 ...)
{
    char what[sizeof err->text];
    va_list ap;

    assert(at.doc == source->doc);
    va_start(ap, fmt);
    (void)vsnprintf(what, sizeof what, fmt, ap);
    va_end(ap);
    return report(source, at.token, at.token, what, err);
}

int config_fault_of(const struct source *source, struct value at, const struct error *inner,
                    struct error *err)
{
    if (inner->code == ERR_NO_MEMORY) {
        *err = *inner;
        return -1;
    }
    return config_fault(source, at, err, "%s", inner->text);
}

/* The innermost container that holds the token. */
static uint32_t find_parent(const struct source *source, uint32_t token)
{
    struct value v = value_root(source->doc);
    uint32_t parent = 0;
    struct path ignored = {0};

    while (v.token != token) {
        parent = v.token;
        v = step_down(v, token, &ignored);
    }
    return parent;
}

int config_fault_key(const struct source *source, struct value at, struct error *err,
                     const char *fmt, ...)
{
    char what[sizeof err->text];
    va_list ap;

    assert(at.doc == source->doc);
    va_start(ap, fmt);
    (void)vsnprintf(what, sizeof what, fmt, ap);
    va_end(ap);
    return report(source, at.token - 1, find_parent(source, at.token), what, err);
}

void config_warn(const struct source *source, struct value at, const char *fmt, ...)
{
    struct config_warnings *warnings = source->warnings;
    char what[sizeof warnings->items[0].text];
    char path[PATH_MAX_LEN];
    va_list ap;

    if (warnings == NULL || warnings->count == CONFIG_MAX_WARNINGS) {
        return;
    }
    va_start(ap, fmt);
    (void)vsnprintf(what, sizeof what, fmt, ap);
    va_end(ap);
    struct config_warning *warning = &warnings->items[warnings->count];
    warning->line = source->marks[at.token].line;
    warning->column = source->marks[at.token].column;
    (void)snprintf(warning->text, sizeof warning->text, "%s%s", find_path(source, at.token, path),
                   what);
    warnings->count++;
}

struct value config_nearest(struct value from, ...)
{
    va_list ap;

    va_start(ap, from);
    for (const char *name = va_arg(ap, const char *); name != NULL;
         name = va_arg(ap, const char *)) {
        struct value next = value_member(from, name);
        from = value_exists(next) ? next : from;
    }
    va_end(ap);
    return from;
}
