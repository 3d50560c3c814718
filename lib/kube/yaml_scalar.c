/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/kube/yaml_scalar.h"

#include "lib/kube/yaml_number.h"

#include <math.h>
#include <stdio.h>

bool scalar_is_one_of(struct slice text, const char *words)
{
    while (*words != '\0') {
        size_t len = strcspn(words, " ");
        if (text.len == len && strncmp(words, text.data, len) == 0) {
            return true;
        }
        words += len;
        words += strspn(words, " ");
    }
    return false;
}

struct meaning {
    enum scalar_type type;
    const char *json;
    const char *words;
};

static enum scalar_type find_word(const struct meaning *meanings, size_t count, struct slice text,
                                  struct buf *json)
{
    for (size_t i = 0; i < count; i++) {
        if (text.len == 0 || scalar_is_one_of(text, meanings[i].words)) {
            buf_text(json, meanings[i].json);
            return meanings[i].type;
        }
    }
    return SCALAR_STRING;
}

enum scalar_type scalar_resolve(struct slice text, struct buf *json)
{
    /* Nothing at all is what stands first. */
    static const struct meaning meanings[] = {
        {SCALAR_NULL, "null", "~ null Null NULL"},
        {SCALAR_BOOL, "true", "y Y yes Yes YES true True TRUE on On ON"},
        {SCALAR_BOOL, "false", "n N no No NO false False FALSE off Off OFF"},
        {SCALAR_NO_JSON, "", ".nan .NaN .NAN"},
        {SCALAR_NO_JSON, "", ".inf .Inf .INF +.inf +.Inf +.INF -.inf -.Inf -.INF"},
    };

    buf_clear(json);
    enum scalar_type type = find_word(meanings, COUNT_OF(meanings), text, json);
    if (type != SCALAR_STRING) {
        return type;
    }
    struct number n = number_read(text);
    return n.type == SCALAR_STRING ? SCALAR_STRING : number_put(&n, json);
}

/* -?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)? */
static bool is_json_number(struct slice text, enum scalar_type *type)
{
    bool foreign = text.len == 0 || text.data[0] == '+' || memchr(text.data, '_', text.len) != NULL;
    struct number n = number_read_decimal(text);
    bool point = !foreign && memchr(text.data, '.', text.len) != NULL;

    if (foreign || n.type == SCALAR_STRING || n.whole.len == 0 || (point && n.fraction.len == 0) ||
        (n.whole.len > 1 && n.whole.data[0] == '0')) {
        return false;
    }
    *type = n.decimal ? SCALAR_INT : SCALAR_FLOAT;
    return true;
}

enum scalar_type scalar_resolve_strict(struct slice text, struct buf *json)
{
    static const struct meaning meanings[] = {
        {SCALAR_NULL, "null", "~ null"},
        {SCALAR_BOOL, "true", "true"},
        {SCALAR_BOOL, "false", "false"},
    };

    buf_clear(json);
    enum scalar_type type = find_word(meanings, COUNT_OF(meanings), text, json);
    if (type == SCALAR_STRING && is_json_number(text, &type)) {
        buf_slice(json, text);
    }
    return type;
}

/* The fewest digits that give the same 32-bit float again. */
static int shortest(float value, char *out, size_t size)
{
    int digits = 0;
    do {
        digits++;
        (void)snprintf(out, size, "%.*e", digits - 1, (double)value);
    } while (digits < 9 && strtof(out, NULL) != value);
    return digits;
}

void scalar_key(enum scalar_type type, const char *json, struct buf *key)
{
    char text[64];

    if (type != SCALAR_FLOAT) {
        buf_text(key, json);
        return;
    }
    float value = strtof(json, NULL);
    if (isinf(value) != 0) {
        buf_text(key, value > 0 ? ".inf" : "-.inf");
        return;
    }
    int digits = shortest(value, text, sizeof text);
    const char *mark = strchr(text, 'e');
    long exponent = mark == NULL ? 0 : strtol(mark + 1, NULL, 10);
    if (exponent < -4 || exponent >= 6) {
        buf_text(key, text);
        return;
    }
    long decimals = digits - 1 - exponent;
    buf_printf(key, "%.*f", decimals > 0 ? (int)decimals : 0, (double)value);
}

static bool is_any_word(struct slice text)
{
    char lower[8];

    if (text.len >= sizeof lower) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        lower[i] = ascii_lower(text.data[i]);
    }
    return text.len == 0 ||
           scalar_is_one_of((struct slice){lower, text.len},
                            "~ = << y n yes no on off true false null .nan .inf +.inf -.inf");
}

bool scalar_is_ambiguous(struct slice text)
{
    return is_any_word(text) || number_is_suspect(text);
}
