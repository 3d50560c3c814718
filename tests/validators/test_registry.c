/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/pod/admin_kind.h"
#include "validators/validator.h"

#include <criterion/criterion.h>

#include <glob.h>
#include <stdio.h>

/* A file that list.def does not name would never run. */
Test(validators_registry, every_file_is_listed)
{
    glob_t files = {0};
    size_t rules = 0;

    cr_assert_eq(glob(TEST_SOURCE_DIR "/validators/*.c", 0, NULL, &files), 0);
    for (size_t i = 0; i < files.gl_pathc; i++) {
        rules += strstr(files.gl_pathv[i], "/registry.c") == NULL ? 1 : 0;
    }
    globfree(&files);

    cr_assert_eq(validators_count(), rules);
}

Test(validators_registry, every_rule_is_whole)
{
    for (size_t i = 0; i < validators_count(); i++) {
        const struct validator *rule = validators_at(i);
        cr_assert_not_null(rule->name);
        cr_assert_not_null(rule->handles, "%s", rule->name);
        cr_assert_not_null(rule->check, "%s", rule->name);
    }
    cr_assert_null(validators_at(validators_count()));
}

/* What is looked for in the cluster is what somebody judges. */
Test(validators_registry, every_kind_of_other_policies_is_handled)
{
    for (size_t i = 0; i < ADMIN_KINDS; i++) {
        const struct admin_kind *kind = &admin_kinds[i];
        const struct review review = {
            .operation = OPERATION_CREATE,
            .resource = {slice_of(kind->group), SLICE("v1"), slice_of(kind->plural)},
        };
        size_t handled = 0;
        for (size_t k = 0; k < validators_count(); k++) {
            handled += validators_at(k)->handles(&review) ? 1 : 0;
        }
        cr_assert_eq(handled, 1, "%s.%s", kind->plural, kind->group);
        cr_assert_eq(admin_kind_find(review.resource.group, review.resource.name), kind);
    }
    cr_assert_null(admin_kind_find(SLICE("networking.k8s.io"), SLICE("networkpolicies")));
}
