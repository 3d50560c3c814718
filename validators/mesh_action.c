/* SPDX-License-Identifier: Apache-2.0 */
/* CUSTOM and AUDIT are words that only proxies know: without targetRefs nobody enforces them. */
#include "lib/mesh/question.h"
#include "lib/mesh/ztunnel.h"
#include "validators/validator.h"

#include <stdio.h>

static int judge(const struct mesh_question *question, const struct authz *policy,
                 struct findings *findings, struct error *err)
{
    char what[160];

    (void)question;
    (void)err;
    if (ztunnel_takes(policy) != ZTUNNEL_KNOWS_NO_ACTION) {
        return 0;
    }
    (void)snprintf(what, sizeof what,
                   "%s without spec.targetRefs is enforced by nobody in an ambient mesh",
                   authz_action_name(policy->action));
    mesh_refuse(findings, policy->namespace, "spec.action", what,
                "Give it to a waypoint by spec.targetRefs: [{kind: Service, group: \"\", name: "
                "<Service>}] in place of spec.selector, or write ALLOW or DENY with ports, "
                "ipBlocks, namespaces and principals");
    return 0;
}

static int check(const struct judgement *judgement, struct findings *findings, struct error *err)
{
    const struct mesh_question question = {findings->config, judgement->review, judgement->around};
    return mesh_judge_authz(&question, judge, findings, err);
}

extern const struct validator validator_mesh_action;
const struct validator validator_mesh_action = {
    .name = "mesh_action",
    .handles = mesh_asks_authz,
    .check = check,
};
