/* SPDX-License-Identifier: Apache-2.0 */
#include "server/cli/cli.h"
#include "server/cli/explain_forms.h"

enum { DRAWING_MAX = 512 * 1024 * 1024, DRAWING_TOP = 20 };

static const char *const forms[] = {"text", "mermaid", "svg", NULL};

static const struct flag flag_output = {
    .name = "output",
    .letter = "o",
    .value = "FORM",
    .help = "text, which is the default; mermaid, a flowchart for viewers of\n"
            "Markdown; or svg, a picture that stands alone",
    .choices = forms,
};

static const struct flag *const flags[] = {
    &flag_config,          &flag_filename, &flag_recursive, &flag_output, &flag_namespace,
    &flag_namespace_label, NULL,
};

static const struct explain_form *form_of(const char *name)
{
    static const struct explain_form *const known[] = {&explain_text, &explain_mermaid,
                                                       &explain_svg};
    size_t at = 0;

    while (at + 1 < COUNT_OF(known) && strcmp(known[at]->name, name) != 0) {
        at++;
    }
    return known[at];
}

void drawing_init(struct drawing *drawing, const struct console *console)
{
    *drawing = (struct drawing){.console = console, .height = DRAWING_TOP};
    buf_init(&drawing->text, DRAWING_MAX);
    buf_init(&drawing->styles, DRAWING_MAX);
}

void drawing_done(struct drawing *drawing)
{
    buf_done(&drawing->text);
    buf_done(&drawing->styles);
}

/* What explain tells of one input. */
struct explaining {
    const struct job *job;
    const struct explain_form *form;
    struct around around;
    struct drawing drawing;
    bool denied;
};

static void explaining_done(struct explaining *explaining)
{
    around_done(&explaining->around);
    drawing_done(&explaining->drawing);
}
DEFINE_AUTO_IN_PLACE(explaining, struct explaining, explaining_done);

static int explain_one(struct explaining *explaining, const struct object *object,
                       struct error *err)
{
    const struct job *job = explaining->job;
    AUTO(outcome) struct outcome outcome = {0};
    struct ways ways;

    if (outcome_of(job, object, &outcome, err) != 0) {
        return -1;
    }
    if (outcome.prefix == NULL) {
        return 0;
    }
    if (ways_find(job, &explaining->around, object, &outcome, &ways, err) != 0 ||
        explaining->form->draw(&explaining->drawing, job, &ways, &outcome, err) != 0) {
        return -1;
    }
    explaining->drawing.count++;
    explaining->denied =
        explaining->denied || ways.standing == STANDING_DENIED || ways.offender != NULL;
    return 0;
}

static int explain_all(struct explaining *explaining, struct error *err)
{
    const struct objects *objects = &explaining->job->input.objects;

    if (around_find(&explaining->around, explaining->job, err) != 0) {
        return -1;
    }
    for (size_t i = 0; i < objects->count; i++) {
        if (explain_one(explaining, &objects->items[i], err) != 0) {
            return -1;
        }
    }
    if (explaining->drawing.count == 0) {
        console_say(explaining->job->console, "nothing in the input makes pods");
        return 0;
    }
    return explaining->form->end(&explaining->drawing, err);
}

static int explain(const struct arguments *arguments, const struct console *console)
{
    AUTO(job) struct job job = {0};
    AUTO(explaining) struct explaining explaining = {0};
    struct error err = {0};
    int code = job_open(&job, arguments, console);

    if (code != EXIT_ALLOWED) {
        return code;
    }
    explaining.job = &job;
    explaining.form = form_of(arguments_value(arguments, &flag_output, "text"));
    drawing_init(&explaining.drawing, console);
    if (explain_all(&explaining, &err) != 0) {
        return console_fail(console, &err);
    }
    return explaining.denied ? EXIT_DENIED : EXIT_ALLOWED;
}

const struct command command_explain = {
    .name = "explain",
    .summary = "the ways out of these pods, and what closes each",
    .text =
        "Tells of each pod and each workload whether it is private, and if so, which ways lead "
        "out\n"
        "of its pods, which layer closes each of them under which CNI, and what stays open. A\n"
        "policy of the input that opens one (Kubernetes', Cilium's, Calico's, an admin tier's) is\n"
        "shown as a leak, with where it leads to.",
    .flags = flags,
    .run = explain,
};
