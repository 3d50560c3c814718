/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A configuration is read whole and has its own id, or there is no memory: never
 * one that is said to be wrong, and never one under another id.
 */
#include "lib/base/file.h"
#include "lib/config/config.h"
#include "tests/support/torture.h"

#include <criterion/criterion.h>

#include <string.h>

#define EXAMPLE TEST_SOURCE_DIR "/tests/fixtures/config/example.yaml"

struct reading {
    struct slice text;
    char id[CONFIG_ID_LEN + 1];
};

static int read_config(struct memory_plan plan, const void *context, struct error *err)
{
    const struct reading *reading = context;
    AUTO(config) const struct config *config = NULL;

    memory_begin(plan);
    int got = config_parse(reading->text, "podveil.yaml", &config, NULL, err);
    (void)memory_end();
    cr_assert_eq(config == NULL, got != 0, "allocation %zu", plan.nth);
    if (got == 0) {
        cr_assert_str_eq(config->id, reading->id, "allocation %zu", plan.nth);
    }
    return got;
}

Test(config_no_memory, is_no_fault_of_the_file)
{
    AUTO(buf) struct buf text = {0};
    AUTO(config) const struct config *config = NULL;
    struct reading reading = {0};
    struct error err = {0};

    buf_init(&text, 1 << 20);
    cr_assert_eq(file_read(EXAMPLE, &text, &err), 0, "%s", err.text);
    reading.text = buf_view(&text);
    cr_assert_eq(config_parse(reading.text, "podveil.yaml", &config, NULL, &err), 0, "%s",
                 err.text);
    memcpy(reading.id, config->id, sizeof reading.id);
    (void)torture(&(struct torture){.work = read_config, .context = &reading, .named = true});
}
