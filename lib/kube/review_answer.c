/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/base64.h"
#include "lib/kube/quote.h"
#include "lib/kube/review.h"

enum { AROUND_PATCH = 768 }; /* bytes, about */

static void write_member(struct buf *out, const char *before, const char *value)
{
    buf_text(out, before);
    quote(out, slice_of(value));
}

/* metav1.Status. Its members but code are left out where there is nothing to say. */
static void write_status(const struct answer *answer, struct buf *out)
{
    buf_text(out, ",\"status\":{\"status\":\"Failure\"");
    if (answer->message != NULL) {
        write_member(out, ",\"message\":", answer->message);
    }
    if (answer->reason != NULL) {
        write_member(out, ",\"reason\":", answer->reason);
    }
    if (answer->code == 422 && answer->field != NULL) {
        write_member(out, ",\"details\":{\"causes\":[{\"reason\":",
                     answer->cause == NULL ? "FieldValueInvalid" : answer->cause);
        write_member(out, ",\"message\":", answer->message == NULL ? "" : answer->message);
        write_member(out, ",\"field\":", answer->field);
        buf_text(out, "}]}");
    }
    buf_printf(out, ",\"code\":%d}", answer->code);
}

/* The end of the last annotation, or 0. */
static size_t write_audit(const struct answer *answer, struct buf *out)
{
    for (size_t i = 0; i < answer->audit_count; i++) {
        write_member(out, i == 0 ? ",\"auditAnnotations\":{" : ",", answer->audit[i].name);
        write_member(out, ":", answer->audit[i].value);
    }
    if (answer->audit_count == 0) {
        return 0;
    }
    size_t end = out->len;
    buf_char(out, '}');
    return end;
}

static void write_warnings(const struct answer *answer, struct buf *out)
{
    for (size_t i = 0; i < answer->warning_count; i++) {
        write_member(out, i == 0 ? ",\"warnings\":[" : ",", answer->warnings[i]);
    }
    if (answer->warning_count > 0) {
        buf_char(out, ']');
    }
}

size_t review_answer(const struct answer *answer, struct buf *out)
{
    buf_reserve(out, (answer->patch.len + 2) / 3 * 4 + AROUND_PATCH);
    buf_text(out, "{\"apiVersion\":\"admission.k8s.io/v1\",\"kind\":\"AdmissionReview\","
                  "\"response\":{\"uid\":");
    buf_slice(out, answer->uid);
    buf_text(out, answer->allowed ? ",\"allowed\":true" : ",\"allowed\":false");
    if (!answer->allowed) {
        write_status(answer, out);
    }
    if (answer->allowed && answer->patch.len > 0) {
        buf_text(out, ",\"patch\":\"");
        base64_encode(out, answer->patch.data, answer->patch.len);
        buf_text(out, "\",\"patchType\":\"JSONPatch\"");
    }
    size_t audit_end = write_audit(answer, out);
    write_warnings(answer, out);
    buf_text(out, "}}");
    return audit_end;
}
