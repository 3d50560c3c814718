/* SPDX-License-Identifier: Apache-2.0 */
/* What is newer in a rule than this podveil: nobody here can say what ztunnel makes of it. */
#include "lib/mesh/question.h"
#include "lib/mesh/ztunnel.h"
#include "lib/pod/typed.h"
#include "validators/validator.h"

static int judge(const struct mesh_question *question, const struct authz *policy,
                 struct findings *findings, struct error *err)
{
    (void)question;
    (void)err;
    for (size_t i = 0; i < policy->rule_count; i++) {
        const struct authz_attribute *unknown = NULL;
        (void)ztunnel_rule(policy, i, &unknown);
        if (unknown != NULL) {
            findings_warn(findings,
                          "MeshNoOp: spec.rules[%zu] has %.*s, which podveil does not know", i,
                          CALLED(unknown->name));
        }
    }
    return 0;
}

static int check(const struct judgement *judgement, struct findings *findings, struct error *err)
{
    const struct mesh_question question = {findings->config, judgement->review, judgement->around};
    return mesh_judge_authz(&question, judge, findings, err);
}

extern const struct validator validator_mesh_unknown;
const struct validator validator_mesh_unknown = {
    .name = "mesh_unknown",
    .handles = mesh_asks_authz,
    .check = check,
};
