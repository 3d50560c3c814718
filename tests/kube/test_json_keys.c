/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/kube/support.h"

#include <time.h>

struct doubled {
    const char *name;
    const char *text;
    const char *want; /* NULL: it is read */
};

static const struct doubled doubled[] = {
    {"two keys", "{\"a\":1,\"a\":2}", "1:8: the key \"a\" stands twice in its object"},
    {"the same value", "{\"a\":1,\"a\":1}", "1:8: the key \"a\" stands twice in its object"},
    {"empty keys", "{\"\":1,\"\":2}", "1:7: the key \"\" stands twice in its object"},
    {"others in between", "{\"a\":1,\"b\":2,\"c\":3,\"a\":4}",
     "1:20: the key \"a\" stands twice in its object"},
    {"containers in between", "{\"a\":{\"b\":[1,2]},\"c\":[{}],\"a\":1}",
     "1:27: the key \"a\" stands twice in its object"},
    {"in an inner object", "[1,{\"b\":{\"a\":1,\"a\":2}}]",
     "1:16: the key \"a\" stands twice in its object"},
    {"the second escaped", "{\"a\":1,\"\\u0061\":2}",
     "1:8: the key \"\\u0061\" stands twice in its object"},
    {"the first escaped", "{\"\\u0061\":1,\"a\":2}",
     "1:13: the key \"a\" stands twice in its object"},
    {"both escaped, each in its way", "{\"\\/\":1,\"\\u002f\":2}",
     "1:9: the key \"\\u002f\" stands twice in its object"},
    {"one escaped as a pair", "{\"\xf0\x9f\x98\x80\":1,\"\\ud83d\\ude00\":2}",
     "1:11: the key \"\\ud83d\\ude00\" stands twice in its object"},
    {"NULs", "{\"\\u0000\":1,\"\\u0000\":2}",
     "1:13: the key \"\\u0000\" stands twice in its object"},
    {"one longer by a NUL", "{\"a\":1,\"a\\u0000\":2}", NULL},
    {"an escape that means another key", "{\"\\u0061\":1,\"u0061\":2}", NULL},
    {"same length, first, middle and last", "{\"abcde\":1,\"axcde\":2}", NULL},
    {"anagrams", "{\"ab\":1,\"ba\":2}", NULL},
    {"the same key in two objects of an array", "[{\"a\":1},{\"a\":2}]", NULL},
    {"the same key as an outer object's, behind it", "{\"a\":{\"b\":1},\"b\":2}", NULL},
    {"composed and decomposed", "{\"\xc3\xa9\":1,\"e\xcc\x81\":2}", NULL},
};

EACH_ROW(json_keys, are_compared_decoded, doubled)
{
    const struct doubled *c = &doubled[*index];
    AUTO(json) struct json doc = {0};
    struct error err = {0};

    int rc = json_parse(&doc, slice_of(c->text), &err);

    if (c->want == NULL) {
        cr_assert_eq(rc, 0, "%s: %s", c->name, err.text);
        return;
    }
    cr_assert_eq(rc, -1, "%s was read", c->name);
    cr_assert_eq(err.code, ERR_MALFORMED, "%s", c->name);
    cr_assert_str_eq(err.text, c->want, "%s: %s", c->name, err.text);
}

/* An object of the keys k0 ... and of `last`, which is JSON text. */
static void object_of(struct buf *text, unsigned count, const char *last)
{
    buf_init(text, SUPPORT_MAX);
    buf_char(text, '{');
    for (unsigned i = 0; i < count; i++) {
        buf_printf(text, "\"k%u\":0,", i);
    }
    buf_printf(text, "%s:0}", last);
}

/* Around the 16 keys where comparing turns into hashing. */
Test(json_keys, are_found_in_objects_of_any_size)
{
    for (unsigned count = 1; count < 40; count++) {
        for (unsigned same = 0; same < count; same++) {
            AUTO(buf) struct buf text = {0};
            struct json doc;
            struct error err = {0};
            char last[16];
            (void)snprintf(last, sizeof last, "\"\\u006b%u\"", same);
            object_of(&text, count, last);
            cr_assert_eq(json_parse(&doc, buf_view(&text), &err), -1, "%u of %u", same, count);
            cr_assert_eq(err.code, ERR_MALFORMED, "%u of %u: %s", same, count, err.text);
        }
        AUTO(buf) struct buf text = {0};
        AUTO(json) struct json doc = {0};
        object_of(&text, count, "\"other\"");
        (void)support_parse(&doc, buf_view(&text));
        cr_assert_eq(json_count(&doc, 0), count + 1);
    }
}

static double seconds_since(clock_t start)
{
    return (double)(clock() - start) / CLOCKS_PER_SEC;
}

Test(json_keys, are_not_quadratic)
{
    AUTO(buf) struct buf text = {0};
    AUTO(json) struct json doc = {0};
    struct error err = {0};
    clock_t start = clock();

    object_of(&text, 100000, "\"other\"");
    (void)support_parse(&doc, buf_view(&text));
    buf_done(&text);
    object_of(&text, 100000, "\"k0\"");
    struct json twice;
    cr_assert_eq(json_parse(&twice, buf_view(&text), &err), -1);
    cr_assert_eq(err.code, ERR_MALFORMED);
    /* Pairwise, 100,000 keys are 5,000,000,000 comparisons: half a minute. */
    cr_assert_lt(seconds_since(start), 5.0);
}

/* Many objects just below the limit are the worst that comparing can be made to do. */
Test(json_keys, cost_little_in_many_objects)
{
    AUTO(buf) struct buf text = {0};
    AUTO(json) struct json doc = {0};
    clock_t start = clock();

    buf_init(&text, SUPPORT_MAX);
    for (unsigned i = 0; i < 50000; i++) {
        buf_text(&text, i == 0 ? "[" : ",");
        buf_text(&text, "{\"\\u0061\":0,\"b\":0,\"c\":0,\"d\":0,\"e\":0,\"f\":0,\"g\":0,\"h\":0,"
                        "\"i\":0,\"j\":0,\"k\":0,\"l\":0,\"m\":0,\"n\":0,\"o\":0,\"p\":0}");
    }
    buf_char(&text, ']');
    (void)support_parse(&doc, buf_view(&text));
    cr_assert_lt(seconds_since(start), 5.0);
}
