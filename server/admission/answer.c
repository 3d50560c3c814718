/* SPDX-License-Identifier: Apache-2.0 */
#include "server/admission/answer.h"

#include "lib/kube/printable.h"
#include "lib/kube/quote.h"
#include "lib/pod/template.h"

#include <assert.h>
#include <stdio.h>

enum { ANSWER_TEXT_MAX = 8 * 1024 * 1024 };

void answer_by(struct admission *out, const struct config *config)
{
    slice_copy(slice_of(config->id), out->config_id, sizeof out->config_id);
}

void answer_init(struct admission *out, const struct config *config)
{
    *out = (struct admission){.http_status = 500};
    buf_init(&out->body, ANSWER_TEXT_MAX);
    answer_by(out, config);
}

void answer_drop_policies(struct admission *out)
{
    for (size_t i = 0; i < COUNT_OF(out->policies); i++) {
        policy_text_done(&out->policies[i]);
    }
    out->policy_count = 0;
    ruleset_unref(STEAL(out->ruleset));
}

void admission_done(struct admission *admission)
{
    answer_drop_policies(admission);
    buf_done(&admission->body);
}

/* A line of text in place of a review. */
static void plain(struct admission *out, int status, const char *text)
{
    answer_drop_policies(out);
    (void)printable(out->message, sizeof out->message, slice_of(text));
    out->http_status = status;
    out->allowed = false;
    buf_clear(&out->body);
    buf_text(&out->body, out->message);
    buf_char(&out->body, '\n');
}

void answer_begin(struct admission *out, struct slice uid)
{
    assert(uid.len < sizeof out->uid);
    slice_copy(uid, out->uid, sizeof out->uid);
}

void answer_describe(struct admission *out, const struct review *review)
{
    struct value metadata = value_member(
        value_exists(review->object) ? review->object : review->old_object, "metadata");
    struct slice name = review->name;

    if (name.len == 0) {
        name = value_string(value_member(metadata, "generateName"));
    }
    slice_copy(review->namespace, out->namespace, sizeof out->namespace);
    slice_copy(name, out->name, sizeof out->name);
    out->dry_run = review->dry_run;
}

/* Encode, or fall to a 500 where the text could not be built. */
static void encode(struct admission *out, const struct answer *answer, const char *decision,
                   const char *reason)
{
    const struct audit audit[] = {
        {"decision", decision},
        {"reason", reason},
        {"config", out->config_id},
    };
    struct error err = {0};
    struct answer whole = *answer;

    whole.uid = slice_of(out->uid);
    whole.audit = audit;
    whole.audit_count = COUNT_OF(audit);
    buf_clear(&out->body);
    out->audit_end = review_answer(&whole, &out->body);
    if (buf_check(&out->body, &err) != 0) {
        answer_fault(out, &err);
        return;
    }
    out->http_status = 200;
    out->allowed = answer->allowed;
}

static void encode_denial(struct admission *out, struct answer *answer, enum reason reason)
{
    answer_drop_policies(out);
    out->reason = reason;
    answer->allowed = false;
    answer->message = out->message;
    answer->reason = answer->code == 400   ? "BadRequest"
                     : answer->code == 422 ? "Invalid"
                                           : "Forbidden";
    encode(out, answer, "denied", reason_name(reason));
}

void answer_error(struct admission *out, const struct error *err)
{
    switch (err->code) {
    case ERR_TOO_LARGE:
        plain(out, 413, err->text);
        break;
    case ERR_MALFORMED:
        plain(out, 400, err->text);
        break;
    case ERR_NONE:
    case ERR_CONFIG:
    case ERR_SYSTEM:
    case ERR_NO_MEMORY:
        plain(out, 500, err->text);
        break;
    }
}

void answer_fault(struct admission *out, const struct error *err)
{
    plain(out, 500, err->text);
}

void answer_malformed(struct admission *out, const char *text)
{
    struct answer answer = {.code = 400};

    (void)snprintf(out->message, sizeof out->message,
                   "%s: %s. Send an AdmissionReview of admission.k8s.io/v1 as the API server does.",
                   reason_name(REASON_MALFORMED), text);
    encode_denial(out, &answer, REASON_MALFORMED);
}

static void borrow_warnings(const struct findings *findings, const char **list)
{
    for (size_t i = 0; i < findings->warning_count; i++) {
        list[i] = findings->warnings[i];
    }
}

void answer_decision(struct admission *out, const struct findings *findings, bool private_pod,
                     struct slice patch)
{
    const char *warnings[FINDINGS_MAX_WARNINGS] = {0};
    struct answer answer = {.warnings = warnings, .warning_count = findings->warning_count};

    borrow_warnings(findings, warnings);
    if (findings->denied != REASON_NONE) {
        slice_copy(slice_of(findings->message), out->message, sizeof out->message);
        answer.code = reason_code(findings->denied);
        answer.cause = reason_name(findings->denied);
        answer.field = answer.code == 422 ? findings->field : NULL;
        encode_denial(out, &answer, findings->denied);
        return;
    }
    answer.allowed = true;
    answer.patch = patch;
    encode(out, &answer, "allowed", private_pod ? "Protected" : "NotPrivate");
}

void admission_attest(struct admission *admission)
{
    static const char *const names[ADMISSION_MAX_POLICIES] = {"floor", "companion"};
    AUTO(buf) struct buf more = {0};

    if (!admission->allowed || admission->audit_end == 0) {
        return;
    }
    buf_init(&more, sizeof admission->marks * 2);
    for (size_t i = 0; i < ADMISSION_MAX_POLICIES; i++) {
        if (admission->marks[i].text[0] != '\0') {
            buf_printf(&more, ",\"%s\":", names[i]);
            quote(&more, slice_of(admission->marks[i].text));
        }
    }
    struct error err = {0};
    if (more.len > 0) {
        buf_insert(&admission->body, admission->audit_end, more.data, more.len);
    }
    if (buf_check(&more, &err) != 0 || buf_check(&admission->body, &err) != 0) {
        answer_fault(admission, &err);
    }
}

void admission_unread(const struct config *config, struct slice uid, struct admission *out)
{
    answer_init(out, config);
    answer_begin(out, uid);
    plain(out, 500, "the review was not read");
}

void admission_refuse(struct admission *admission, enum reason reason, const char *text)
{
    struct answer answer = {.code = reason_code(reason)};

    (void)snprintf(admission->message, sizeof admission->message, "%s: %s", reason_name(reason),
                   text);
    encode_denial(admission, &answer, reason);
}

const char *answer_prefix(const struct kind *kind)
{
    char api_version[128];

    if (kind->group.len == 0) {
        return template_prefix(kind->version, kind->name);
    }
    int len = snprintf(api_version, sizeof api_version, "%.*s/%.*s", SLICE_ARGS(kind->group),
                       SLICE_ARGS(kind->version));
    if (len < 0 || (size_t)len >= sizeof api_version) {
        return NULL;
    }
    return template_prefix(slice_of(api_version), kind->name);
}

/* How child `index` of a container is called: ".key" or "[index]". */
static void print_step(const struct json *doc, bool object, uint32_t child, size_t index, char *out,
                       size_t size)
{
    if (object) {
        (void)snprintf(out, size, ".%.*s", SLICE_ARGS(json_string(doc, child)));
    } else {
        (void)snprintf(out, size, "[%zu]", index);
    }
}

/* The child of `parent` in which `token` stands; a key stands in its member. */
static uint32_t step_towards(const struct json *doc, uint32_t parent, uint32_t token, char *out,
                             size_t size)
{
    bool object = json_kind(doc, parent) == JSON_OBJECT;
    uint32_t child = parent + 1;
    size_t index = 0;

    while (json_skip(doc, object ? child + 1 : child) <= token) {
        child = json_skip(doc, object ? child + 1 : child);
        index++;
    }
    print_step(doc, object, child, index, out, size);
    uint32_t value = object ? child + 1 : child;
    return token < value ? token : value;
}

void answer_path_of(const struct json *doc, uint32_t token, char *out, size_t size)
{
    uint32_t at = 0;
    size_t used = 0;

    out[0] = '\0';
    while (at != token && used < size - 1) {
        at = step_towards(doc, at, token, out + used, size - used);
        used = strlen(out);
    }
    if (used > 0 && out[0] == '.') {
        memmove(out, out + 1, used);
    }
}
