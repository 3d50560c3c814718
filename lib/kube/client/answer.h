/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a request ended: an object, the API server's refusal in its own words, or no
 * answer at all.
 *
 * Ownership: who has the answer owns it; api_answer_done(). It may be moved, by copying
 *            the struct and zeroing the first.
 * Errors:    err.text is one line for people: what was asked, what came. Never a token.
 * Limits:    ANSWER_MAX bytes; json.h's.
 */
#ifndef CLIENT_ANSWER_H
#define CLIENT_ANSWER_H

#include "lib/base/buf.h"
#include "lib/kube/api_failure.h"
#include "lib/kube/value.h"

#include <stdbool.h>

enum { ANSWER_MAX = 16777216, STATUS_REASON = 64, STATUS_MESSAGE = 1024 };

/* A Status of the API server. Texts are printable, and cut where they are too long. */
struct api_status {
    long code;
    char reason[STATUS_REASON];   /* NotFound, Conflict, Forbidden, Expired ...; "" if none */
    char message[STATUS_MESSAGE]; /* "" if none */
    long retry_after_s;           /* details.retryAfterSeconds; -1 where it is not there */
};

struct api_answer {
    bool ok;                  /* the API server did it, and its answer could be read */
    bool stopped;             /* the client was stopped */
    bool unsure;              /* a write that may have been carried out, though it is not ok */
    long code;                /* HTTP's; 0: there was no answer */
    unsigned tries;           /* how often it was sent, or was to be sent */
    struct error err;         /* why it is not ok */
    struct api_status status; /* the API server's words, where it is not ok; else empty */
    struct buf body;
    struct json doc; /* of the body, where it is ok */
};

void api_answer_done(struct api_answer *answer);
DEFINE_AUTO_IN_PLACE(api_answer, struct api_answer, api_answer_done);

/* The object that came; absent where it is not ok. Valid while the answer stays where it is. */
struct value api_answer_object(const struct api_answer *answer);

/* Read a Status; false, and all empty, where `v` is none. */
bool api_status_read(struct value v, struct api_status *out);

/* What an answer of that code counts as, where it is not what was asked for. */
enum api_failure api_failure_of(long code);

/*
 * Judge what came: `code` and the content type and body as they are in the answer. Sets ok, status,
 * err and doc. `what` is the request for people.
 */
void api_answer_read(struct api_answer *answer, const char *what, const char *content_type);

#endif
