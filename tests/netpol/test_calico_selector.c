/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/netpol/calico_selector.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include <stdio.h>
#include <stdlib.h>

struct selector_case {
    const char *text;
    enum answer want;
};

/* Known: k = "vpn". */
static const struct selector_case cases[] = {
    {"", ANSWER_YES},
    {" \t ", ANSWER_YES},
    {"all()", ANSWER_YES},
    {"all( )", ANSWER_YES},
    {"!all()", ANSWER_NO},
    {"global()", ANSWER_MAYBE},
    {"has(k)", ANSWER_YES},
    {"has( k\t)", ANSWER_YES},
    {"!has(k)", ANSWER_NO},
    {"! ! has(k)", ANSWER_YES},
    {"!!!has(k)", ANSWER_NO},
    {"has(other)", ANSWER_MAYBE},
    {"!has(other)", ANSWER_MAYBE},
    {"k == \"vpn\"", ANSWER_YES},
    {"k=='vpn'", ANSWER_YES},
    {"k == 'tor'", ANSWER_NO},
    {"k != 'vpn'", ANSWER_NO},
    {"k != 'tor'", ANSWER_YES},
    {"k == ''", ANSWER_NO},
    {"other == ''", ANSWER_MAYBE},
    {"other != 'x'", ANSWER_MAYBE},
    {"k contains 'p'", ANSWER_YES},
    {"k contains ''", ANSWER_YES},
    {"k contains 'vpns'", ANSWER_NO},
    {"k starts with 'vp'", ANSWER_YES},
    {"k startswith 'pn'", ANSWER_NO},
    {"k ends  with \"pn\"", ANSWER_YES},
    {"k ends with 'vp'", ANSWER_NO},
    {"k in {'vpn'}", ANSWER_YES},
    {"k in{'tor', \"vpn\",}", ANSWER_YES},
    {"k in {'tor'}", ANSWER_NO},
    {"k in {}", ANSWER_NO},
    {"k not in {'tor'}", ANSWER_YES},
    {"k notin {'tor', 'vpn'}", ANSWER_NO},
    {"k not in {}", ANSWER_YES},
    {"other in {''}", ANSWER_MAYBE},
    {"has(other) && !has(k)", ANSWER_NO},
    {"has(other) && has(k)", ANSWER_MAYBE},
    {"has(other) || has(k)", ANSWER_YES},
    {"has(other) || !has(k)", ANSWER_MAYBE},
    {"!has(k) || k == 'tor'", ANSWER_NO},
    {"!has(k) && has(a) || has(k)", ANSWER_YES},
    {"!has(k) && (has(a) || has(k))", ANSWER_NO},
    {"(has(a) || has(b)) && !has(k)", ANSWER_NO},
    {"!(has(a) && has(k)) || has(k)", ANSWER_YES},
    {"((((k == 'vpn'))))", ANSWER_YES},
    {"has == 'x' || all == 'y' || not in {'z'}", ANSWER_MAYBE},
    {"example.org/a-b_c == 'x'", ANSWER_MAYBE},
    {"k == 'a && b) || all()'", ANSWER_NO},
    {"k == \"it's\"", ANSWER_NO},
};

ParameterizedTestParameters(calico_selector, answers)
{
    static size_t index[COUNT_OF(cases)];

    for (size_t i = 0; i < COUNT_OF(index); i++) {
        index[i] = i;
    }
    return cr_make_param_array(size_t, index, COUNT_OF(index));
}

ParameterizedTest(size_t *index, calico_selector, answers)
{
    static const struct calico_label known = {{"k", 1}, {"vpn", 3}};
    const struct selector_case *c = &cases[*index];
    enum answer got = ANSWER_NO;
    struct error err = {0};

    cr_assert_eq(calico_evaluate(slice_of(c->text), &known, 1, &got, &err), 0, "%s: %s", c->text,
                 err.text);

    cr_assert_eq(got, c->want, "%s: %d", c->text, got);
}

struct wrong_case {
    const char *text;
    const char *want;
};

static const struct wrong_case wrong_cases[] = {
    {"all()) || (all()", "character 6: &&, || or the end is expected"},
    {"(all()", "character 7: ) is expected"},
    {"all(", "character 5: ) is expected"},
    {"has(k", "character 6: ) is expected"},
    {"has()", "character 5: a label's key, has(), all() or ( is expected"},
    {"has (k)", "character 5: ==, !=, in, not in, contains, starts with or ends with is expected"},
    {"k", "character 2: ==, !=, in, not in, contains, starts with or ends with is expected"},
    {"k = 'x'", "character 3: ==, !=, in, not in, contains, starts with or ends with is expected"},
    {"k starts 'x'",
     "character 3: ==, !=, in, not in, contains, starts with or ends with is expected"},
    {"k == x", "character 6: a text in quotes is expected"},
    {"k ==", "character 5: a text in quotes is expected"},
    {"k == 'x", "character 6: the text has no end"},
    {"k == '", "character 6: the text has no end"},
    {"k == 'x' && ", "character 13: a label's key, has(), all() or ( is expected"},
    {"k == 'x' & all()", "character 10: &&, || or the end is expected"},
    {"|| all()", "character 1: a label's key, has(), all() or ( is expected"},
    {"k in 'x'", "character 6: { is expected"},
    {"k in {'x'", "character 10: } is expected"},
    {"k in {'x' 'y'}", "character 11: } is expected"},
    {"k in {,}", "character 7: a text in quotes is expected"},
    {"k == 'x' all()", "character 10: &&, || or the end is expected"},
    {"all()\n|| all()", "character 6: &&, || or the end is expected"},
    {"k == 'x' // all()", "character 10: &&, || or the end is expected"},
    {"!", "character 2: a label's key, has(), all() or ( is expected"},
};

ParameterizedTestParameters(calico_selector, refuses)
{
    static size_t index[COUNT_OF(wrong_cases)];

    for (size_t i = 0; i < COUNT_OF(index); i++) {
        index[i] = i;
    }
    return cr_make_param_array(size_t, index, COUNT_OF(index));
}

ParameterizedTest(size_t *index, calico_selector, refuses)
{
    const struct wrong_case *c = &wrong_cases[*index];
    enum answer got = ANSWER_MAYBE;
    struct error err = {0};

    cr_assert_eq(calico_evaluate(slice_of(c->text), NULL, 0, &got, &err), -1, "%s", c->text);

    cr_assert_eq(err.code, ERR_MALFORMED, "%s", c->text);
    cr_assert_str_eq(err.text, c->want, "%s: %s", c->text, err.text);
    cr_assert_eq(got, ANSWER_MAYBE, "%s", c->text);
}

/* `depth` parentheses around all(). */
static int evaluate_nested(size_t depth, struct error *err)
{
    AUTO(chars) char *text = malloc(2 * depth + 8);
    enum answer got = ANSWER_NO;

    cr_assert_not_null(text);
    memset(text, '(', depth);
    memcpy(text + depth, "all()", 5);
    memset(text + depth + 5, ')', depth);
    text[2 * depth + 5] = '\0';
    return calico_evaluate(slice_of(text), NULL, 0, &got, err);
}

Test(calico_selector, holds_parentheses_to_a_depth)
{
    struct error err = {0};

    cr_assert_eq(evaluate_nested(CALICO_MAX_DEPTH, &err), 0, "%s", err.text);
    cr_assert_eq(evaluate_nested(CALICO_MAX_DEPTH + 1, &err), -1);
    cr_assert_str_eq(err.text, "character 66: there are too many parentheses in each other");
    cr_assert_eq(evaluate_nested(30000, &err), -1);
}

Test(calico_selector, holds_a_text_to_a_length)
{
    AUTO(chars) char *text = malloc(CALICO_MAX_TEXT + 1);
    enum answer got = ANSWER_NO;
    struct error err = {0};

    cr_assert_not_null(text);
    memset(text, ' ', CALICO_MAX_TEXT + 1);
    cr_assert_eq(calico_evaluate((struct slice){text, CALICO_MAX_TEXT}, NULL, 0, &got, &err), 0);
    cr_assert_eq(calico_evaluate((struct slice){text, CALICO_MAX_TEXT + 1}, NULL, 0, &got, &err),
                 -1);
    cr_assert_str_eq(err.text, "has more than 65536 characters");
}

struct names_case {
    const char *text;
    bool want;
};

Test(calico_selector, knows_when_only_some_namespaces_are_named)
{
    static const struct slice names[] = {{"kube-system", 11}, {"vpn", 3}};
    static const struct names_case named[] = {
        {"projectcalico.org/name == 'vpn'", true},
        {" kubernetes.io/metadata.name in {\"vpn\" , 'kube-system'} ", true},
        {"projectcalico.org/name in {'vpn',}", false},
        {"projectcalico.org/name in {'vpn', 'media'}", false},
        {"projectcalico.org/name in {}", false},
        {"projectcalico.org/name == 'media'", false},
        {"projectcalico.org/name != 'media'", false},
        {"projectcalico.org/name not in {'vpn'}", false},
        {"projectcalico.org/name starts with 'vpn'", false},
        {"projectcalico.org/name == 'vpn' || all()", false},
        {"projectcalico.org/name == 'vpn' 'vpn'", false},
        {"projectcalico.org/name == 'vpn', 'kube-system'", false},
        {"projectcalico.org/name", false},
        {"name == 'vpn'", false},
        {"all()", false},
        {"", false},
    };

    for (size_t i = 0; i < COUNT_OF(named); i++) {
        cr_assert_eq(calico_names_only(slice_of(named[i].text), names, COUNT_OF(names)),
                     named[i].want, "%s", named[i].text);
    }
}

Test(calico_selector, knows_whom_a_policy_can_be_for)
{
    static const struct slice vpn = {"vpn", 3};
    struct calico_subject all = {0};
    struct calico_subject none = {.pods = SLICE("!has(podveil.io/gateway)")};
    struct calico_subject other = {.pods = SLICE("podveil.io/gateway == 'tor'")};
    struct calico_subject hosts = {
        .pods = SLICE("projectcalico.org/orchestrator != 'k8s'"),
    };
    struct calico_subject nowhere = {.namespaces = SLICE("!all()")};
    struct calico_subject somewhere = {.namespaces = SLICE("podveil.io/gateway == 'tor'")};
    struct calico_subject nobodys = {.accounts = SLICE("!all()")};

    cr_assert(calico_may_select(&all, vpn));
    cr_assert(calico_may_select(&other, (struct slice){0}));
    cr_assert_not(calico_may_select(&none, (struct slice){0}));
    cr_assert_not(calico_may_select(&none, vpn));
    cr_assert_not(calico_may_select(&other, vpn));
    cr_assert_not(calico_may_select(&hosts, vpn));
    cr_assert_not(calico_may_select(&nowhere, vpn));
    cr_assert(calico_may_select(&somewhere, vpn));
    cr_assert_not(calico_may_select(&nobodys, vpn));
}

Test(calico_selector, knows_what_ends_before_its_end)
{
    static const struct {
        const char *text;
        bool breaks_out;
    } texts[] = {
        {"", false},
        {"all()", false},
        {"app = web", false}, /* wrong, and Calico makes nothing of it */
        {"(a == 'b' || has(c))", false},
        {"all()) || (all()", true},
        {"a == ')'", false},
        {"a == \")\"", false},
        {"a == '\"'", false},
        {"a == 'b') || (c == 'd'", true},
        {"(a == 'b'", true},
        {"a == 'b')", true},
        {"a == 'b", true},
        {"a == \"b", true},
        {"a == '(' && b == ')'", false},
    };

    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        cr_assert_eq(calico_breaks_out(slice_of(texts[i].text)), texts[i].breaks_out, "%s",
                     texts[i].text);
    }
}
