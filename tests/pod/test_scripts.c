/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/pod/scripts.h"
#include "tests/support/fixture.h"

#include <criterion/criterion.h>

/* The lines of the file that are more than a comment, from the first that is not empty on. */
static void read_code(struct buf *out, const char *path)
{
    AUTO(buf) struct buf file = {0};

    fixture_read(&file, path);
    buf_init(out, file.len);
    for (char *line = file.data; *line != '\0';) {
        size_t len = strcspn(line, "\n") + 1;
        bool comment = line[strspn(line, " ")] == '#';
        if (!comment && (out->len > 0 || len > 1)) {
            buf_append(out, line, len);
        }
        line += len;
    }
}

/* Beside tests/ in the tree. */
static void assert_same(const char *script, const char *path)
{
    AUTO(buf) struct buf code = {0};

    read_code(&code, path);
    cr_assert_str_eq(script, buf_cstr(&code), "%s", path);
}

Test(pod_scripts, are_the_code_of_the_files)
{
    assert_same(script_init, "../lib/pod/init.sh");
    assert_same(script_sidecar, "../lib/pod/sidecar.sh");
}

/* The kubelet would put a variable's value in for $(NAME), and $ for $$. */
Test(pod_scripts, have_nothing_that_the_kubelet_expands)
{
    const char *const scripts[] = {script_init, script_sidecar};

    for (size_t i = 0; i < COUNT_OF(scripts); i++) {
        cr_assert_null(strstr(scripts[i], "$$"), "script %zu", i);
        for (const char *at = scripts[i]; (at = strstr(at, "$(")) != NULL; at++) {
            size_t name = strspn(at + 2, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                         "0123456789_.-");
            cr_assert_neq(at[2 + name], ')', "script %zu: %.30s", i, at);
        }
    }
}
