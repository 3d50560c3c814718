/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One request from its submission to its end, over all its tries. Private to this
 * folder.
 *
 *   call_new()      the request is copied; it waits until due_ms
 *   call_start()    a try: an exchange, which the client hands to libcurl
 *   call_settle()   the try ended: wait for the next one (true), or it is over (false)
 *   call_finish()   tell who asked, once, and free it
 *
 * Threads: call_new(): any. The rest: the client's alone.
 */
#ifndef CLIENT_CALL_H
#define CLIENT_CALL_H

#include "lib/kube/client/exchange.h"

#include <stdatomic.h>

struct call {
    struct api_hooks hooks;
    enum api_verb verb;
    bool dry_run;
    char *what; /* for people */
    char *url;
    struct buf sent; /* the body */
    unsigned watch_seconds;

    int64_t due_ms; /* when the next try begins */
    int64_t deadline_ms;
    bool show_new_token;
    bool was_lost; /* the last try: the next one keeps clear of its connection */
    struct exchange exchange;
    struct api_answer answer;
    struct call *next;
};

/* What all calls share. */
struct call_shared {
    struct apiserver *server;
    const struct api_options *options;
    int64_t doubt_until_ms; /* a connection may be dead: until then each try has its own */
    _Atomic int64_t failures[API_FAILURES]; /* read by any thread */
    _Atomic int64_t server_ms; /* what the API server's clock is ahead of clock_ms(); 0: unknown */
};

/* NULL with err: the request makes no sense, or there is no memory. */
struct call *call_new(const struct call_shared *shared, const struct api_request *request,
                      const struct api_hooks *hooks, struct error *err);

/* Begin a try. Where it fails, the answer says why and the call is over. */
int call_start(struct call *call, struct call_shared *shared, int64_t now_ms) MUST_CHECK;
bool call_is_running(const struct call *call);

/* libcurl is done with the try, and its handle is in no multi any more. */
bool call_settle(struct call *call, struct call_shared *shared, CURLcode result, int64_t now_ms);

/* The client stops. */
void call_stopped(struct call *call);

void call_finish(struct call *call);
void call_free(struct call *call);
DEFINE_AUTO(call, struct call, call_free);

#endif
