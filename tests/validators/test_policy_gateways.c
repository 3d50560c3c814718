/* SPDX-License-Identifier: Apache-2.0 */
/* Whose pods a policy can let out: of gateways that may not be used there, or are no more. */
#include "tests/validators/policy.h"

#include <criterion/parameterized.h>

#define EGRESS(pods, to)                                                                           \
    "{\"podSelector\":" pods ",\"policyTypes\":[\"Egress\"],\"egress\":[" to "]}"
#define OF(gateway) "{\"matchLabels\":{\"podveil.io/gateway\":\"" gateway "\"}}"
#define INTO_PODS "{\"to\":[{\"ipBlock\":{\"cidr\":\"10.1.0.0/16\"}}]}"

struct gateways_case {
    const char *name;
    const char *spec;
    bool asked; /* is there somebody to ask? */
    struct living living;
    enum reason want;
    const char *says;
};

static const struct gateways_case cases[] = {
    {"where the other gateway may not be used",
     EGRESS("{}", INTO_PODS),
     true,
     {0},
     REASON_NONE,
     ""},
    {"where it was used before",
     EGRESS("{}", INTO_PODS),
     true,
     {.strict = 1},
     REASON_EGRESS_LEAK,
     "gateway strict reach 10.1.0.0"},
    {"where nobody knows whether it was",
     EGRESS("{}", INTO_PODS),
     true,
     {.unknown = true},
     REASON_EGRESS_LEAK,
     "gateway strict"},
    {"where nobody is asked",
     EGRESS("{}", INTO_PODS),
     false,
     {0},
     REASON_EGRESS_LEAK,
     "gateway strict"},
    {"a gateway that may be used is asked about nowhere",
     EGRESS("{}", "{}"),
     true,
     {0},
     REASON_EGRESS_LEAK,
     "gateway vpn"},
    {"pods of a gateway of before",
     EGRESS(OF("old"), "{}"),
     true,
     {.old = 1},
     REASON_EGRESS_LEAK,
     "pods of a gateway that the configuration does not know reach 0.0.0.0"},
    {"which may go where all may", EGRESS(OF("old"), INTO_PODS), true, {.old = 1}, REASON_NONE, ""},
    {"none of which are left",
     EGRESS(OF("old"), "{}"),
     true,
     {.vpn = 3, .strict = 1},
     REASON_NONE,
     ""},
    {"of which nobody knows",
     EGRESS(OF("old"), "{}"),
     true,
     {.unknown = true},
     REASON_EGRESS_LEAK,
     "does not know"},
    {"of which nobody is asked",
     EGRESS(OF("old"), "{}"),
     false,
     {0},
     REASON_EGRESS_LEAK,
     "does not know"},
    {"what cannot be read, of theirs",
     EGRESS(OF("old"), "{\"to\":[{\"ipBlock\":{\"cidr\":\"010.0.0.0/8\"}}]}"),
     true,
     {.old = 1},
     REASON_NON_CANONICAL_CIDR,
     "010.0.0.0/8"},
    {"what cannot be read, of nobody's",
     EGRESS(OF("old"), "{\"to\":[{\"ipBlock\":{\"cidr\":\"010.0.0.0/8\"}}]}"),
     true,
     {.vpn = 1},
     REASON_NONE,
     ""},
    {"pods that opted out", EGRESS(OF("none"), "{}"), true, {.old = 1}, REASON_NONE, ""},
    {"all but the configured",
     EGRESS("{\"matchExpressions\":[{\"key\":\"podveil.io/gateway\",\"operator\":\"NotIn\","
            "\"values\":[\"vpn\",\"strict\"]}]}",
            "{}"),
     true,
     {.old = 1},
     REASON_EGRESS_LEAK,
     "does not know"},
};

ParameterizedTestParameters(validators_policy_gateways, create)
{
    static size_t index[COUNT_OF(cases)];

    for (size_t i = 0; i < COUNT_OF(index); i++) {
        index[i] = i;
    }
    return cr_make_param_array(size_t, index, COUNT_OF(index));
}

ParameterizedTest(size_t *index, validators_policy_gateways, create)
{
    const struct gateways_case *c = &cases[*index];

    struct findings findings =
        judge_policy(c->spec, FIXTURE_TWO_GATEWAYS, c->asked ? &c->living : NULL);

    cr_assert_str_eq(reason_name(findings.denied), reason_name(c->want), "%s: %s", c->name,
                     findings.message);
    cr_assert_not_null(strstr(findings.message, c->says), "%s: %s", c->name, findings.message);
}
