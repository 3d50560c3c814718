/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/netpol/selector.h"
#include "tests/netpol/parsed.h"
#include "tests/netpol/random.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include <time.h>

/* "a in (x y)" or "a notin ()", with ? behind a key that may be absent. */
static char *text_of(const struct selector *selector)
{
    AUTO(buf) struct buf text = {0};

    buf_init(&text, 4096);
    buf_text(&text, "");
    for (size_t i = 0; i < selector->count; i++) {
        const struct requirement *r = &selector->requirements[i];
        buf_printf(&text, "%s%.*s%s %s (", i == 0 ? "" : ", ", SLICE_ARGS(r->key),
                   r->may_be_absent ? "?" : "", r->any_but ? "notin" : "in");
        for (size_t k = 0; k < r->count; k++) {
            buf_printf(&text, "%s%.*s", k == 0 ? "" : " ", SLICE_ARGS(r->values[k]));
        }
        buf_text(&text, ")");
    }
    return buf_take(&text);
}

struct read_case {
    const char *name;
    const char *json;
    const char *want;  /* the selector */
    const char *error; /* or the error */
};

#define EXPRESSION(key, rest) "{'matchExpressions': [{'key': '" key "', 'operator': " rest "}]}"

static const struct read_case reads[] = {
    {"everything", "{}", "", NULL},
    {"null is absent", "{'matchLabels': null, 'matchExpressions': null}", "", NULL},
    {"empty is everything", "{'matchLabels': {}, 'matchExpressions': []}", "", NULL},
    {"labels, sorted", "{'matchLabels': {'b': 'y', 'a': 'x'}}", "a in (x), b in (y)", NULL},
    {"an empty value", "{'matchLabels': {'a': ''}}", "a in ()", NULL},
    {"escapes", "{'matchLabels': {'\\u0061': '\\u0078'}}", "a in (x)", NULL},
    {"in", EXPRESSION("a", "'In', 'values': ['y', 'x', 'y']"), "a in (x y)", NULL},
    {"not in", EXPRESSION("a", "'NotIn', 'values': ['y', 'x']"), "a? notin (x y)", NULL},
    {"exists", EXPRESSION("a", "'Exists'"), "a notin ()", NULL},
    {"exists, with no values", EXPRESSION("a", "'Exists', 'values': []"), "a notin ()", NULL},
    {"does not exist", EXPRESSION("a", "'DoesNotExist', 'values': null"), "a? in ()", NULL},
    {"label and expression",
     "{'matchLabels': {'a': 'x'}, 'matchExpressions': [{'key': 'a', 'operator': 'In', 'values': "
     "['x', 'y']}]}",
     "a in (x)", NULL},
    {"label against expression",
     "{'matchLabels': {'a': 'x'}, 'matchExpressions': [{'key': 'a', 'operator': 'NotIn', 'values': "
     "['x']}]}",
     "a in ()", NULL},
    {"three of a key",
     "{'matchExpressions': [{'key': 'a', 'operator': 'In', 'values': ['w', 'x', 'y', 'z']},"
     "{'key': 'b', 'operator': 'Exists'}, {'key': 'a', 'operator': 'NotIn', 'values': ['y']},"
     "{'key': 'a', 'operator': 'In', 'values': ['v', 'z', 'y', 'x']}]}",
     "a in (x z), b notin ()", NULL},
    {"two exclusions",
     "{'matchExpressions': [{'key': 'a', 'operator': 'NotIn', 'values': ['y']},"
     "{'key': 'a', 'operator': 'NotIn', 'values': ['x', 'y']}]}",
     "a? notin (x y)", NULL},
    {"an exclusion that must be there",
     "{'matchExpressions': [{'key': 'a', 'operator': 'NotIn', 'values': ['y']},"
     "{'key': 'a', 'operator': 'Exists'}]}",
     "a notin (y)", NULL},
    {"there and not there",
     "{'matchExpressions': [{'key': 'a', 'operator': 'DoesNotExist'},"
     "{'key': 'a', 'operator': 'Exists'}]}",
     "a in ()", NULL},

    {"a string", "'all'", NULL, "a selector must be an object"},
    {"null", "null", NULL, "a selector must be an object"},
    {"a misspelt member", "{'matchLabel': {'a': 'x'}}", NULL,
     "matchLabel: there is no such member"},
    {"labels as a list", "{'matchLabels': ['a']}", NULL, "matchLabels: must be an object"},
    {"a number as a value", "{'matchLabels': {'a': 1}}", NULL,
     "matchLabels: \"a\" must be a string"},
    {"null as a value", "{'matchLabels': {'a': null}}", NULL,
     "matchLabels: \"a\" must be a string"},
    {"expressions as an object", "{'matchExpressions': {}}", NULL,
     "matchExpressions: must be a list"},
    {"null as an expression", "{'matchExpressions': [null]}", NULL,
     "matchExpressions[0]: must be an object"},
    {"no operator", "{'matchExpressions': [{'key': 'a'}]}", NULL,
     "matchExpressions[0].operator: must be In, NotIn, Exists or DoesNotExist"},
    {"an operator in lower case", EXPRESSION("a", "'exists'"), NULL,
     "matchExpressions[0].operator: must be In, NotIn, Exists or DoesNotExist"},
    {"a number as an operator", EXPRESSION("a", "1"), NULL,
     "matchExpressions[0].operator: must be a string"},
    {"no key", "{'matchExpressions': [{'operator': 'Exists'}]}", NULL,
     "matchExpressions[0].key: must be a label's key"},
    {"an empty key", EXPRESSION("", "'Exists'"), NULL,
     "matchExpressions[0].key: must be a label's key"},
    {"in without values", EXPRESSION("a", "'In'"), NULL,
     "matchExpressions[0].values: In needs one or more"},
    {"not in without values", EXPRESSION("a", "'NotIn', 'values': []"), NULL,
     "matchExpressions[0].values: NotIn needs one or more"},
    {"exists with a value", EXPRESSION("a", "'Exists', 'values': ['x']"), NULL,
     "matchExpressions[0].values: Exists takes none"},
    {"does not exist with a value", EXPRESSION("a", "'DoesNotExist', 'values': ['x']"), NULL,
     "matchExpressions[0].values: DoesNotExist takes none"},
    {"values as a string", EXPRESSION("a", "'In', 'values': 'x'"), NULL,
     "matchExpressions[0].values: must be a list"},
    {"a number among the values", EXPRESSION("a", "'In', 'values': ['x', 1]"), NULL,
     "matchExpressions[0].values[1]: must be a string"},
    {"a member too many", EXPRESSION("a", "'Exists', 'value': 'x'"), NULL,
     "matchExpressions[0].value: there is no such member"},
    {"the second expression",
     "{'matchExpressions': [{'key': 'a', 'operator': 'Exists'}, {'key': 'b', 'operator': '='}]}",
     NULL, "matchExpressions[1].operator: must be In, NotIn, Exists or DoesNotExist"},
};

ParameterizedTestParameters(selector, reads_as_the_api_does)
{
    static size_t index[COUNT_OF(reads)];

    for (size_t i = 0; i < COUNT_OF(index); i++) {
        index[i] = i;
    }
    return cr_make_param_array(size_t, index, COUNT_OF(index));
}

ParameterizedTest(size_t *index, selector, reads_as_the_api_does)
{
    const struct read_case *c = &reads[*index];
    AUTO(parsed) struct parsed parsed = {0};
    struct selector selector = {.count = 77};
    struct error err = {0};

    parsed_read(&parsed, c->json);
    int rc = selector_parse(parsed.root, &parsed.arena, &selector, &err);

    if (c->error != NULL) {
        cr_assert_eq(rc, -1, "%s", c->name);
        cr_assert_eq(err.code, ERR_MALFORMED, "%s", c->name);
        cr_assert_str_eq(err.text, c->error, "%s", c->name);
        cr_assert_eq(selector.count, 77, "%s: the result was touched", c->name);
        return;
    }
    cr_assert_eq(rc, 0, "%s: %s", c->name, err.text);
    AUTO(chars) char *text = text_of(&selector);
    cr_assert_str_eq(text, c->want, "%s", c->name);
}

Test(selector, makes_single_requirements)
{
    static const struct slice values[] = {{"vpn", 3}, {"other", 5}, {"vpn", 3}};
    AUTO(arena) struct arena arena = {0};
    struct selector exists = {0};
    struct selector in = {0};
    struct selector none = {0};
    struct error err = {0};

    arena_init(&arena, 4096);
    cr_assert_eq(selector_exists(SLICE("k"), &arena, &exists, &err), 0, "%s", err.text);
    cr_assert_eq(selector_in(SLICE("k"), values, 3, &arena, &in, &err), 0, "%s", err.text);
    cr_assert_eq(selector_in(SLICE("k"), values, 0, &arena, &none, &err), 0, "%s", err.text);

    AUTO(chars) char *of_exists = text_of(&exists);
    AUTO(chars) char *of_in = text_of(&in);
    cr_assert_str_eq(of_exists, "k notin ()");
    cr_assert_str_eq(of_in, "k in (other vpn)");
    cr_assert_not(selector_is_satisfiable(&none));
}

/* Where in the arena memory ends does not matter: each place says so. */
Test(selector, says_that_there_is_no_memory)
{
    static const char json[] =
        "{'matchLabels': {'a': 'x'}, 'matchExpressions': [{'key': 'a', 'operator': 'In', "
        "'values': ['x']}, {'key': 'a', 'operator': 'NotIn', 'values': ['y']}]}";
    static const struct slice value = {"x", 1};
    AUTO(parsed) struct parsed parsed = {0};
    struct error err = {0};
    size_t failures = 0;

    parsed_read(&parsed, json);
    for (size_t max = 0;; max += 8) {
        AUTO(arena) struct arena arena = {0};
        struct selector selector;
        arena_init(&arena, max);
        err.code = ERR_NONE;
        if (selector_parse(parsed.root, &arena, &selector, &err) == 0) {
            break;
        }
        cr_assert_eq(err.code, ERR_NO_MEMORY, "%zu bytes", max);
        failures++;
    }
    cr_assert_gt(failures, 10);
    arena_done(&parsed.arena);
    arena_init(&parsed.arena, 8);
    struct selector selector;
    cr_assert_eq(selector_exists(SLICE("k"), &parsed.arena, &selector, &err), -1);
    cr_assert_eq(selector_in(SLICE("k"), &value, 1, &parsed.arena, &selector, &err), -1);
}

struct match_case {
    const char *name;
    const char *selector;
    const char *labels;
    bool want;
};

Test(selector, matches_labels)
{
    static const struct match_case cases[] = {
        {"everything, no labels", "{}", "null", true},
        {"everything", "{}", "{'a': 'x'}", true},
        {"a label", "{'matchLabels': {'a': 'x'}}", "{'b': 'y', 'a': 'x'}", true},
        {"another value", "{'matchLabels': {'a': 'x'}}", "{'a': 'y'}", false},
        {"no labels", "{'matchLabels': {'a': 'x'}}", "null", false},
        {"labels that are none", "{'matchLabels': {'': 'x'}}", "['x']", false},
        {"one of two", "{'matchLabels': {'a': 'x', 'b': 'x'}}", "{'a': 'x'}", false},
        {"an empty value is not an absent one", "{'matchLabels': {'a': ''}}", "{}", false},
        {"not in, absent", EXPRESSION("a", "'NotIn', 'values': ['x']"), "{'b': 'x'}", true},
        {"not in, there", EXPRESSION("a", "'NotIn', 'values': ['x']"), "{'a': 'x'}", false},
        {"exists", EXPRESSION("a", "'Exists'"), "{'a': ''}", true},
        {"exists not", EXPRESSION("a", "'Exists'"), "{'A': 'x'}", false},
        {"does not exist", EXPRESSION("a", "'DoesNotExist'"), "{'b': 'x'}", true},
        {"does not exist, there", EXPRESSION("a", "'DoesNotExist'"), "{'a': ''}", false},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        AUTO(parsed) struct parsed parsed = {0};
        AUTO(parsed) struct parsed labels = {0};
        struct selector selector;
        struct error err = {0};
        parsed_read(&parsed, cases[i].selector);
        parsed_read(&labels, cases[i].labels);
        cr_assert_eq(selector_parse(parsed.root, &parsed.arena, &selector, &err), 0, "%s",
                     err.text);
        cr_assert_eq(selector_matches(&selector, labels.root), cases[i].want, "%s", cases[i].name);
    }
}

/* --- against all worlds of three labels --- */

enum { KEYS = 3, VALUES = 3, STATES = VALUES + 2, WORLDS = STATES * STATES * STATES };

/* Some are the beginning of others. */
static const char *const keys[KEYS] = {"ab", "a", "b"};
static const char *const values[VALUES] = {"x", "xy", ""};
static const char *const operators[] = {"In", "NotIn", "Exists", "DoesNotExist"};

struct term {
    unsigned key;
    unsigned operation;
    unsigned listed; /* a bit for each value */
};

struct terms {
    struct term items[5];
    unsigned count;
};

static void invent(uint64_t *state, struct terms *terms)
{
    terms->count = random_below(state, COUNT_OF(terms->items) + 1);
    for (unsigned i = 0; i < terms->count; i++) {
        terms->items[i] = (struct term){
            .key = random_below(state, KEYS),
            .operation = random_below(state, 4),
            .listed = 1 + random_below(state, (1 << VALUES) - 1),
        };
    }
}

static void write_terms(const struct terms *terms, struct buf *out)
{
    buf_text(out, "{'matchExpressions': [");
    for (unsigned i = 0; i < terms->count; i++) {
        const struct term *term = &terms->items[i];
        const char *comma = "";
        buf_printf(out, "%s{'key': '%s', 'operator': '%s', 'values': [", i == 0 ? "" : ", ",
                   keys[term->key], operators[term->operation]);
        for (unsigned v = 0; v < VALUES && term->operation < 2; v++) {
            if ((term->listed >> v & 1) != 0) {
                buf_printf(out, "%s'%s'", comma, values[v]);
                comma = ", ";
            }
        }
        buf_text(out, "]}");
    }
    buf_text(out, "]}");
}

/* A key's state in a world: 0 is absent, 1..VALUES a value, the last a value that nobody names. */
static unsigned state_of(unsigned world, unsigned key)
{
    for (; key > 0; key--) {
        world /= STATES;
    }
    return world % STATES;
}

static bool holds(const struct term *term, unsigned world)
{
    unsigned state = state_of(world, term->key);
    bool there = state != 0;
    bool listed = there && state <= VALUES && (term->listed >> (state - 1) & 1) != 0;

    switch (term->operation) {
    case 0:
        return listed;
    case 1:
        return !listed;
    case 2:
        return there;
    default:
        return !there;
    }
}

static bool all_hold(const struct terms *terms, unsigned world)
{
    for (unsigned i = 0; i < terms->count; i++) {
        if (!holds(&terms->items[i], world)) {
            return false;
        }
    }
    return true;
}

static void write_world(unsigned world, struct buf *out)
{
    const char *comma = "";

    buf_text(out, "{");
    for (unsigned key = 0; key < KEYS; key++) {
        unsigned state = state_of(world, key);
        if (state != 0) {
            buf_printf(out, "%s'%s': '%s'", comma, keys[key],
                       state <= VALUES ? values[state - 1] : "other");
            comma = ", ";
        }
    }
    buf_text(out, "}");
}

/* A selector of chance, as terms and as the program reads it. */
struct subject {
    struct terms terms;
    struct parsed parsed;
    struct selector selector;
};

static void subject_done(struct subject *subject)
{
    parsed_done(&subject->parsed);
}
DEFINE_AUTO_IN_PLACE(subject, struct subject, subject_done);

static void subject_make(uint64_t *state, struct subject *subject)
{
    AUTO(buf) struct buf json = {0};
    struct error err = {0};

    buf_init(&json, 4096);
    invent(state, &subject->terms);
    write_terms(&subject->terms, &json);
    parsed_read(&subject->parsed, buf_cstr(&json));
    cr_assert_eq(
        selector_parse(subject->parsed.root, &subject->parsed.arena, &subject->selector, &err), 0,
        "%s: %s", buf_cstr(&json), err.text);
}

Test(selector, agrees_with_all_worlds)
{
    uint64_t seed = random_seed();
    uint64_t state = seed;

    for (int round = 0; round < 4000; round++) {
        AUTO(subject) struct subject a = {0};
        AUTO(subject) struct subject b = {0};
        bool overlap = false;
        bool covers = true;
        bool possible = false;
        subject_make(&state, &a);
        subject_make(&state, &b);
        for (unsigned world = 0; world < WORLDS; world++) {
            bool of_a = all_hold(&a.terms, world);
            bool of_b = all_hold(&b.terms, world);
            overlap = overlap || (of_a && of_b);
            covers = covers && (of_a || !of_b);
            possible = possible || of_a;
        }
        const char *text = buf_cstr(&a.parsed.text);
        const char *other = buf_cstr(&b.parsed.text);
        cr_assert_eq(selector_is_satisfiable(&a.selector), possible, "%s " SEED, text, seed);
        cr_assert_eq(selectors_overlap(&a.selector, &b.selector), overlap, "%s %s " SEED, text,
                     other, seed);
        cr_assert_eq(selectors_overlap(&b.selector, &a.selector), overlap, "%s %s " SEED, other,
                     text, seed);
        cr_assert_eq(selector_covers(&a.selector, &b.selector), covers, "%s %s " SEED, text, other,
                     seed);
    }
}

Test(selector, matches_what_the_worlds_say)
{
    uint64_t seed = random_seed();
    uint64_t state = seed;

    for (int round = 0; round < 4000; round++) {
        AUTO(subject) struct subject subject = {0};
        AUTO(parsed) struct parsed labels = {0};
        AUTO(buf) struct buf json = {0};
        unsigned world = random_below(&state, WORLDS);
        buf_init(&json, 4096);
        write_world(world, &json);
        parsed_read(&labels, buf_cstr(&json));
        subject_make(&state, &subject);
        cr_assert_eq(selector_matches(&subject.selector, labels.root),
                     all_hold(&subject.terms, world), "%s %s " SEED, buf_cstr(&subject.parsed.text),
                     buf_cstr(&json), seed);
    }
}

/* Far more than fits an object of the API. The bound is loose, for valgrind; what merges one list
 * after the other is far above it. */
Test(selector, reads_twenty_thousand_expressions_in_no_time)
{
    AUTO(parsed) struct parsed parsed = {0};
    AUTO(buf) struct buf json = {0};
    struct selector selector;
    struct error err = {0};

    buf_init(&json, JSON_MAX_TEXT);
    buf_text(&json, "{'matchExpressions': [");
    for (unsigned i = 0; i < 20000; i++) {
        buf_printf(&json, "%s{'key': 'k%u', 'operator': '%s', 'values': ['same'", i == 0 ? "" : ",",
                   i % 2, i % 4 < 2 ? "NotIn" : "In");
        for (unsigned v = 0; v < 10; v++) {
            buf_printf(&json, ", '%u'", i % 4 < 2 ? 20 + i * 10 + v : v);
        }
        buf_text(&json, "]}");
    }
    buf_text(&json, "]}");
    parsed_read(&parsed, buf_cstr(&json));
    clock_t start = clock();

    cr_assert_eq(selector_parse(parsed.root, &parsed.arena, &selector, &err), 0, "%s", err.text);

    cr_assert_lt(clock() - start, 5 * CLOCKS_PER_SEC);
    AUTO(chars) char *text = text_of(&selector);
    cr_assert_str_eq(text, "k0 in (0 1 2 3 4 5 6 7 8 9), k1 in (0 1 2 3 4 5 6 7 8 9)");
}
