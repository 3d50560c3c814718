/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/config/source.h"

#include "lib/config/grammar.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

enum { PATH_MAX_LEN = 300 };

/* The child of v that is the token or holds it; its step goes to `path`. */
static struct value step_down(struct value v, uint32_t token, struct buf *path)
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
        buf_printf(path, "[%zu]", iter.index);
    } else {
        char shown[GRAMMAR_SHOWN];
        buf_printf(path, "%s%s", path->len > 0 ? "." : "", grammar_show(key, shown));
    }
    return item;
}

/* "cluster.podCIDRs[0]: ", or nothing for the root. */
static const char *find_path(const struct source *source, uint32_t token,
                             char out[static PATH_MAX_LEN])
{
    struct value v = value_root(source->doc);
    AUTO(buf) struct buf path = {0};
    buf_init(&path, PATH_MAX_LEN - sizeof ": ");

    while (v.token != token) {
        v = step_down(v, token, &path);
    }
    (void)snprintf(out, PATH_MAX_LEN, "%s%s", buf_cstr(&path), path.len > 0 ? ": " : "");
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

/* The innermost container that holds the token. */
static uint32_t find_parent(const struct source *source, uint32_t token)
{
    struct value v = value_root(source->doc);
    uint32_t parent = 0;
    AUTO(buf) struct buf ignored = {0};
    buf_init(&ignored, PATH_MAX_LEN);

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
