/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The promise of the recorder: its operations, replayed on the object, give the
 * working copy.
 */
#ifndef TESTS_KUBE_REPLAY_H
#define TESTS_KUBE_REPLAY_H

#include "lib/kube/patch.h"
#include "tests/kube/support.h"

/* Ends the test where they do not, byte for byte. */
static inline void replay_assert(const struct patch *patch, struct value object, const char *name)
{
    AUTO(buf) struct buf operations = {0};
    AUTO(buf) struct buf replayed = {0};
    AUTO(buf) struct buf copy = {0};
    AUTO(json) struct json doc = {0};
    struct error err = {0};

    buf_init(&operations, SUPPORT_MAX);
    buf_init(&replayed, SUPPORT_MAX);
    cr_assert_eq(patch_encode(patch, &operations, &err), 0, "%s: %s", name, err.text);
    struct value list = support_parse(&doc, buf_view(&operations));
    cr_assert_eq(value_count(list), patch_count(patch), "%s", name);
    cr_assert_eq(patch_apply(object, list, &replayed, &err), 0, "%s: %s", name, err.text);
    cr_assert_str_eq(buf_cstr(&replayed), support_encode(&copy, patch_object(patch)), "%s", name);
}

#endif
