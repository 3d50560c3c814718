/* SPDX-License-Identifier: Apache-2.0 */
#include "server/cli/cli.h"
#include "server/cli/print.h"
#include "server/cli/reviews.h"

static const char *const forms[] = {"yaml", "json", "patch", "diff", "review", NULL};

static const struct flag flag_output = {
    .name = "output",
    .letter = "o",
    .value = "FORM",
    .help = "yaml, json, patch (RFC 6902, a line an object), diff, or review: the\n"
            "answer to an AdmissionReview, byte for byte the server's\n"
            "(default: yaml, and review for reviews)",
    .choices = forms,
};

static const struct flag *const flags[] = {
    &flag_config,          &flag_filename, &flag_recursive, &flag_output, &flag_namespace,
    &flag_namespace_label, NULL,
};

/* How an outcome is printed, and what is printed behind the last one. */
static const struct printing {
    const char *name;
    int (*print)(struct printer *printer, const struct object *object,
                 const struct outcome *outcome, struct error *err);
    int (*end)(struct printer *printer, struct error *err);
} printings[] = {
    {"yaml", print_yaml, NULL},
    {"json", print_json, print_json_end},
    {"patch", print_patch, NULL},
    {"diff", print_diff, NULL},
};

static const struct printing *printing_of(const char *form)
{
    for (size_t i = 0; i < COUNT_OF(printings); i++) {
        if (strcmp(printings[i].name, form) == 0) {
            return &printings[i];
        }
    }
    return NULL;
}

static int outcome_of_any(const struct job *job, const struct object *object,
                          struct outcome *outcome, struct error *err)
{
    return object_is_review(object) ? reviews_outcome(job, object, PHASE_MUTATE, outcome, err)
                                    : outcome_of(job, object, outcome, err);
}

/* Sets *denied; on failure err is told by the caller. */
static int mutate_one(struct printer *printer, const struct printing *printing,
                      const struct object *object, bool *denied, struct error *err)
{
    AUTO(outcome) struct outcome outcome = {0};

    if (outcome_of_any(printer->job, object, &outcome, err) != 0 ||
        outcome_report(printer->job, object, &outcome, err) != 0) {
        return -1;
    }
    if (outcome_is_denied(&outcome)) {
        *denied = true;
        return 0;
    }
    return value_exists(outcome.after) ? printing->print(printer, object, &outcome, err) : 0;
}

static int mutate_all(const struct job *job, const struct printing *printing)
{
    AUTO(printer) struct printer printer = {0};
    struct error err = {0};
    bool denied = false;

    printer_init(&printer, job);
    for (size_t i = 0; i < job->input.objects.count; i++) {
        if (mutate_one(&printer, printing, &job->input.objects.items[i], &denied, &err) != 0) {
            return console_fail(job->console, &err);
        }
    }
    if (printing->end != NULL && printing->end(&printer, &err) != 0) {
        return console_fail(job->console, &err);
    }
    return denied ? EXIT_DENIED : EXIT_ALLOWED;
}

static int mutate(const struct arguments *arguments, const struct console *console)
{
    AUTO(job) struct job job = {0};
    int code = job_open(&job, arguments, console);

    if (code != EXIT_ALLOWED) {
        return code;
    }
    bool reviews = reviews_only(&job.input.objects);
    const char *form = arguments_value(arguments, &flag_output, reviews ? "review" : "yaml");
    const struct printing *printing = printing_of(form);

    if (printing != NULL) {
        return mutate_all(&job, printing);
    }
    if (!reviews) {
        return cli_usage(arguments, console,
                         "-o review answers AdmissionReviews, and the input "
                         "has other objects");
    }
    return reviews_answer(&job, PHASE_MUTATE);
}

const struct command command_mutate = {
    .name = "mutate",
    .summary = "what the server would do to these objects",
    .text = "Prints the objects as podveil would make them. A Deployment, StatefulSet, DaemonSet,\n"
            "ReplicaSet, Job, CronJob, ReplicationController or PodTemplate is treated as the pod\n"
            "that its controller would create; other kinds are printed as they are. What would be\n"
            "denied is named on standard error and not printed.\n"
            "\n"
            "The output can be applied to a cluster that runs podveil, and passes validate.",
    .flags = flags,
    .run = mutate,
};
