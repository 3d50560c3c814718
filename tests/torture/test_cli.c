/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The commands while memory ends: what is printed and the exit code are those with
 * memory, or the code says that the machine was in the way and standard error why.
 * So a script never takes half an output, or a "no", for the whole truth.
 */
#include "lib/base/file.h"
#include "lib/pod/ruleset.h"
#include "server/cli/cli.h"
#include "tests/support/torture.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include <sys/mman.h>
#include <unistd.h>

#define FIXTURE TEST_SOURCE_DIR "/tests/fixtures/"
#define CONFIG "--config", FIXTURE "config/example.yaml"

enum { MOST_WORDS = 12, MOST_OUTPUT = 4 * 1024 * 1024 };

static const struct command_case {
    const char *name;
    const char *words[MOST_WORDS]; /* "podveil" is the first */
    int code;
} cases[] = {
    {"version", {"podveil", "version"}, 0},
    {"help", {"podveil", "help", "mutate"}, 0},
    {"an unknown flag", {"podveil", "mutate", "--confg", "x"}, 2},
    {"config check", {"podveil", "config", "check", FIXTURE "config/example.yaml"}, 0},
    {"config check of no configuration",
     {"podveil", "config", "check", FIXTURE "cli/judged.yaml"},
     3},
    {"config schema", {"podveil", "config", "schema"}, 0},
    {"config detect of no kubeconfig",
     {"podveil", "config", "detect", "--kubeconfig", FIXTURE "cli/judged.yaml"},
     3},
    {"mutate", {"podveil", "mutate", CONFIG, "-f", FIXTURE "cli/sabnzbd.yaml"}, 0},
    {"mutate of what is denied", {"podveil", "mutate", CONFIG, "-f", FIXTURE "cli/denied.yaml"}, 1},
    {"mutate of a directory", {"podveil", "mutate", CONFIG, "-f", FIXTURE "cli", "-o", "patch"}, 1},
    {"mutate of no manifest", {"podveil", "mutate", CONFIG, "-f", FIXTURE "yaml/README.md"}, 3},
    {"mutate to JSON",
     {"podveil", "mutate", CONFIG, "-f", FIXTURE "cli/sabnzbd.yaml", "-o", "json"},
     0},
    {"mutate to a diff",
     {"podveil", "mutate", CONFIG, "-f", FIXTURE "cli/sabnzbd.yaml", "-o", "diff"},
     0},
    {"mutate of a review",
     {"podveil", "mutate", CONFIG, "-f", FIXTURE "reviews/mutate-pod-create-bare.json"},
     0},
    {"mutate of a review to YAML",
     {"podveil", "mutate", CONFIG, "-f", FIXTURE "reviews/mutate-pod-create-bare.json", "-o",
      "yaml"},
     0},
    {"validate", {"podveil", "validate", CONFIG, "-f", FIXTURE "cli/judged.yaml"}, 1},
    {"validate of what is right",
     {"podveil", "validate", CONFIG, "-f", FIXTURE "cli/sabnzbd.yaml"},
     0},
    {"validate to JSON",
     {"podveil", "validate", CONFIG, "-f", FIXTURE "cli/judged.yaml", "-o", "json"},
     1},
    {"validate of a review",
     {"podveil", "validate", CONFIG, "-f", FIXTURE "reviews/validate-networkpolicy-create.json"},
     1},
    {"render", {"podveil", "render", CONFIG, "-f", FIXTURE "cli/sabnzbd.yaml"}, 0},
    {"explain", {"podveil", "explain", CONFIG, "-f", FIXTURE "cli/explained.yaml"}, 1},
    {"explain of a namespace's label",
     {"podveil", "explain", CONFIG, "-f", FIXTURE "cli/sabnzbd.yaml", "--namespace-label", "a=b"},
     0},
};

/* What one run printed. */
struct printed {
    int code;
    struct buf out;
    struct buf err;
};

static void printed_done(struct printed *printed)
{
    buf_done(&printed->out);
    buf_done(&printed->err);
}
DEFINE_AUTO_IN_PLACE(printed, struct printed, printed_done);

static FILE *open_scratch(void)
{
    FILE *file = fdopen(memfd_create("printed", MFD_CLOEXEC), "w+");

    cr_assert_not_null(file);
    return file;
}

static void read_scratch(FILE *file, struct buf *out)
{
    char path[64];
    struct error err = {0};

    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fileno(file));
    buf_init(out, MOST_OUTPUT);
    cr_assert_eq(file_read(path, out, &err), 0, "%s", err.text);
    (void)fclose(file);
}

/* The command, with its streams put aside. */
static void run(const struct command_case *c, struct memory_plan plan, struct printed *printed)
{
    static const struct command *const commands[] = {
        &command_mutate,        &command_validate,     &command_render,
        &command_explain,       &command_config_check, &command_config_schema,
        &command_config_detect, &command_version,      &command_help,
    };
    const struct program program = {.commands = commands, .count = COUNT_OF(commands)};
    char *words[MOST_WORDS] = {0};
    FILE *streams[] = {stdout, stderr};
    int count = 0;

    for (; count < MOST_WORDS && c->words[count] != NULL; count++) {
        words[count] = strdup(c->words[count]);
    }
    stdout = open_scratch();
    stderr = open_scratch();
    (void)setvbuf(stderr, NULL, _IONBF, 0);
    memory_begin(plan);
    printed->code = cli_run(&program, count, words);
    (void)memory_end();
    FILE *scratch[] = {stdout, stderr};
    stdout = streams[0];
    stderr = streams[1];
    read_scratch(scratch[0], &printed->out);
    read_scratch(scratch[1], &printed->err);
    while (count > 0) {
        free(words[--count]);
    }
}

/* All commands with a configuration read it first and in one way: one of them stands for all. */
static bool leaves_configuration(const struct command_case *c)
{
    bool reads = false;

    for (size_t i = 0; i < MOST_WORDS && c->words[i] != NULL; i++) {
        reads = reads || strcmp(c->words[i], "--config") == 0;
    }
    return reads && strcmp(c->name, "mutate") != 0;
}

/* How many allocations the configuration takes: the first that each command makes, or nearly. */
static size_t count_configuration(void)
{
    AUTO(config) const struct config *config = NULL;
    const struct ruleset *ruleset = NULL;
    struct error err = {0};

    memory_begin((struct memory_plan){0});
    int failed = config_load(FIXTURE "config/example.yaml", &config, NULL, &err) != 0 ||
                 ruleset_new(config, &ruleset, &err) != 0;
    size_t count = memory_end();
    cr_assert_eq(failed, 0, "%s", err.text);
    ruleset_unref(ruleset);
    return count;
}

struct command_run {
    const struct command_case *c;
    const struct printed *want;
};

static int work(struct memory_plan plan, const void *context, struct error *err)
{
    const struct command_run *command = context;
    const struct printed *want = command->want;
    AUTO(printed) struct printed got = {0};

    run(command->c, plan, &got);
    if (got.code == EXIT_MACHINE) {
        cr_assert_gt(got.err.len, 0, "allocation %zu: nothing says why", plan.nth);
        return error_set(err, ERR_NO_MEMORY, "%s", buf_cstr(&got.err));
    }
    cr_assert_eq(got.code, want->code, "allocation %zu: %d and \"%s\"", plan.nth, got.code,
                 buf_cstr(&got.err));
    cr_assert_str_eq(buf_cstr(&got.out), buf_cstr(&want->out), "allocation %zu", plan.nth);
    cr_assert_str_eq(buf_cstr(&got.err), buf_cstr(&want->err), "allocation %zu", plan.nth);
    return 0;
}

ParameterizedTestParameters(torture_cli, output_is_whole_or_the_code_says_so)
{
    static size_t indexes[COUNT_OF(cases)];

    for (size_t i = 0; i < COUNT_OF(indexes); i++) {
        indexes[i] = i;
    }
    return cr_make_param_array(size_t, indexes, COUNT_OF(indexes));
}

ParameterizedTest(const size_t *index, torture_cli, output_is_whole_or_the_code_says_so)
{
    const struct command_case *c = &cases[*index];
    AUTO(printed) struct printed want = {0};
    const struct command_run command = {c, &want};

    run(c, (struct memory_plan){0}, &want);
    cr_assert_eq(want.code, c->code, "%s: %d, %s", c->name, want.code, buf_cstr(&want.err));
    cr_log_info("%s", c->name);
    (void)torture(&(struct torture){
        .work = work,
        .context = &command,
        .first = leaves_configuration(c) ? count_configuration() : 0,
    });
}
