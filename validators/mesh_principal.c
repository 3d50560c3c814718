/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A peer's name is compared without its "spiffe://": who writes that writes a
 * name that no peer has. In principals it lets nobody in, or denies nobody; in
 * notPrincipals it means everybody.
 */
#include "lib/mesh/question.h"
#include "lib/pod/typed.h"
#include "validators/validator.h"

#include <stdio.h>

#define SCHEME "spiffe://"

static bool names_peers(const struct authz_attribute *attribute)
{
    return slice_is(attribute->name, "principals") || slice_is(attribute->name, "notPrincipals") ||
           slice_is(attribute->name, "source.principal");
}

static void check_list(struct value list, const char *field, struct findings *findings)
{
    struct value_iter iter = value_iter(list);
    struct slice key;
    struct value item;

    while (findings->denied == REASON_NONE && value_next(&iter, &key, &item)) {
        struct slice name = value_string(item);
        if (slice_starts_with(name, SCHEME)) {
            struct slice rest = slice_after(name, sizeof SCHEME - 1);
            findings_deny(
                findings, REASON_MESH_NO_OP, field,
                "%s has \"%.*s\", which no peer is called: names are compared without " SCHEME
                ". Write \"%.*s\".",
                field, CALLED(name), CALLED(rest));
        }
    }
}

static void check_match(size_t rule, const struct authz_clause *clause, size_t match,
                        struct findings *findings)
{
    const struct authz_match *of = &clause->matches[match];

    for (size_t i = 0; i < of->count; i++) {
        char field[160];
        if (!names_peers(&of->attributes[i])) {
            continue;
        }
        authz_field(rule, clause, match, &of->attributes[i], field);
        check_list(of->attributes[i].values, field, findings);
        check_list(of->attributes[i].not_values, field, findings);
    }
}

static void check_rule(const struct authz *policy, size_t rule, struct findings *findings)
{
    const struct authz_rule *of = &policy->rules[rule];

    for (size_t i = 0; i < of->count; i++) {
        for (size_t j = 0; j < of->clauses[i].count; j++) {
            check_match(rule, &of->clauses[i], j, findings);
        }
    }
}

static int judge(const struct mesh_question *question, const struct authz *policy,
                 struct findings *findings, struct error *err)
{
    (void)question;
    (void)err;
    for (size_t i = 0; i < policy->rule_count; i++) {
        check_rule(policy, i, findings);
    }
    return 0;
}

static int check(const struct judgement *judgement, struct findings *findings, struct error *err)
{
    const struct mesh_question question = {findings->config, judgement->review, judgement->around};
    return mesh_judge_authz(&question, judge, findings, err);
}

extern const struct validator validator_mesh_principal;
const struct validator validator_mesh_principal = {
    .name = "mesh_principal",
    .handles = mesh_asks_authz,
    .check = check,
};
