/* SPDX-License-Identifier: Apache-2.0 */
#include "server/cli/cli.h"
#include "server/cli/explain_layers.h"

enum { TEXT_MAX = 1048576 };

static const char *const forms[] = {"text", NULL};

static const struct flag flag_output = {
    .name = "output",
    .letter = "o",
    .value = "FORM",
    .help = "text, which is the default",
    .choices = forms,
};

static const struct flag *const flags[] = {
    &flag_config,          &flag_filename, &flag_recursive, &flag_output, &flag_namespace,
    &flag_namespace_label, NULL,
};

static int describe(const struct job *job, const struct object *object,
                    const struct outcome *outcome, struct buf *out, struct error *err)
{
    const struct gateway_rules *rules = outcome->subject.rules;

    job_describe(job, object, out);
    if (outcome_is_denied(outcome)) {
        buf_printf(out, "\n  is not let in: %s\n", outcome->findings.message);
        return 0;
    }
    if (rules == NULL) {
        buf_text(out, "\n  not private: goes out directly\n");
        return 0;
    }
    buf_printf(out, "\n  private, through gateway %s\n", rules->gateway->name);
    return explain_layers(outcome, out, err);
}

/* Sets *denied; *count counts what makes pods. */
static int explain_one(const struct job *job, const struct object *object, bool *denied,
                       size_t *count, struct error *err)
{
    AUTO(outcome) struct outcome outcome = {0};
    AUTO(buf) struct buf text = {0};

    buf_init(&text, TEXT_MAX);
    if (outcome_of(job, object, &outcome, err) != 0) {
        return -1;
    }
    if (outcome.prefix == NULL) {
        return 0;
    }
    buf_text(&text, *count == 0 ? "" : "\n");
    if (describe(job, object, &outcome, &text, err) != 0 || buf_check(&text, err) != 0) {
        return -1;
    }
    *count += 1;
    *denied = *denied || outcome_is_denied(&outcome);
    console_put(job->console, buf_view(&text));
    return 0;
}

static int explain(const struct arguments *arguments, const struct console *console)
{
    AUTO(job) struct job job = {0};
    struct error err = {0};
    bool denied = false;
    size_t count = 0;
    int code = job_open(&job, arguments, console);

    if (code != EXIT_ALLOWED) {
        return code;
    }
    for (size_t i = 0; i < job.input.objects.count; i++) {
        if (explain_one(&job, &job.input.objects.items[i], &denied, &count, &err) != 0) {
            return console_fail(console, &err);
        }
    }
    if (count == 0) {
        console_say(console, "nothing in the input makes pods");
    }
    return denied ? EXIT_DENIED : EXIT_ALLOWED;
}

const struct command command_explain = {
    .name = "explain",
    .summary = "the ways out of these pods, and what closes each",
    .text =
        "Tells of each pod and each workload whether it is private, and if so, layer by layer,\n"
        "which ways lead out of its pods, what closes each of them and what stays open.",
    .flags = flags,
    .run = explain,
};
