/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/kube/review.h"
#include "tests/kube/support.h"

#define ENVELOPE(version, kind, request)                                                           \
    "{\"apiVersion\":" version ",\"kind\":" kind ",\"request\":" request "}"
#define WITH_UID(uid)                                                                              \
    ENVELOPE("\"admission.k8s.io/v1\"", "\"AdmissionReview\"", "{\"uid\":" uid "}")

#define TEN "0123456789"

struct uid_case {
    const char *name;
    const char *text;
    const char *want; /* NULL: refused */
};

static const struct uid_case uids[] = {
    {"a UUID", WITH_UID("\"705ab4f5-6393-11e8-b7cc-42010a800002\""),
     "\"705ab4f5-6393-11e8-b7cc-42010a800002\""},
    {"an escape goes back as it came", WITH_UID("\"\\u0061\\/b\""), "\"\\u0061\\/b\""},
    {"other letters", WITH_UID("\"\xc3\xa9\xe2\x82\xac\""), "\"\xc3\xa9\xe2\x82\xac\""},
    {"128 bytes", WITH_UID("\"" TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN "01234567\""),
     "\"" TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN "01234567\""},
    {"129 bytes", WITH_UID("\"" TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN "012345678\""),
     NULL},
    {"an empty uid", WITH_UID("\"\""), NULL},
    {"a uid that is null", WITH_UID("null"), NULL},
    {"a uid that is a number", WITH_UID("1"), NULL},
    {"a uid that is an object", WITH_UID("{}"), NULL},
    {"a uid with NUL", WITH_UID("\"a\\u0000\""), NULL},
    {"a uid with a line feed", WITH_UID("\"a\\n\""), NULL},
    {"a uid with DEL", WITH_UID("\"a\x7f\""), NULL},
    {"a uid with a control character of Latin-1", WITH_UID("\"a\\u0085\""), NULL},
    {"a uid that turns the direction", WITH_UID("\"a\\u202e\""), NULL},
    {"a uid with a mark of no width", WITH_UID("\"a\xef\xbb\xbf\""), NULL},
    {"a no-break space is none", WITH_UID("\"a\\u00a0\""), "\"a\\u00a0\""},
    {"no uid", ENVELOPE("\"admission.k8s.io/v1\"", "\"AdmissionReview\"", "{}"), NULL},
    {"a request that is null", ENVELOPE("\"admission.k8s.io/v1\"", "\"AdmissionReview\"", "null"),
     NULL},
    {"a request that is an array",
     ENVELOPE("\"admission.k8s.io/v1\"", "\"AdmissionReview\"", "[{\"uid\":\"a\"}]"), NULL},
    {"v1beta1", ENVELOPE("\"admission.k8s.io/v1beta1\"", "\"AdmissionReview\"", "{\"uid\":\"a\"}"),
     NULL},
    {"a version in capitals",
     ENVELOPE("\"admission.k8s.io/V1\"", "\"AdmissionReview\"", "{\"uid\":\"a\"}"), NULL},
    {"a version that is null", ENVELOPE("null", "\"AdmissionReview\"", "{\"uid\":\"a\"}"), NULL},
    {"another kind", ENVELOPE("\"admission.k8s.io/v1\"", "\"Pod\"", "{\"uid\":\"a\"}"), NULL},
    {"no kind", "{\"apiVersion\":\"admission.k8s.io/v1\",\"request\":{\"uid\":\"a\"}}", NULL},
    {"no version", "{\"kind\":\"AdmissionReview\",\"request\":{\"uid\":\"a\"}}", NULL},
    {"names in capitals",
     "{\"APIVersion\":\"admission.k8s.io/v1\",\"Kind\":\"AdmissionReview\",\"Request\":{\"uid\":"
     "\"a\"}}",
     NULL},
    {"an empty object", "{}", NULL},
    {"an array", "[]", NULL},
    {"a string", "\"AdmissionReview\"", NULL},
    {"null", "null", NULL},
};

EACH_ROW(review_uid, is_echoed_or_refused, uids)
{
    const struct uid_case *c = &uids[*index];
    AUTO(json) struct json doc = {0};
    struct error err = {0};
    struct slice uid = SLICE("untouched");

    int rc = review_uid(support_parse(&doc, slice_of(c->text)), &uid, &err);

    cr_assert_eq(rc, c->want == NULL ? -1 : 0, "%s: %s", c->name, err.text);
    cr_assert_eq(err.code, c->want == NULL ? ERR_MALFORMED : ERR_NONE, "%s", c->name);
    cr_assert(slice_is(uid, c->want == NULL ? "untouched" : c->want), "%s: %.*s", c->name,
              SLICE_ARGS(uid));
}
