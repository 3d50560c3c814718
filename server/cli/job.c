/* SPDX-License-Identifier: Apache-2.0 */
#include "server/cli/job.h"

#include "lib/pod/template.h"
#include "server/cli/cli.h"

enum { DESCRIPTION_MAX = 8192 };

const struct flag flag_config = {
    .name = "config",
    .value = "FILE",
    .help = "the configuration (- is standard input)",
    .required = true,
};

/* Standard input can be read once. */
static int check_standard_input(const struct arguments *arguments, struct error *err)
{
    bool config = strcmp(arguments_value(arguments, &flag_config, ""), "-") == 0;
    size_t readers = config ? 1 : 0;
    size_t at = 0;
    const char *path = arguments_next(arguments, &flag_filename, &at);

    readers += path == NULL ? 1 : 0;
    for (; path != NULL; path = arguments_next(arguments, &flag_filename, &at)) {
        readers += strcmp(path, "-") == 0 ? 1 : 0;
    }
    if (readers < 2) {
        return 0;
    }
    return error_set(err, ERR_MALFORMED,
                     config ? "standard input cannot be both: the configuration and the objects"
                            : "standard input can be read once: one -f -");
}

int job_open(struct job *job, const struct arguments *arguments, const struct console *console)
{
    struct error err = {0};

    *job = (struct job){.arguments = arguments, .console = console};
    input_init(&job->input);
    if (namespaces_check(arguments, &err) != 0 || check_standard_input(arguments, &err) != 0) {
        return cli_usage(arguments, console, "%s", err.text);
    }
    const char *config = arguments_value(arguments, &flag_config, NULL);
    if (config_load(config, &job->config, NULL, &err) != 0 ||
        ruleset_new(job->config, &job->ruleset, &err) != 0 ||
        input_read(&job->input, arguments, console, &err) != 0 ||
        namespaces_find(&job->namespaces, &job->input.objects, arguments, &err) != 0) {
        return console_fail_input(console, &err);
    }
    return EXIT_ALLOWED;
}

void job_done(struct job *job)
{
    namespaces_done(&job->namespaces);
    input_done(&job->input);
    if (job->ruleset != NULL) {
        ruleset_unref(job->ruleset);
    }
    if (job->config != NULL) {
        config_unref(job->config);
    }
}

struct slice job_namespace(const struct job *job, const struct object *object)
{
    bool has_one =
        template_prefix_of(object->value) != NULL || slice_is(object_kind(object), "NetworkPolicy");

    return has_one ? namespaces_of(&job->namespaces, object) : object->own_namespace;
}

void job_describe(const struct job *job, const struct object *object, struct buf *out)
{
    object_describe(object, job_namespace(job, object), out);
}

int job_report(const struct job *job, const struct object *object, const char *text,
               struct error *err)
{
    AUTO(buf) struct buf who = {0};

    buf_init(&who, DESCRIPTION_MAX);
    job_describe(job, object, &who);
    if (buf_check(&who, err) != 0) {
        return -1;
    }
    (void)fprintf(job->console->err, "%s: %s\n", buf_cstr(&who), text);
    return 0;
}
