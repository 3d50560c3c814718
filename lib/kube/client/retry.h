/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is a request worth another try, and when? A pure function of what happened.
 *
 * The API server's Retry-After is followed; else the pause doubles from try to try,
 * with half of it left to chance so that replicas do not come back as one. A pause
 * that does not fit before the deadline is not waited for: the answer is what is
 * known now.
 *
 * What is not repeatable (POST) is sent again only where it surely was not carried
 * out: it never left, or the API server says so (429; 503 with Retry-After).
 */
#ifndef CLIENT_RETRY_H
#define CLIENT_RETRY_H

#include "lib/kube/client/request.h"

enum {
    RETRY_FIRST_MS = 100,
    RETRY_MAX_MS = 5000,
    RETRY_NEVER = -1,
};

enum attempt_end {
    ATTEMPT_ANSWERED, /* with `code` */
    ATTEMPT_NOT_SENT, /* no connection */
    ATTEMPT_LOST,     /* sent, and no whole answer */
    ATTEMPT_REFUSED,  /* by us: the wrong certificate, too large, no answer of an API server */
};

struct attempt {
    enum api_verb verb;
    enum attempt_end end;
    long code;              /* HTTP */
    int64_t retry_after_ms; /* -1: the API server did not say */
    bool fresh_token;       /* 401: there is another token to try */
    unsigned count;         /* tries so far, this one included */
    int64_t left_ms;        /* to the deadline */
    uint32_t chance;        /* any number */
};

/* Milliseconds to wait, or RETRY_NEVER. */
int64_t retry_wait(const struct attempt *attempt);

/* The pause after `count` failures in a row: doubles from first to max, half of it by chance. */
int64_t retry_pause(unsigned count, int64_t first_ms, int64_t max_ms, uint32_t chance);

/* A number that nobody foresees. */
uint32_t retry_chance(void);

/* Many of them. */
void retry_chances(uint8_t *out, size_t len);

#endif
