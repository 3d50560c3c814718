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

bool typed_wrong(struct findings *findings, enum json_kind kind, const char *name,
                 const char *place, ...)
{
    char field[sizeof findings->field];
    va_list ap;

    va_start(ap, place);
    int used = vsnprintf(field, sizeof field, place, ap);
    va_end(ap);
    if (name != NULL && used >= 0 && (size_t)used < sizeof field) {
        bool key = strchr(name, '/') != NULL; /* of a map, as people write it */
        (void)snprintf(field + used, sizeof field - (size_t)used, key ? "[%s]" : ".%s", name);
    }
    findings_deny(findings, REASON_MALFORMED, field, "%s is of the wrong type. Write %s there.",
                  field, kind_text(kind));
    return false;
}
