/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/kube/build.h"
#include "server/cli/cli.h"
#include "server/cli/indent.h"
#include "server/cli/judge.h"
#include "server/cli/reviews.h"

enum { LINE_MAX_TEXT = 65536, LIST_MAX = 512 * 1024 * 1024 };

static const char *const forms[] = {"text", "json", "review", NULL};

static const struct flag flag_output = {
    .name = "output",
    .letter = "o",
    .value = "FORM",
    .help = "text, json (a list), or review: the answer to an AdmissionReview\n"
            "(default: text, and review for a single review)",
    .choices = forms,
};

static const struct flag *const flags[] = {
    &flag_config,          &flag_filename, &flag_recursive, &flag_output, &flag_namespace,
    &flag_namespace_label, NULL,
};

enum verdict { VERDICT_OK, VERDICT_WARN, VERDICT_DENIED };

static const struct {
    const char *word; /* padded to one width */
    const char *color;
    const char *decision; /* in JSON */
} verdicts[] = {
    [VERDICT_OK] = {"OK    ", "\x1b[32m", "allowed"},
    [VERDICT_WARN] = {"WARN  ", "\x1b[33m", "warned"},
    [VERDICT_DENIED] = {"DENIED", "\x1b[31m", "denied"},
};

static enum verdict verdict_of(const struct outcome *outcome)
{
    if (outcome_is_denied(outcome)) {
        return VERDICT_DENIED;
    }
    return outcome->findings.warning_count > 0 ? VERDICT_WARN : VERDICT_OK;
}

static int judge_any(const struct job *job, const struct around *around,
                     const struct object *object, struct outcome *outcome, struct error *err)
{
    if (object_is_review(object)) {
        return reviews_outcome(job, object, PHASE_VALIDATE, outcome, err);
    }
    if (outcome_of(job, object, outcome, err) != 0) {
        return -1;
    }
    return judge_object(job, around, object, outcome, err);
}

/* "DENIED deploy.yaml[2] Deployment media/x: HostNetwork: ..." */
static int put_line(const struct job *job, const struct object *object,
                    const struct outcome *outcome, struct error *err)
{
    const struct findings *findings = &outcome->findings;
    enum verdict verdict = verdict_of(outcome);
    bool color = job->console->out_color;
    AUTO(buf) struct buf line = {0};

    buf_init(&line, LINE_MAX_TEXT);
    buf_printf(&line, "%s%s%s ", color ? verdicts[verdict].color : "", verdicts[verdict].word,
               color ? "\x1b[0m" : "");
    job_describe(job, object, &line);
    if (verdict == VERDICT_DENIED) {
        buf_printf(&line, ": %s", findings->message);
    }
    for (size_t i = 0; verdict == VERDICT_WARN && i < findings->warning_count; i++) {
        buf_printf(&line, "%s %s", i == 0 ? ":" : ";", findings->warnings[i]);
    }
    buf_char(&line, '\n');
    if (buf_check(&line, err) != 0) {
        return -1;
    }
    console_put(job->console, buf_view(&line));
    return 0;
}

static struct build *describe(const struct job *job, const struct object *object,
                              const struct outcome *outcome)
{
    const struct findings *findings = &outcome->findings;
    struct build *item = build_object();
    struct build *source = build_set(item, "source", build_object());

    (void)build_set(source, "file", build_text(object->source.file));
    (void)build_set(source, "document", build_int((int64_t)object->source.number));
    (void)build_set(item, "kind", build_string(object_kind(object)));
    (void)build_set(item, "namespace", build_string(job_namespace(job, object)));
    (void)build_set(item, "name", build_string(object_name(object)));
    (void)build_set(item, "decision", build_text(verdicts[verdict_of(outcome)].decision));
    if (outcome_is_denied(outcome)) {
        (void)build_set(item, "reason", build_text(reason_name(findings->denied)));
        (void)build_set(item, "field", build_text(findings->field));
        (void)build_set(item, "message", build_text(findings->message));
    }
    struct build *warnings = build_set(item, "warnings", build_array());
    for (size_t i = 0; i < findings->warning_count; i++) {
        (void)build_push(warnings, build_text(findings->warnings[i]));
    }
    return item;
}

/* How many objects had which verdict. */
struct tally {
    size_t counts[COUNT_OF(verdicts)];
};

/* Judge each object, and hand it to text or, where `list` is one, to JSON. */
static int judge_all(const struct job *job, struct build *list, struct tally *tally,
                     struct error *err)
{
    const struct objects *objects = &job->input.objects;
    AUTO(around) struct around around = {0};

    if (around_find(&around, job, err) != 0) {
        return -1;
    }
    for (size_t i = 0; i < objects->count; i++) {
        AUTO(outcome) struct outcome outcome = {0};
        if (judge_any(job, &around, &objects->items[i], &outcome, err) != 0) {
            return -1;
        }
        tally->counts[verdict_of(&outcome)]++;
        if (list != NULL) {
            (void)build_push(list, describe(job, &objects->items[i], &outcome));
        } else if (put_line(job, &objects->items[i], &outcome, err) != 0) {
            return -1;
        }
    }
    return 0;
}

static void say_tally(const struct console *console, const struct tally *tally)
{
    console_say(console, "%zu OK, %zu WARN, %zu DENIED", tally->counts[VERDICT_OK],
                tally->counts[VERDICT_WARN], tally->counts[VERDICT_DENIED]);
}

static int put_list(const struct job *job, const struct build *list, struct error *err)
{
    AUTO(buf) struct buf json = {0};
    AUTO(buf) struct buf text = {0};

    buf_init(&json, LIST_MAX);
    buf_init(&text, LIST_MAX);
    if (build_encode(list, &json, err) != 0) {
        return -1;
    }
    indent_json(&text, buf_view(&json), 0);
    buf_char(&text, '\n');
    if (buf_check(&text, err) != 0) {
        return -1;
    }
    console_put(job->console, buf_view(&text));
    return 0;
}

static int validate_all(const struct job *job, bool as_json)
{
    AUTO(build) struct build *list = as_json ? build_array() : NULL;
    struct error err = {0};
    struct tally tally = {0};

    if (as_json && list == NULL) {
        (void)error_set(&err, ERR_NO_MEMORY, "no memory for a list");
        return console_fail(job->console, &err);
    }
    if (judge_all(job, list, &tally, &err) != 0 || (as_json && put_list(job, list, &err) != 0)) {
        return console_fail(job->console, &err);
    }
    say_tally(job->console, &tally);
    return tally.counts[VERDICT_DENIED] > 0 ? EXIT_DENIED : EXIT_ALLOWED;
}

static int validate(const struct arguments *arguments, const struct console *console)
{
    AUTO(job) struct job job = {0};
    int code = job_open(&job, arguments, console);

    if (code != EXIT_ALLOWED) {
        return code;
    }
    bool reviews = reviews_only(&job.input.objects);
    bool one_review = reviews && job.input.objects.count == 1;
    const char *form = arguments_value(arguments, &flag_output, one_review ? "review" : "text");

    if (strcmp(form, "review") != 0) {
        return validate_all(&job, strcmp(form, "json") == 0);
    }
    if (!reviews) {
        return cli_usage(arguments, console,
                         "-o review answers AdmissionReviews, and the input "
                         "has other objects");
    }
    return reviews_answer(&job, PHASE_VALIDATE);
}

const struct command command_validate = {
    .name = "validate",
    .summary = "what the server would say of these objects",
    .text = "Judges the objects together and prints a line for each: OK, WARN or DENIED, and why.\n"
            "Each stands beside the others: a pod beside a policy (of Kubernetes, Cilium, Calico "
            "or an\n"
            "admin tier) that opens a way out for it is denied for it. A line on standard error "
            "counts\n"
            "the verdicts.\n"
            "\n"
            "Pods and pod templates are taken through mutate first; those that carry podveil's\n"
            "parts already are judged as they stand. NetworkPolicies may open no way beside the\n"
            "tunnel for a privacy pod of any configured gateway.",
    .flags = flags,
    .run = validate,
};
