/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/fixture.h"

#include "lib/base/file.h"

#include <criterion/criterion.h>

#include <stdio.h>

enum { FIXTURE_MAX = 16 * 1024 * 1024 };

void fixture_read(struct buf *buf, const char *path)
{
    char whole[4096];
    struct error err = {0};

    (void)snprintf(whole, sizeof whole, "%s/tests/%s", TEST_SOURCE_DIR, path);
    buf_init(buf, FIXTURE_MAX);
    cr_assert_eq(file_read(whole, buf, &err), 0, "%s", err.text);
}

const struct ruleset *fixture_ruleset_of(const char *yaml)
{
    struct error err = {0};
    AUTO(config) const struct config *config = NULL;
    const struct ruleset *ruleset = NULL;

    cr_assert_eq(config_parse(slice_of(yaml), "fixture.yaml", &config, NULL, &err), 0, "%s",
                 err.text);
    cr_assert_eq(ruleset_new(config, &ruleset, &err), 0, "%s", err.text);
    return ruleset;
}

const struct ruleset *fixture_ruleset(const char *path)
{
    AUTO(buf) struct buf text = {0};

    fixture_read(&text, path);
    return fixture_ruleset_of(buf_cstr(&text));
}

void fixture_parse(struct json *doc, const char *text)
{
    struct error err = {0};
    cr_assert_eq(json_parse(doc, slice_of(text), &err), 0, "%s in %s", err.text, text);
}
