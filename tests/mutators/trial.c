/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/mutators/trial.h"

#include <criterion/criterion.h>

enum { TEXT_MAX = 16 * 1024 * 1024 };

static void run(struct trial *trial, struct error *err)
{
    if (trial->subject.rules == NULL || trial->findings.denied != REASON_NONE) {
        return;
    }
    mutators_check(&trial->subject, patch_target(trial->patch), &trial->findings);
    if (trial->findings.denied == REASON_NONE) {
        cr_assert_eq(mutators_apply(&trial->subject, trial->patch, &trial->findings, err), 0, "%s",
                     err->text);
    }
}

void trial_run(struct trial *trial, const struct ruleset *ruleset, struct slice text,
               const struct surroundings *around)
{
    struct error err = {0};

    *trial = (struct trial){0};
    buf_init(&trial->operations, TEXT_MAX);
    buf_init(&trial->result, TEXT_MAX);
    findings_init(&trial->findings, ruleset->config);
    cr_assert_eq(json_parse(&trial->pod, text, &err), 0, "%s in %.*s", err.text, SLICE_ARGS(text));
    trial->patch = patch_new(value_root(&trial->pod), "");
    cr_assert_not_null(trial->patch);
    cr_assert_eq(subject_of_pod(ruleset, value_root(&trial->pod), around, &trial->subject,
                                &trial->findings, &err),
                 0, "%s", err.text);
    run(trial, &err);
    cr_assert_eq(patch_encode(trial->patch, &trial->operations, &err), 0, "%s", err.text);
    value_encode(patch_object(trial->patch), &trial->result);
    cr_assert_eq(buf_check(&trial->result, &err), 0, "%s", err.text);
}

void trial_done(struct trial *trial)
{
    patch_free(trial->patch);
    json_done(&trial->pod);
    buf_done(&trial->operations);
    buf_done(&trial->result);
}

static void assert_replayed(const struct trial *trial, const char *name)
{
    struct error err = {0};
    AUTO(json) struct json operations = {0};
    AUTO(buf) struct buf replayed = {0};

    buf_init(&replayed, TEXT_MAX);
    cr_assert_eq(json_parse(&operations, buf_view(&trial->operations), &err), 0, "%s: %s", name,
                 err.text);
    cr_assert_eq(patch_apply(value_root(&trial->pod), value_root(&operations), &replayed, &err), 0,
                 "%s: %s", name, err.text);
    cr_assert_str_eq(buf_cstr(&replayed), buf_cstr(&trial->result), "%s", name);
}

void trial_assert_right(const struct trial *trial, const struct ruleset *ruleset,
                        const struct surroundings *around, const char *name)
{
    AUTO(trial) struct trial again = {0};

    assert_replayed(trial, name);
    trial_run(&again, ruleset, buf_view(&trial->result), around);
    cr_assert_eq(again.findings.denied, REASON_NONE, "%s, again: %s", name, again.findings.message);
    cr_assert_not_null(again.subject.rules, "%s, again: not private", name);
    cr_assert_str_eq(buf_cstr(&again.operations), "[]", "%s, again", name);
}
