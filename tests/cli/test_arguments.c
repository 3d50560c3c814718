/* SPDX-License-Identifier: Apache-2.0 */
#include "server/cli/arguments.h"
#include "server/cli/cli.h"

#include <criterion/criterion.h>

enum { ARGUMENTS_MAX = 12, ARGUMENT_LEN = 32 };

/* argv is not constant, so it is a copy; what is parsed borrows it. */
struct typed {
    char text[ARGUMENTS_MAX][ARGUMENT_LEN];
    char *argv[ARGUMENTS_MAX + 1];
};

static const char *const colors[] = {"red", "green", NULL};
static const struct flag flag_source = {.name = "source", .value = "FILE", .required = true};
static const struct flag flag_file = {
    .name = "filename", .letter = "f", .value = "FILE", .repeated = true};
static const struct flag flag_color = {
    .name = "color", .letter = "c", .value = "COLOR", .choices = colors};
static const struct flag flag_quick = {.name = "quick", .letter = "q"};
static const struct flag flag_port = {.name = "port", .value = "PORT"};

static const struct flag *const paint_flags[] = {&flag_source, &flag_file, &flag_color, &flag_quick,
                                                 NULL};
static const struct flag *const list_flags[] = {&flag_port, NULL};

static const struct command paint = {.name = "paint", .flags = paint_flags};
static const struct command list_all = {.name = "list all", .flags = list_flags};
static const struct command list_one = {
    .name = "list one", .words = "NAME", .min_words = 1, .max_words = 1};

static const struct command *const commands[] = {&paint, &list_all, &list_one};
static const struct program program = {
    .commands = commands, .count = COUNT_OF(commands), .called = "podveil"};

/* Parse, find the command and check, as cli_run() does. */
static int run(struct arguments *arguments, struct typed *typed, const char *const *words,
               struct error *err)
{
    int argc = 1;
    size_t used = 0;

    *typed = (struct typed){0};
    for (size_t i = 0; words[i] != NULL; i++, argc++) {
        (void)snprintf(typed->text[i], ARGUMENT_LEN, "%s", words[i]);
        typed->argv[argc] = typed->text[i];
    }
    if (arguments_parse(arguments, &program, argc, typed->argv, err) != 0) {
        return -1;
    }
    arguments->command = cli_find(&program, arguments->words, arguments->word_count, &used, err);
    if (arguments->command == NULL) {
        return -1;
    }
    arguments->words += used;
    arguments->word_count -= used;
    return arguments_check(arguments, err);
}

static const struct {
    const char *name;
    const char *typed[ARGUMENTS_MAX];
} same[] = {
    {"values apart", {"paint", "--source", "s", "-f", "a", "-f", "b", "-c", "red", "-q"}},
    {"values attached", {"paint", "--source=s", "-fa", "-fb", "-cred", "-q"}},
    {"values with =", {"paint", "--source=s", "-f=a", "--filename=b", "-c=red", "--quick"}},
    {"flags first", {"-q", "--source", "s", "-f", "a", "--filename", "b", "--color=red", "paint"}},
    {"flags on both sides", {"--source=s", "-fa", "paint", "-q", "-c", "red", "-f", "b"}},
};

Test(arguments, order_and_form_make_no_difference)
{
    for (size_t i = 0; i < COUNT_OF(same); i++) {
        AUTO(arguments) struct arguments arguments = {0};
        struct typed typed;
        struct error err = {0};
        size_t at = 0;
        cr_assert_eq(run(&arguments, &typed, same[i].typed, &err), 0, "%s: %s", same[i].name,
                     err.text);
        cr_assert_eq(arguments.command, &paint, "%s", same[i].name);
        cr_assert_str_eq(arguments_value(&arguments, &flag_source, ""), "s", "%s", same[i].name);
        cr_assert_str_eq(arguments_value(&arguments, &flag_color, ""), "red", "%s", same[i].name);
        cr_assert(arguments_has(&arguments, &flag_quick), "%s", same[i].name);
        cr_assert_str_eq(arguments_next(&arguments, &flag_file, &at), "a", "%s", same[i].name);
        cr_assert_str_eq(arguments_next(&arguments, &flag_file, &at), "b", "%s", same[i].name);
        cr_assert_null(arguments_next(&arguments, &flag_file, &at), "%s", same[i].name);
    }
}

static const struct {
    const char *name;
    const char *typed[ARGUMENTS_MAX];
    const char *text;
} wrong[] = {
    {"an unknown flag", {"paint", "--source=s", "--fast"}, "unknown flag --fast"},
    {"a typo in a flag",
     {"paint", "--source=s", "--quikc"},
     "unknown flag --quikc: did you mean --quick?"},
    {"a typo in a flag with a value",
     {"paint", "--sorce=s"},
     "unknown flag --sorce: did you mean --source?"},
    {"an unknown letter", {"paint", "--source=s", "-x"}, "unknown flag -x"},
    {"another command's flag",
     {"paint", "--source=s", "--port=1"},
     "podveil paint takes no --port"},
    {"a value that is missing", {"paint", "--source"}, "--source needs a value: --source FILE"},
    {"a value too many", {"paint", "--source=s", "--quick=1"}, "--quick takes no value"},
    {"a flag given twice", {"paint", "--source=s", "--source=t"}, "--source is given twice"},
    {"a flag left out", {"paint", "-q"}, "podveil paint needs --source FILE"},
    {"a choice that there is not",
     {"paint", "--source=s", "-c", "mauve"},
     "--color mauve: there is only: red, green"},
    {"a typo in a choice",
     {"paint", "--source=s", "-c", "gren"},
     "--color gren: did you mean green? There is: red, green"},
    {"a file without -f",
     {"paint", "--source=s", "deploy.yaml"},
     "podveil paint takes files by -f: did you mean -f deploy.yaml?"},
    {"a word too many",
     {"list", "all", "pods"},
     "podveil list all does not know what to do with \"pods\""},
    {"a word too few", {"list", "one"}, "podveil list one needs a NAME"},
    {"an unknown command", {"apply"}, "unknown command \"apply\""},
    {"a typo in a command", {"piant"}, "unknown command \"piant\": did you mean \"paint\"?"},
    {"half a command", {"list"}, "podveil list needs to know what: list all, list one"},
    {"a typo in the other half",
     {"list", "al"},
     "unknown command \"list al\": did you mean \"list all\"?"},
};

Test(arguments, says_what_is_wrong)
{
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        AUTO(arguments) struct arguments arguments = {0};
        struct typed typed;
        struct error err = {0};
        cr_expect_neq(run(&arguments, &typed, wrong[i].typed, &err), 0, "%s", wrong[i].name);
        cr_expect_str_eq(err.text, wrong[i].text, "%s: %s", wrong[i].name, err.text);
    }
}

Test(arguments, everything_behind_two_dashes_is_a_word)
{
    static const char *const words[ARGUMENTS_MAX] = {"list", "one", "--", "--source"};
    AUTO(arguments) struct arguments arguments = {0};
    struct typed typed;
    struct error err = {0};

    cr_assert_eq(run(&arguments, &typed, words, &err), 0, "%s", err.text);
    cr_assert_eq(arguments.command, &list_one);
    cr_assert_str_eq(arguments.words[0], "--source");
}

Test(arguments, a_dash_alone_is_a_word)
{
    static const char *const words[ARGUMENTS_MAX] = {"list", "one", "-"};
    AUTO(arguments) struct arguments arguments = {0};
    struct typed typed;
    struct error err = {0};

    cr_assert_eq(run(&arguments, &typed, words, &err), 0, "%s", err.text);
    cr_assert_str_eq(arguments.words[0], "-");
}
