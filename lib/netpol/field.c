/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/netpol/field.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *kind_name(enum json_kind kind)
{
    static const char *const names[] = {
        [JSON_ABSENT] = "absent",    [JSON_NULL] = "null",       [JSON_BOOL] = "true or false",
        [JSON_NUMBER] = "a number",  [JSON_STRING] = "a string", [JSON_ARRAY] = "a list",
        [JSON_OBJECT] = "an object",
    };
    return names[kind];
}

int field_wrong_kind(struct error *err, const char *what, enum json_kind wanted)
{
    return error_set(err, ERR_MALFORMED, "%s: must be %s", what, kind_name(wanted));
}

int field_get(struct value object, const char *name, enum json_kind kind, struct value *out,
              struct error *err)
{
    struct value member = value_member(object, name);

    if (!value_is_set(member)) {
        *out = VALUE_ABSENT;
        return 0;
    }
    if (value_kind(member) != kind) {
        return field_wrong_kind(err, name, kind);
    }
    *out = member;
    return 0;
}

int field_text(struct value object, const char *name, struct slice *out, struct error *err)
{
    struct value member = VALUE_ABSENT;

    if (field_get(object, name, JSON_STRING, &member, err) != 0) {
        return -1;
    }
    *out = value_string(member);
    return 0;
}

int field_known(struct value object, const char *const *names, size_t count, struct error *err)
{
    struct value_iter iter = value_iter(object);
    struct slice key;
    struct value item;

    while (value_next(&iter, &key, &item)) {
        size_t i = 0;
        while (i < count && !slice_is(key, names[i])) {
            i++;
        }
        if (i == count) {
            return error_set(err, ERR_MALFORMED, "%.*s: there is no such member", FIELD_ARGS(key));
        }
    }
    return 0;
}

int field_under(struct error *err, const char *fmt, ...)
{
    char tail[sizeof err->text];
    va_list ap;

    memcpy(tail, err->text, sizeof tail);
    va_start(ap, fmt);
    int used = vsnprintf(err->text, sizeof err->text, fmt, ap);
    va_end(ap);
    if (used >= 0 && (size_t)used < sizeof err->text) {
        size_t room = sizeof err->text - (size_t)used;
        (void)snprintf(err->text + used, room, "%.*s", (int)room, tail);
    }
    return -1;
}
