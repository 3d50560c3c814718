/* SPDX-License-Identifier: Apache-2.0 */
#include "server/admission/neighbours.h"

#include "lib/pod/typed.h"
#include "validators/validator.h"

static int judge(const struct neighbours *neighbours, struct value policy, struct findings *found,
                 struct error *err)
{
    const struct review review = {
        .operation = OPERATION_CREATE,
        .namespace = neighbours->namespace,
        .kind = {SLICE("networking.k8s.io"), SLICE("v1"), SLICE("NetworkPolicy")},
        .resource = {SLICE("networking.k8s.io"), SLICE("v1"), SLICE("networkpolicies")},
        .object = policy,
    };
    const struct judgement judgement = {.ruleset = neighbours->ruleset, .review = &review};

    return validators_check(&judgement, found, err);
}

/* As judge(), or as it was found before. */
static int recall(const struct neighbours *neighbours, struct value policy, struct findings *found,
                  struct error *err)
{
    struct verdicts *verdicts = neighbours->verdicts;
    struct verdict_key key;

    if (verdicts == NULL) {
        return judge(neighbours, policy, found, err);
    }
    if (verdicts_find(verdicts, policy, neighbours->ruleset->config->id, &key, found)) {
        return 0;
    }
    if (judge(neighbours, policy, found, err) != 0) {
        return -1;
    }
    verdicts_keep(verdicts, &key, found);
    return 0;
}

int neighbours_judge(const struct neighbours *neighbours, struct value policy, struct error *err)
{
    struct findings found;
    struct slice name = value_string(value_get(policy, "metadata", "name", NULL));

    if (neighbours->findings->denied != REASON_NONE) {
        return 0;
    }
    findings_init(&found, neighbours->ruleset->config);
    if (recall(neighbours, policy, &found, err) != 0) {
        return error_prefix(err, "NetworkPolicy %.*s", CALLED(name));
    }
    if (found.denied != REASON_NONE) {
        findings_deny(neighbours->findings, found.denied, "",
                      "the NetworkPolicy %.*s of this namespace is in the way. %s", CALLED(name),
                      found.message + strlen(reason_name(found.denied)) + strlen(": "));
    }
    return 0;
}
