/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The client of the API server: one thread on libcurl's multi interface carries every
 * request, whoever asked. Connections are kept for the next one.
 *
 * Each request ends exactly once, at its deadline at the latest: api_done is called in
 * the client's thread. In between it is sent again as retry.h says. What api_done does
 * must not wait; it may submit more.
 *
 * The API server's certificate and host name are verified against the authority that
 * apiserver.h names. Redirects and proxies are not followed. Bodies are capped.
 *
 * Ownership: api_start() takes the apiserver over. A request is copied. The answer is
 *            lent to api_done, which may take it: copy the struct, zero the original.
 * Threads:   api_submit() and api_ask(): any. api_start() and api_stop(): one thread.
 * Errors:    api_submit() fails for a request that makes no sense, without memory, when
 *            too many are under way, and once the client stops; api_done is not called then.
 * Limits:    API_MAX_CALLS requests, API_MAX_RUNNING of them at once; API_MAX_CONNECTIONS.
 */
#ifndef CLIENT_API_H
#define CLIENT_API_H

#include "lib/kube/client/answer.h"
#include "lib/kube/client/apiserver.h"
#include "lib/kube/client/request.h"

#include <time.h>

enum {
    API_MAX_CALLS = 1024,     /* far above the 128 reviews that may wait, each with few writes */
    API_MAX_RUNNING = 16,     /* on their way at once, each over a connection */
    API_MAX_CONNECTIONS = 32, /* those, and one for each watch */
    API_CONNECT_MS = 2500,    /* TLS included: two tries before a review's deadline */
    API_TRY_MS = 10000,       /* one try; a LIST of many pods is the slowest */
    API_SILENCE_S = 100,      /* a watch without a byte: bookmarks come each minute */
};

struct api;

struct api_options {
    const char *user_agent;    /* "podveil/0.1.0"; borrowed for ever */
    const char *field_manager; /* "podveil"; borrowed for ever */
};

/* On failure the apiserver is still the caller's. Makes libcurl ready by itself. */
int api_start(struct apiserver *server, const struct api_options *options, struct api **out,
              struct error *err) MUST_CHECK;

/*
 * End the thread and free everything. Requests that are under way end with an answer that says
 * `stopped`, before this returns.
 */
void api_stop(struct api *api);
DEFINE_AUTO(api, struct api, api_stop);

/* The namespace of the service account or the context; "" where there is none. */
const char *api_namespace(const struct api *api);

/*
 * The time by the API server's clock, to some seconds: its last answer's Date and what has passed
 * since by a clock that nobody puts. Before the first answer it is this machine's. Any thread.
 */
time_t api_time(const struct api *api);

/* How many tries failed, by kind, since the start. Any thread. */
void api_read_failures(const struct api *api, int64_t out[static API_FAILURES]);

/* One more: a watch that was answered well, and told of a failure later. */
void api_count_failure(struct api *api, enum api_failure failure);

typedef void api_done(void *arg, struct api_answer *answer);

/*
 * A piece of a WATCH as it comes, in the client's thread; the first is empty: the watch is
 * answered. false: enough, end it. Where the API server refuses it, it is not called, and the
 * answer says why.
 */
typedef bool api_data(void *arg, struct slice data);

struct api_hooks {
    api_done *done;
    api_data *data; /* WATCH alone */
    void *arg;
    bool vital; /* of a watch cache: not counted against API_MAX_CALLS, which must go on */
};

int api_submit(struct api *api, const struct api_request *request, const struct api_hooks *hooks,
               struct error *err) MUST_CHECK;

/*
 * Submit and wait for the end. Not in the client's own thread. Where it fails, answer->err says
 * why; else answer->ok is true. The answer is to be done with in both cases.
 */
int api_ask(struct api *api, const struct api_request *request,
            struct api_answer *answer) MUST_CHECK;

#endif
