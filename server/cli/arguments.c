/* SPDX-License-Identifier: Apache-2.0 */
#include "server/cli/arguments.h"

#include "lib/config/suggest.h"

enum { FLAG_TEXT_MAX = 64 };

const struct flag flag_help = {
    .name = "help",
    .letter = "h",
    .help = "show this help",
};

const struct flag flag_version = {
    .name = "version",
    .help = "as podveil version",
};

/* One flag as it was typed. */
struct typed {
    struct slice name;
    bool is_letter;
    const char *attached; /* the value that came with it, or NULL */
};

static bool flag_fits(const struct flag *flag, const struct typed *typed)
{
    if (typed->is_letter) {
        return flag->letter != NULL && slice_is(typed->name, flag->letter);
    }
    return slice_is(typed->name, flag->name);
}

static const struct flag *flag_in(const struct command *command, const struct typed *typed)
{
    for (size_t i = 0; command->flags != NULL && command->flags[i] != NULL; i++) {
        if (flag_fits(command->flags[i], typed)) {
            return command->flags[i];
        }
    }
    return NULL;
}

static const struct flag *flag_of_any(const struct program *program, const struct typed *typed)
{
    const struct flag *flag = flag_fits(&flag_help, typed)      ? &flag_help
                              : flag_fits(&flag_version, typed) ? &flag_version
                                                                : NULL;

    for (size_t i = 0; i < program->count && flag == NULL; i++) {
        flag = flag_in(program->commands[i], typed);
    }
    return flag;
}

static struct typed read_flag(const char *argument)
{
    struct typed typed = {.is_letter = argument[1] != '-'};

    if (typed.is_letter) {
        typed.name = (struct slice){argument + 1, 1};
        typed.attached = argument[2] == '\0' ? NULL : argument + 2 + (argument[2] == '=' ? 1 : 0);
        return typed;
    }
    const char *equals = strchr(argument, '=');
    typed.name = slice_of(argument + 2);
    if (equals != NULL) {
        typed.name.len = (size_t)(equals - argument) - 2;
        typed.attached = equals + 1;
    }
    return typed;
}

/* Take the flag at argv[*at], and the next argument where that is its value. */
static int take_flag(struct arguments *arguments, int argc, char *const *argv, int *at,
                     struct error *err)
{
    const char *argument = argv[*at];
    struct typed typed = read_flag(argument);
    const struct flag *flag = flag_of_any(arguments->program, &typed);
    struct given *given = &arguments->given[arguments->given_count];

    if (flag == NULL) {
        arguments->unknown = arguments->unknown == NULL ? argument : arguments->unknown;
        return 0;
    }
    given->flag = flag;
    given->value = typed.attached;
    if (flag->value == NULL && typed.attached != NULL) {
        return error_set(err, ERR_MALFORMED, "--%s takes no value", flag->name);
    }
    if (flag->value != NULL && typed.attached == NULL) {
        if (*at + 1 >= argc) {
            return error_set(err, ERR_MALFORMED, "--%s needs a value: --%s %s", flag->name,
                             flag->name, flag->value);
        }
        *at += 1;
        given->value = argv[*at];
    }
    arguments->given_count++;
    return 0;
}

int arguments_parse(struct arguments *arguments, const struct program *program, int argc,
                    char *const *argv, struct error *err)
{
    size_t room = argc > 0 ? (size_t)argc : 1;
    bool flags_ended = false;

    *arguments = (struct arguments){
        .program = program,
        .given = calloc(room, sizeof(struct given)),
        .all_words = calloc(room, sizeof(const char *)),
    };
    arguments->words = arguments->all_words;
    if (arguments->given == NULL || arguments->words == NULL) {
        return error_set(err, ERR_NO_MEMORY, "no memory for the command line");
    }
    for (int i = 1; i < argc; i++) {
        bool is_flag = !flags_ended && argv[i][0] == '-' && argv[i][1] != '\0';
        if (is_flag && strcmp(argv[i], "--") == 0) {
            flags_ended = true;
        } else if (!is_flag) {
            arguments->words[arguments->word_count++] = argv[i];
        } else if (take_flag(arguments, argc, argv, &i, err) != 0) {
            return -1;
        }
    }
    return 0;
}

void arguments_done(struct arguments *arguments)
{
    free(arguments->given);
    free(arguments->all_words);
}

static int fail_unknown(const struct arguments *arguments, struct error *err)
{
    const struct command *command = arguments->command;
    struct typed typed = read_flag(arguments->unknown);
    const char *nearest = NULL;
    unsigned best = SUGGEST_NONE;

    if (typed.is_letter || typed.name.len > FLAG_TEXT_MAX) {
        return error_set(err, ERR_MALFORMED, "unknown flag %.*s", FLAG_TEXT_MAX,
                         arguments->unknown);
    }
    for (size_t i = 0; command->flags != NULL && command->flags[i] != NULL; i++) {
        const char *name = command->flags[i]->name;
        nearest = suggest_is_nearer(typed.name, name, &best) ? name : nearest;
    }
    nearest = suggest_is_nearer(typed.name, flag_help.name, &best) ? flag_help.name : nearest;
    if (nearest == NULL) {
        return error_set(err, ERR_MALFORMED, "unknown flag --%.*s", SLICE_ARGS(typed.name));
    }
    return error_set(err, ERR_MALFORMED, "unknown flag --%.*s: did you mean --%s?",
                     SLICE_ARGS(typed.name), nearest);
}

static bool takes(const struct command *command, const struct flag *flag)
{
    for (size_t i = 0; command->flags != NULL && command->flags[i] != NULL; i++) {
        if (command->flags[i] == flag) {
            return true;
        }
    }
    return flag == &flag_help;
}

/* Flags of one name may differ between commands: take the command's own. */
static int check_own(const struct arguments *arguments, struct given *given, struct error *err)
{
    const struct command *command = arguments->command;
    struct typed typed = {.name = slice_of(given->flag->name)};
    const struct flag *own = flag_in(command, &typed);

    if (takes(command, given->flag)) {
        return 0;
    }
    if (own == NULL) {
        return error_set(err, ERR_MALFORMED, "%s %s takes no --%s", arguments->program->called,
                         command->name, given->flag->name);
    }
    given->flag = own;
    return 0;
}

static int check_choice(const struct given *given, struct error *err)
{
    const char *const *choices = given->flag->choices;
    const char *nearest = NULL;
    unsigned best = SUGGEST_NONE;
    char list[128] = "";

    for (size_t i = 0; choices != NULL && choices[i] != NULL; i++) {
        if (strcmp(choices[i], given->value) == 0) {
            return 0;
        }
        size_t used = strlen(list);
        (void)snprintf(list + used, sizeof list - used, "%s%s", i == 0 ? "" : ", ", choices[i]);
        nearest =
            suggest_is_nearer(slice_of(given->value), choices[i], &best) ? choices[i] : nearest;
    }
    if (choices == NULL) {
        return 0;
    }
    if (nearest != NULL) {
        return error_set(err, ERR_MALFORMED, "--%s %s: did you mean %s? There is: %s",
                         given->flag->name, given->value, nearest, list);
    }
    return error_set(err, ERR_MALFORMED, "--%s %s: there is only: %s", given->flag->name,
                     given->value, list);
}

static size_t times_given(const struct arguments *arguments, const struct flag *flag)
{
    size_t times = 0;

    for (size_t i = 0; i < arguments->given_count; i++) {
        times += arguments->given[i].flag == flag ? 1 : 0;
    }
    return times;
}

static int check_given(const struct arguments *arguments, struct error *err)
{
    for (size_t i = 0; i < arguments->given_count; i++) {
        struct given *given = &arguments->given[i];
        if (check_own(arguments, given, err) != 0 || check_choice(given, err) != 0) {
            return -1;
        }
        if (!given->flag->repeated && times_given(arguments, given->flag) > 1) {
            return error_set(err, ERR_MALFORMED, "--%s is given twice", given->flag->name);
        }
    }
    return 0;
}

static int check_required(const struct arguments *arguments, struct error *err)
{
    const struct flag *const *flags = arguments->command->flags;

    for (size_t i = 0; flags != NULL && flags[i] != NULL; i++) {
        if (flags[i]->required && times_given(arguments, flags[i]) == 0) {
            return error_set(err, ERR_MALFORMED, "%s %s needs --%s %s", arguments->program->called,
                             arguments->command->name, flags[i]->name, flags[i]->value);
        }
    }
    return 0;
}

static int check_words(const struct arguments *arguments, struct error *err)
{
    const struct command *command = arguments->command;
    const char *called = arguments->program->called;

    if (arguments->word_count < command->min_words) {
        return error_set(err, ERR_MALFORMED, "%s %s needs a %s", called, command->name,
                         command->words);
    }
    if (arguments->word_count <= command->max_words) {
        return 0;
    }
    const char *extra = arguments->words[command->max_words];
    const struct typed file = {.name = SLICE("f"), .is_letter = true};
    if (flag_in(command, &file) != NULL) {
        return error_set(err, ERR_MALFORMED, "%s %s takes files by -f: did you mean -f %s?", called,
                         command->name, extra);
    }
    return error_set(err, ERR_MALFORMED, "%s %s does not know what to do with \"%s\"", called,
                     command->name, extra);
}

int arguments_check(const struct arguments *arguments, struct error *err)
{
    if (arguments->unknown != NULL) {
        return fail_unknown(arguments, err);
    }
    if (check_given(arguments, err) != 0 || check_words(arguments, err) != 0) {
        return -1;
    }
    return check_required(arguments, err);
}

bool arguments_has(const struct arguments *arguments, const struct flag *flag)
{
    return times_given(arguments, flag) > 0;
}

const char *arguments_value(const struct arguments *arguments, const struct flag *flag,
                            const char *fallback)
{
    size_t at = 0;
    const char *value = arguments_next(arguments, flag, &at);
    return value == NULL ? fallback : value;
}

const char *arguments_next(const struct arguments *arguments, const struct flag *flag, size_t *at)
{
    for (; *at < arguments->given_count; (*at)++) {
        if (arguments->given[*at].flag == flag) {
            return arguments->given[(*at)++].value;
        }
    }
    return NULL;
}
