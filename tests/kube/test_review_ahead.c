/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/kube/review.h"
#include "tests/kube/support.h"

#define TEN "0123456789"
#define LONG TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN "01234567"

static const struct ahead_case {
    const char *name;
    const char *text;
    const char *want; /* NULL: not seen */
} aheads[] = {
    {"as the API server writes it",
     "{\"kind\":\"AdmissionReview\",\"apiVersion\":\"admission.k8s.io/v1\",\"request\":{\"uid\":"
     "\"705ab4f5-6393-11e8-b7cc-42010a800002\",\"kind\":{",
     "\"705ab4f5-6393-11e8-b7cc-42010a800002\""},
    {"with white space", "{ \"request\" :\n{\t\"uid\" : \"a\" } }", "\"a\""},
    {"behind others", "{\"request\":{\"kind\":{\"uid\":\"no\"},\"a\":[1,[]],\"uid\":\"yes\"}}",
     "\"yes\""},
    {"behind a value that is called uid", "{\"request\":{\"a\":\"uid\",\"uid\":\"b\"}}", "\"b\""},
    {"128 bytes", "{\"request\":{\"uid\":\"" LONG "\"}}", "\"" LONG "\""},
    {"129 bytes", "{\"request\":{\"uid\":\"" LONG "8\"}}", NULL},
    {"an empty one", "{\"request\":{\"uid\":\"\"}}", NULL},
    {"an escape", "{\"request\":{\"uid\":\"\\u0061\"}}", NULL},
    {"a quote behind an escape", "{\"request\":{\"uid\":\"a\\\",\"uid\":\"b\"}}", NULL},
    {"another alphabet", "{\"request\":{\"uid\":\"\xc3\xa9\"}}", NULL},
    {"DEL", "{\"request\":{\"uid\":\"a\x7f\"}}", NULL},
    {"a line feed", "{\"request\":{\"uid\":\"a\n\"}}", NULL},
    {"no string", "{\"request\":{\"uid\":1}}", NULL},
    {"not of the request", "{\"uid\":\"a\",\"user\":{\"uid\":\"b\"}}", NULL},
    {"too deep", "{\"a\":{\"request\":{\"uid\":\"a\"}}}", NULL},
    {"in a list", "{\"request\":[\"uid\",\"a\"]}", NULL},
    {"of a request that has ended", "{\"request\":{},\"a\":{\"uid\":\"a\"}}", NULL},
    {"cut off in the uid", "{\"request\":{\"uid\":\"a", NULL},
    {"cut off before it", "{\"request\":{\"uid\":", NULL},
    {"closing what was not opened", "]}}]{\"request\":{\"uid\":\"a\"}}", "\"a\""},
    {"empty", "", NULL},
    {"no JSON", "request uid a", NULL},
};

EACH_ROW(review_ahead, sees_the_uid_or_does_not, aheads)
{
    const struct ahead_case *c = &aheads[*index];
    struct slice uid = SLICE("untouched");

    bool found = review_uid_ahead(slice_of(c->text), &uid);

    cr_assert_eq(found, c->want != NULL, "%s", c->name);
    cr_assert(slice_is(uid, c->want == NULL ? "untouched" : c->want), "%s: %.*s", c->name,
              SLICE_ARGS(uid));
}

Test(review_ahead, looks_at_4_KiB)
{
    static const char begin[] = "{\"request\":{\"uid\":\"a\"";
    struct slice uid = {0};
    char text[4200];

    for (size_t blanks = 4096 - sizeof begin - 1; blanks <= 4096; blanks++) {
        memset(text, ' ', sizeof text);
        memcpy(text + blanks, begin, sizeof begin - 1);
        bool inside = blanks + sizeof begin - 1 <= 4096;
        struct slice whole = {.data = text, .len = blanks + sizeof begin - 1};
        cr_assert_eq(review_uid_ahead(whole, &uid), inside, "%zu", blanks);
    }
}
