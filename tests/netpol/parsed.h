/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON in a test's source, with ' for ", read by the program's own reader.
 */
#ifndef TESTS_NETPOL_PARSED_H
#define TESTS_NETPOL_PARSED_H

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/kube/value.h"

#include <criterion/criterion.h>

enum { PARSED_ARENA = 256 << 20 };

struct parsed {
    struct buf text;
    struct json doc;
    struct value root; /* points into doc: the struct stays where it was read */
    struct arena arena;
};

static inline void parsed_done(struct parsed *parsed)
{
    json_done(&parsed->doc);
    buf_done(&parsed->text);
    arena_done(&parsed->arena);
}
DEFINE_AUTO_IN_PLACE(parsed, struct parsed, parsed_done);

static inline void parsed_read(struct parsed *parsed, const char *text)
{
    struct error err = {0};

    *parsed = (struct parsed){0};
    arena_init(&parsed->arena, PARSED_ARENA);
    buf_init(&parsed->text, JSON_MAX_TEXT);
    buf_text(&parsed->text, text);
    for (size_t i = 0; i < parsed->text.len; i++) {
        if (parsed->text.data[i] == '\'') {
            parsed->text.data[i] = '"';
        }
    }
    cr_assert_eq(buf_check(&parsed->text, &err), 0, "%s", err.text);
    cr_assert_eq(json_parse(&parsed->doc, buf_view(&parsed->text), &err), 0, "%s: %s", err.text,
                 text);
    parsed->root = value_root(&parsed->doc);
}

#endif
