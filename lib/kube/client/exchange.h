/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One HTTP exchange on a libcurl handle: a single try of a request. Private to this
 * folder.
 *
 * Ownership: in place, and it must not move: libcurl knows its address. Borrows what it
 *            is set up with until exchange_done().
 * Threads:   the client's alone.
 * Limits:    ANSWER_MAX for the body; for a stream nothing is kept.
 */
#ifndef CLIENT_EXCHANGE_H
#define CLIENT_EXCHANGE_H

#include "lib/kube/client/api.h"
#include "lib/kube/client/retry.h"

#include <curl/curl.h>

enum {
    EXCHANGE_IDLE_S = 25,     /* a connection that was idle for longer is not used again */
    EXCHANGE_DOUBT_MS = 30000 /* longer than that */
};

struct exchange_setup {
    const struct apiserver *server;
    const struct api_options *options;
    enum api_verb verb;
    const char *url;
    struct slice body;
    const char *token; /* NULL: none */
    int64_t timeout_ms;
    bool fresh; /* on a connection of its own: the last one may be dead */
    api_data *stream;
    void *stream_arg;
};

struct exchange {
    CURL *easy; /* NULL: none is under way */
    struct curl_slist *headers;
    struct curl_slist *connect_to;
    struct buf body;
    api_data *stream;
    void *stream_arg;
    bool too_large;
    bool ended_by_us;
    char words[CURL_ERROR_SIZE];
};

int exchange_init(struct exchange *exchange, const struct exchange_setup *setup,
                  struct error *err) MUST_CHECK;
void exchange_done(struct exchange *exchange);

/* How the try ended, by libcurl's code; *code is HTTP's, 0 where there is none. */
enum attempt_end exchange_end(const struct exchange *exchange, CURLcode result, long *code);

/* What went wrong, in libcurl's words. */
void exchange_explain(const struct exchange *exchange, CURLcode result, struct error *err);

/* Retry-After in milliseconds, -1 where it was not there. */
int64_t exchange_retry_after_ms(const struct exchange *exchange);
/* Date in seconds since 1970, -1 where there is none that can be read. */
int64_t exchange_date(const struct exchange *exchange);

const char *exchange_content_type(const struct exchange *exchange);

#endif
