/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A body as POST /mutate and /validate get it. How it ends says how it is asked:
 * a space, at the gateway's own path; a tab, under another configuration; a
 * carriage return, both.
 */
#include "tests/fuzz/naive.h"
#include "tests/fuzz/review_checks.h"
#include "tests/fuzz/target.h"

DEFINE_AUTO(cjson, cJSON, cJSON_Delete);

static struct question question_of(struct slice body)
{
    char last = body.len > 0 ? body.data[body.len - 1] : '\n';
    bool path = last == ' ' || last == '\r';
    bool narrow = last == '\t' || last == '\r';

    return (struct question){
        .ruleset = setting_ruleset(narrow ? SETTING_NARROW : SETTING_EXAMPLE),
        .path_gateway = path ? SLICE("vpn") : (struct slice){0},
        .body = body,
    };
}

static void claim_safe(const struct config *config, const cJSON *request, const char *patched)
{
    AUTO(cjson) cJSON *made = patched[0] != '\0' ? cJSON_Parse(patched) : NULL;

    claim(patched[0] == '\0' || made != NULL, "the patched object is no JSON: %s", patched);
    naive_claim_pod_safe(config, made != NULL ? made : naive_at(request, "object"));
}

static void run_mutate(const struct question *question, const cJSON *request)
{
    AUTO(asked) struct asked asked = {0};
    AUTO(buf) struct buf patched = {0};

    asked_init(&asked, question);
    claim_offline(question, &asked);
    if (!asked.answer.allowed || !naive_creates_pod(request)) {
        claim(asked.answer.policy_count == 0, "policies for what is not let in");
        return;
    }
    claim_replayed(question, &asked);
    claim_followed(question, &asked, &patched);
    if (naive_asks_for_gateway(question->ruleset->config, request, question->path_gateway)) {
        bool dry_run = cJSON_IsTrue(naive_at(request, "dryRun"));
        claim(asked.answer.policy_count == (dry_run ? 0 : ADMISSION_MAX_POLICIES),
              "a privacy pod without its policies");
        claim_safe(question->ruleset->config, request, buf_cstr(&patched));
    }
}

static void run_validate(const struct question *question, const cJSON *request)
{
    AUTO(asked) struct asked asked = {0};

    asked_init(&asked, question);
    claim_offline(question, &asked);
    claim(asked.answer.policy_count == 0, "/validate makes policies");
    if (!asked.answer.allowed) {
        return;
    }
    naive_claim_pod_kept(question->ruleset->config, request);
    naive_claim_policy_tight(request);
    if (naive_creates_pod(request) &&
        naive_asks_for_gateway(question->ruleset->config, request, question->path_gateway)) {
        claim_safe(question->ruleset->config, request, "");
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice body = target_input(data, size);
    struct question question = question_of(body);
    AUTO(cjson) cJSON *root = cJSON_ParseWithLength(body.data, body.len);
    const cJSON *request = naive_at(root, "request");

    question.phase = PHASE_MUTATE;
    run_mutate(&question, request);
    question.phase = PHASE_VALIDATE;
    run_validate(&question, request);
    return 0;
}
