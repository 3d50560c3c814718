/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/kube/client/answer.h"

#include "lib/kube/printable.h"

#include <stdio.h>

enum { SHOWN_WORDS = 256 };

void api_answer_done(struct api_answer *answer)
{
    json_done(&answer->doc);
    buf_done(&answer->body);
    answer->ok = false;
}

struct value api_answer_object(const struct api_answer *answer)
{
    return answer->ok ? value_root(&answer->doc) : VALUE_ABSENT;
}

static long read_number(struct value v, long otherwise)
{
    int64_t number = 0;
    struct error ignored = {0};

    if (value_kind(v) != JSON_NUMBER || value_int64(v, &number, &ignored) != 0 || number < 0 ||
        number > INT32_MAX) {
        return otherwise;
    }
    return (long)number;
}

bool api_status_read(struct value v, struct api_status *out)
{
    *out = (struct api_status){.retry_after_s = -1};
    if (!value_is(value_member(v, "kind"), "Status")) {
        return false;
    }
    out->code = read_number(value_member(v, "code"), 0);
    out->retry_after_s = read_number(value_get(v, "details", "retryAfterSeconds", NULL), -1);
    (void)printable(out->reason, sizeof out->reason, value_string(value_member(v, "reason")));
    (void)printable(out->message, sizeof out->message, value_string(value_member(v, "message")));
    return true;
}

enum api_failure api_failure_of(long code)
{
    switch (code) {
    case 401:
        return API_FAILURE_401;
    case 403:
        return API_FAILURE_403;
    case 409:
        return API_FAILURE_409;
    case 410:
        return API_FAILURE_410;
    case 429:
        return API_FAILURE_429;
    default:
        break;
    }
    if (code >= 400 && code <= 499) {
        return API_FAILURE_4XX;
    }
    return code >= 500 && code <= 599 ? API_FAILURE_5XX : API_FAILURE_UNREADABLE;
}

/* "application/json", with parameters or without. */
static bool is_json(const char *content_type)
{
    static const char want[] = "application/json";
    size_t len = sizeof want - 1;

    return content_type != NULL && strncasecmp(content_type, want, len) == 0 &&
           (content_type[len] == '\0' || content_type[len] == ';' || content_type[len] == ' ');
}

static int parse(struct api_answer *answer, const char *content_type, struct error *err)
{
    if (!is_json(content_type)) {
        char shown[64];
        (void)printable(shown, sizeof shown, slice_of(content_type != NULL ? content_type : ""));
        return error_set(err, ERR_MALFORMED, "no JSON but \"%s\"", shown);
    }
    if (json_parse(&answer->doc, buf_view(&answer->body), err) != 0) {
        return -1;
    }
    if (value_kind(value_root(&answer->doc)) != JSON_OBJECT) {
        json_done(&answer->doc);
        return error_set(err, ERR_MALFORMED, "JSON that is no object");
    }
    return 0;
}

/* As priority and fairness refuses, and what comes before the API server's own handlers. */
static bool is_plain_text(const char *content_type)
{
    static const char want[] = "text/plain";

    return content_type != NULL && strncasecmp(content_type, want, sizeof want - 1) == 0;
}

static struct slice first_line(struct slice text)
{
    const char *end = text.len > 0 ? memchr(text.data, '\n', text.len) : NULL;

    return end != NULL ? (struct slice){text.data, (size_t)(end - text.data)} : text;
}

/* A refusal: what the Status says, or failing that a line of text, or the code alone. */
static void read_refusal(struct api_answer *answer, const char *what, const char *content_type)
{
    struct error ignored = {0};
    struct api_status *status = &answer->status;

    if (parse(answer, content_type, &ignored) == 0) {
        (void)api_status_read(value_root(&answer->doc), status);
        json_done(&answer->doc);
    }
    if (status->message[0] != '\0') {
        (void)error_set(&answer->err, ERR_SYSTEM, "%s: %ld %s: %s", what, answer->code,
                        status->reason, status->message);
        return;
    }
    char words[SHOWN_WORDS];
    bool has_words = is_plain_text(content_type) && answer->body.len > 0;
    (void)printable(words, sizeof words, first_line(buf_view(&answer->body)));
    (void)error_set(&answer->err, ERR_SYSTEM, "%s: the API server answers %ld%s%s", what,
                    answer->code, has_words ? ": " : " and gives no reason",
                    has_words ? words : "");
}

void api_answer_read(struct api_answer *answer, const char *what, const char *content_type)
{
    struct error err = {0};

    answer->status = (struct api_status){.retry_after_s = -1};
    if (answer->code < 200 || answer->code > 299) {
        read_refusal(answer, what, content_type);
        return;
    }
    if (parse(answer, content_type, &err) != 0) {
        answer->err = err;
        (void)error_prefix(&answer->err, "%s: the answer cannot be read", what);
        return;
    }
    answer->ok = true;
}
