/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/pod/scripts.h"
#include "tests/support/fixture.h"

#include <criterion/criterion.h>

/* Beside tests/ in the tree. */
static void assert_same(const char *script, const char *path)
{
    AUTO(buf) struct buf file = {0};

    fixture_read(&file, path);
    cr_assert_str_eq(script, buf_cstr(&file), "%s", path);
}

Test(pod_scripts, are_the_files_of_the_tree)
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
