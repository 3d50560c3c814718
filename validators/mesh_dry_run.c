/* SPDX-License-Identifier: Apache-2.0 */
/* A policy that is only tried out protects nobody. */
#include "lib/mesh/names.h"
#include "lib/mesh/question.h"
#include "validators/validator.h"

static int judge(const struct mesh_question *question, const struct authz *policy,
                 struct findings *findings, struct error *err)
{
    (void)question;
    (void)err;
    if (policy->dry_run) {
        mesh_warn(findings, "metadata.annotations[" MESH_DRY_RUN "]",
                  policy->ref_count > 0 ? "lets everything through"
                                        : "lets everything through, and ztunnel logs nothing");
    }
    return 0;
}

static int check(const struct judgement *judgement, struct findings *findings, struct error *err)
{
    const struct mesh_question question = {findings->config, judgement->review, judgement->around};
    return mesh_judge_authz(&question, judge, findings, err);
}

extern const struct validator validator_mesh_dry_run;
const struct validator validator_mesh_dry_run = {
    .name = "mesh_dry_run",
    .handles = mesh_asks_authz,
    .check = check,
};
