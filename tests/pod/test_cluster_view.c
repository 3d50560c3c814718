/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/pod/cluster_view.h"

#include <criterion/criterion.h>

static bool count_one(void *arg, struct slice namespace, struct value object)
{
    (void)namespace;
    (void)object;
    *(size_t *)arg += 1;
    return true;
}

Test(cluster_view, with_nobody_to_ask_is_not_known)
{
    static const struct cluster_view nobody = {0};
    static const struct slice any = {0};
    static const struct cluster_objects wanted = {.kind = {"Namespace", 9}};
    struct error err = {0};
    size_t count = 0;
    bool terminates = false;

    cr_assert_eq(cluster_count_pods(NULL, SLICE("media"), any, any, &count, &err), -1);
    cr_assert_eq(cluster_count_pods(&nobody, SLICE("media"), any, any, &count, &err), -1);
    cr_assert_eq(cluster_is_terminating(NULL, SLICE("media"), &terminates, &err), -1);
    cr_assert_eq(cluster_is_terminating(&nobody, SLICE("media"), &terminates, &err), -1);
    cr_assert_eq(cluster_visit(NULL, &wanted, count_one, &count, &err), -1);
    cr_assert_eq(cluster_visit(&nobody, &wanted, count_one, &count, &err), -1);
    cr_assert_eq(count, 0);
    cr_assert_eq(err.code, ERR_SYSTEM);
    cr_assert_str_eq(err.text, "there is no cluster to ask");
}
