/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Trust domains of a source go past ztunnel without a word, in the policy's
 * status neither. Alone they match nobody; beside others they are left out, and
 * an ALLOW lets in more than it says.
 */
#include "lib/mesh/question.h"
#include "lib/mesh/ztunnel.h"
#include "validators/validator.h"

static const char *const effects[] = {
    [RULE_AS_WRITTEN] = "",
    [RULE_LEFT_OUT] = "is not read by ztunnel: the rule lets nobody in",
    [RULE_NEVER] = "is not read by ztunnel: the rule denies nothing",
    [RULE_IN_PART] = "is not read by ztunnel: this part of the rule matches nobody",
    [RULE_STRICTER] = "is not read by ztunnel: the rule denies too much",
    [RULE_WIDER] = "is not read by ztunnel: the rule lets in peers of every trust domain",
};

static int judge(const struct mesh_question *question, const struct authz *policy,
                 struct findings *findings, struct error *err)
{
    (void)question;
    (void)err;
    if (ztunnel_takes(policy) != ZTUNNEL_ENFORCES) {
        return 0;
    }
    for (size_t i = 0; i < policy->rule_count; i++) {
        struct ztunnel_verdict verdict = ztunnel_rule(policy, i, NULL);
        if (verdict.effect == RULE_AS_WRITTEN || verdict.layer != LAYER_SILENT) {
            continue;
        }
        if (verdict.effect == RULE_STRICTER) {
            mesh_warn(findings, verdict.field, effects[verdict.effect]);
            continue;
        }
        mesh_refuse(findings, policy->namespace, verdict.field, effects[verdict.effect],
                    "Write principals with the trust domain in front: <trust domain>/ns/"
                    "<namespace>/sa/<account>, or <trust domain>/*");
    }
    return 0;
}

static int check(const struct judgement *judgement, struct findings *findings, struct error *err)
{
    const struct mesh_question question = {findings->config, judgement->review, judgement->around};
    return mesh_judge_authz(&question, judge, findings, err);
}

extern const struct validator validator_mesh_trust_domain;
const struct validator validator_mesh_trust_domain = {
    .name = "mesh_trust_domain",
    .handles = mesh_asks_authz,
    .check = check,
};
