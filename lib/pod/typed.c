/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/pod/typed.h"

#include <stdarg.h>
#include <stdio.h>

/* As Kubernetes' own messages call them; no kind that nothing asks for. */
static const char *kind_text(enum json_kind kind)
{
    if (kind == JSON_BOOL) {
        return "true or false";
    }
    if (kind == JSON_STRING) {
        return "a string";
    }
    return kind == JSON_ARRAY ? "a list" : "an object";
}

/* `name` of what stands at `place`, or that itself where name is NULL. */
__attribute__((cold, format(printf, 4, 0))) static void deny(struct findings *findings,
                                                             const char *name, enum json_kind kind,
                                                             const char *place, va_list ap)
{
    char field[sizeof findings->field];

    int used = vsnprintf(field, sizeof field, place, ap);
    if (name != NULL && used >= 0 && (size_t)used < sizeof field) {
        bool key = strchr(name, '/') != NULL; /* of a map, as people write it */
        (void)snprintf(field + used, sizeof field - (size_t)used, key ? "[%s]" : ".%s", name);
    }
    findings_deny(findings, REASON_MALFORMED, field, "%s is of the wrong type. Write %s there.",
                  field, kind_text(kind));
}

/* The member of that kind, or absent; `place` is the parent's. */
__attribute__((format(printf, 5, 0))) static struct value
member(struct findings *findings, struct value parent, const char *name, enum json_kind kind,
       const char *place, va_list ap)
{
    struct value v = value_member(parent, name);

    if (!value_is_set(v)) {
        return VALUE_ABSENT;
    }
    if (value_kind(v) == kind) {
        return v;
    }
    deny(findings, name, kind, place, ap);
    return VALUE_ABSENT;
}

bool typed_true(struct findings *findings, struct value parent, const char *name, const char *place,
                ...)
{
    va_list ap;

    va_start(ap, place);
    struct value v = member(findings, parent, name, JSON_BOOL, place, ap);
    va_end(ap);
    return value_is_true(v);
}

struct slice typed_text(struct findings *findings, struct value parent, const char *name,
                        const char *place, ...)
{
    va_list ap;

    va_start(ap, place);
    struct value v = member(findings, parent, name, JSON_STRING, place, ap);
    va_end(ap);
    return value_string(v);
}

struct value typed_object(struct findings *findings, struct value parent, const char *name,
                          const char *place, ...)
{
    va_list ap;

    va_start(ap, place);
    struct value v = member(findings, parent, name, JSON_OBJECT, place, ap);
    va_end(ap);
    return v;
}

struct value typed_list(struct findings *findings, struct value parent, const char *name,
                        const char *place, ...)
{
    va_list ap;

    va_start(ap, place);
    struct value v = member(findings, parent, name, JSON_ARRAY, place, ap);
    va_end(ap);
    return v;
}

bool typed_item(struct findings *findings, struct value item, enum json_kind kind,
                const char *place, ...)
{
    va_list ap;

    if (value_kind(item) == kind) {
        return true;
    }
    va_start(ap, place);
    deny(findings, NULL, kind, place, ap);
    va_end(ap);
    return false;
}
