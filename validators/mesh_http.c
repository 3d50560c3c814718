/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ztunnel sees addresses, ports and identities, no HTTP. A DENY rule that asks
 * for HTTP denies nothing there, and an ALLOW rule is left out.
 */
#include "lib/mesh/question.h"
#include "lib/mesh/ztunnel.h"
#include "lib/pod/typed.h"
#include "validators/validator.h"

#include <stdio.h>

/* What becomes of the rule, in the words of a denial. */
static const char *const effects[] = {
    [RULE_AS_WRITTEN] = "",
    [RULE_LEFT_OUT] = "the rule lets nobody in",
    [RULE_NEVER] = "the rule denies nothing",
    [RULE_IN_PART] = "this part of it denies nothing",
    [RULE_STRICTER] = "the rule denies too much",
    [RULE_WIDER] = "",
};

static void report(const struct authz *policy, const struct ztunnel_verdict *verdict,
                   struct findings *findings)
{
    char what[256];

    (void)snprintf(what, sizeof what, "is HTTP, which ztunnel does not see: %s",
                   effects[verdict->effect]);
    if (verdict->effect == RULE_STRICTER) {
        mesh_warn(findings, verdict->field, what);
        return;
    }
    mesh_refuse(findings, policy->namespace, verdict->field, what,
                "Give the policy to a waypoint by spec.targetRefs: [{kind: Service, group: \"\", "
                "name: <Service>}] in place of spec.selector, or write the rule with ports, "
                "ipBlocks, namespaces and principals alone");
}

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
        if (verdict.effect != RULE_AS_WRITTEN && verdict.layer == LAYER_HTTP) {
            report(policy, &verdict, findings);
        }
    }
    return 0;
}

static int check(const struct judgement *judgement, struct findings *findings, struct error *err)
{
    const struct mesh_question question = {findings->config, judgement->review, judgement->around};
    return mesh_judge_authz(&question, judge, findings, err);
}

extern const struct validator validator_mesh_http;
const struct validator validator_mesh_http = {
    .name = "mesh_http",
    .handles = mesh_asks_authz,
    .check = check,
};
