/* SPDX-License-Identifier: Apache-2.0 */
/* The line that a denial asks for, put where it says: the policy is then let in. */
#include "tests/validators/policy.h"

#include <criterion/parameterized.h>

#define LINE "{\"key\":\"podveil.io/gateway\",\"operator\":\"DoesNotExist\"}"
#define OPEN "\"policyTypes\":[\"Egress\"],\"egress\":[{}]}"

struct way_out {
    const char *name;
    const char *spec;
    const char *says; /* after "adding to "; NULL: no such line helps */
    const char *mended;
};

static const struct way_out ways[] = {
    {"all pods", "{\"podSelector\":{}," OPEN,
     "spec.podSelector: matchExpressions: [{key: podveil.io/gateway, operator: DoesNotExist}].",
     "{\"podSelector\":{\"matchExpressions\":[" LINE "]}," OPEN},
    {"no selector", "{" OPEN,
     "spec: podSelector: {matchExpressions: [{key: podveil.io/gateway, operator: DoesNotExist}]}.",
     "{\"podSelector\":{\"matchExpressions\":[" LINE "]}," OPEN},
    {"null", "{\"podSelector\":null," OPEN,
     "spec: podSelector: {matchExpressions: [{key: podveil.io/gateway, operator: DoesNotExist}]}.",
     "{\"podSelector\":{\"matchExpressions\":[" LINE "]}," OPEN},
    {"one app", "{\"podSelector\":{\"matchLabels\":{\"app\":\"a\"}}," OPEN,
     "spec.podSelector: matchExpressions: [{key: podveil.io/gateway, operator: DoesNotExist}].",
     "{\"podSelector\":{\"matchLabels\":{\"app\":\"a\"},\"matchExpressions\":[" LINE "]}," OPEN},
    {"by expressions",
     "{\"podSelector\":{\"matchExpressions\":[{\"key\":\"app\",\"operator\":\"Exists\"}]}," OPEN,
     "spec.podSelector.matchExpressions: - {key: podveil.io/gateway, operator: DoesNotExist}.",
     "{\"podSelector\":{\"matchExpressions\":[{\"key\":\"app\",\"operator\":\"Exists\"}," LINE
     "]}," OPEN},
    {"all but one gateway",
     "{\"podSelector\":{\"matchExpressions\":[{\"key\":\"podveil.io/gateway\",\"operator\":"
     "\"NotIn\",\"values\":[\"other\"]}]}," OPEN,
     "spec.podSelector.matchExpressions: - {key: podveil.io/gateway, operator: DoesNotExist}.",
     "{\"podSelector\":{\"matchExpressions\":[{\"key\":\"podveil.io/gateway\",\"operator\":"
     "\"NotIn\",\"values\":[\"other\"]}," LINE "]}," OPEN},
    {"privacy pods alone, by label",
     "{\"podSelector\":{\"matchLabels\":{\"podveil.io/gateway\":\"vpn\"}}," OPEN, NULL, NULL},
    {"privacy pods alone, by expression",
     "{\"podSelector\":{\"matchExpressions\":[{\"key\":\"podveil.io/gateway\",\"operator\":"
     "\"Exists\"}]}," OPEN,
     NULL, NULL},
};

ParameterizedTestParameters(validators_policy_way_out, helps)
{
    static size_t index[COUNT_OF(ways)];

    for (size_t i = 0; i < COUNT_OF(index); i++) {
        index[i] = i;
    }
    return cr_make_param_array(size_t, index, COUNT_OF(index));
}

ParameterizedTest(size_t *index, validators_policy_way_out, helps)
{
    const struct way_out *c = &ways[*index];

    struct findings denied = judge_policy(c->spec, FIXTURE_EXAMPLE, NULL);
    const char *line = strstr(denied.message, "adding to ");

    cr_assert_eq(denied.denied, REASON_EGRESS_LEAK, "%s: %s", c->name, denied.message);
    if (c->says == NULL) {
        cr_assert_null(line, "%s: %s", c->name, denied.message);
        cr_assert_not_null(strstr(denied.message, "Take that out."), "%s", denied.message);
        return;
    }
    cr_assert_not_null(line, "%s: %s", c->name, denied.message);
    cr_assert_str_eq(line + strlen("adding to "), c->says, "%s", c->name);

    struct findings mended = judge_policy(c->mended, FIXTURE_EXAMPLE, NULL);

    cr_assert_eq(mended.denied, REASON_NONE, "%s: %s", c->name, mended.message);
}
