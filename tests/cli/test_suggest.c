/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/cleanup.h"
#include "server/cli/suggest.h"

#include <criterion/criterion.h>

static const char *const words[] = {"mutate", "validate",  "render", "serve", "version",
                                    "config", "namespace", "f",      "log"};

static const struct {
    const char *name;
    const char *typed;
    const char *want; /* NULL: nothing is near */
} cases[] = {
    {"a letter left out", "mutte", "mutate"},
    {"a letter put in", "rendder", "render"},
    {"a letter changed", "validote", "validate"},
    {"two swapped", "sevre", "serve"},
    {"two swapped at the start", "ocnfig", "config"},
    {"two of eight wrong", "vlidata", "validate"},
    {"three of nine wrong", "namspcce", "namespace"},
    {"the word itself", "log", "log"},
    {"a short word, one wrong", "lig", "log"},
    {"a short word, two swapped", "lgo", "log"},
    {"a short word, two wrong", "lga", NULL},
    {"too much wrong", "mxxxxe", NULL},
    {"another word", "apply", NULL},
    {"nothing", "", NULL},
    {"a word beyond the limit", "mutatemutatemutatemutatemutatemutate", NULL},
};

Test(suggest, names_the_word_that_was_meant)
{
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct suggestion near;
        suggest_init(&near, cases[i].typed);
        for (size_t j = 0; j < COUNT_OF(words); j++) {
            suggest_offer(&near, words[j]);
        }
        const char *want = cases[i].want == NULL ? "(none)" : cases[i].want;
        cr_expect_str_eq(near.best == NULL ? "(none)" : near.best, want, "%s: got %s",
                         cases[i].name, near.best == NULL ? "(none)" : near.best);
    }
}

Test(suggest, keeps_the_first_of_two_as_near)
{
    struct suggestion near;

    suggest_init(&near, "cart");
    suggest_offer(&near, "card");
    suggest_offer(&near, "cars");
    cr_assert_str_eq(near.best, "card");
}
