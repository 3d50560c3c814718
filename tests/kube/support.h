/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the tests of lib/kube start from. Whatever is not there ends the test.
 */
#ifndef TESTS_KUBE_SUPPORT_H
#define TESTS_KUBE_SUPPORT_H

#include "lib/base/file.h"
#include "lib/kube/value.h"
#include "tests/base/support.h"

#include <stdio.h>

enum { SUPPORT_MAX = 32 * 1024 * 1024 };

/* Parse a text that is known to be good, and that outlives doc. */
static inline struct value support_parse(struct json *doc, struct slice text)
{
    struct error err = {0};

    cr_assert_eq(json_parse(doc, text, &err), 0, "%s", err.text);
    return value_root(doc);
}

/* A file below tests/, into a buffer that this initialises. */
static inline void support_read(struct buf *buf, const char *path)
{
    char whole[4096];
    struct error err = {0};

    (void)snprintf(whole, sizeof whole, "%s/tests/%s", TEST_SOURCE_DIR, path);
    buf_init(buf, SUPPORT_MAX);
    cr_assert_eq(file_read(whole, buf, &err), 0, "%s", err.text);
}

/* The JSON text of a value, into a buffer that this initialises. */
static inline const char *support_encode(struct buf *buf, struct value v)
{
    struct error err = {0};

    buf_init(buf, SUPPORT_MAX);
    value_encode(v, buf);
    cr_assert_eq(buf_check(buf, &err), 0, "%s", err.text);
    return buf_cstr(buf);
}

#endif
