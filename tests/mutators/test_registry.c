/* SPDX-License-Identifier: Apache-2.0 */
#include "mutators/mutator.h"

#include <criterion/criterion.h>

#include <dirent.h>
#include <stdio.h>

static bool is_listed(struct slice name)
{
    for (size_t i = 0; i < mutators_count(); i++) {
        if (slice_is(name, mutators_at(i)->name)) {
            return true;
        }
    }
    return false;
}

/* A listed rule without a file does not link; a file that is not listed is found here. */
Test(mutators_registry, every_file_of_the_folder_is_listed)
{
    DIR *folder = opendir(TEST_SOURCE_DIR "/mutators");
    size_t files = 0;

    cr_assert_not_null(folder);
    for (const struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        struct slice name = slice_of(entry->d_name);
        if (slice_ends_with(name, ".c") && !slice_is(name, "registry.c")) {
            name.len -= 2;
            files++;
            cr_expect(is_listed(name), "mutators/%s is not in list.def", entry->d_name);
        }
    }
    (void)closedir(folder);
    cr_assert_eq(files, mutators_count());
}

Test(mutators_registry, every_rule_has_a_name_and_does_something)
{
    for (size_t i = 0; i < mutators_count(); i++) {
        const struct mutator *mutator = mutators_at(i);
        cr_expect(mutator->check != NULL || mutator->apply != NULL, "%s", mutator->name);
        for (size_t j = 0; j < i; j++) {
            cr_expect_str_neq(mutator->name, mutators_at(j)->name);
        }
    }
    cr_assert_null(mutators_at(mutators_count()));
}

Test(mutators_registry, no_rule_is_asked_after_a_refusal)
{
    struct config config = {0};
    struct findings findings;
    struct error err = {0};
    const struct subject subject = {0};

    findings_init(&findings, &config);
    findings_deny(&findings, REASON_TIMEOUT, "", "late.");
    mutators_check(&subject, VALUE_ABSENT, &findings);

    cr_assert_eq(mutators_apply(&subject, NULL, &findings, &err), 0);
    cr_assert_str_eq(findings.message, "Timeout: late.");
}
