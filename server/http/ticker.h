/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is looked at every second, in one thread: the certificate (certs/source.h),
 * the configuration (feed.h), connections whose request does not come.
 *
 * A bad configuration or certificate leaves the one in use; it is logged and counted once.
 *
 * Ownership: borrows the service; owns the certificate's source, unless it was given.
 * Threads:   its own. ticker_open() and ticker_look() before it starts, in the starting thread.
 */
#ifndef HTTP_TICKER_H
#define HTTP_TICKER_H

#include "certs/source.h"
#include "server/http/feed.h"
#include "server/http/service.h"

struct ticker {
    struct service *service;
    struct cert_source *source;
    uint64_t bundle_written;   /* the generation in --ca-out */
    struct cert_pair *pending; /* not served yet: its CA could not be published, or it itself not */
    bool told;                 /* that failure was */
    struct feed feed;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    bool reload;
    bool woken;
    bool quit;
    bool runs;
    pthread_t thread;
};

/* The first configuration and the first certificate: the server does not start without, but for a
 * source that was given. */
int ticker_open(struct ticker *ticker, struct service *service, struct error *err) MUST_CHECK;
int ticker_start(struct ticker *ticker, struct error *err) MUST_CHECK;

/*
 * One look at everything, as the thread has one each second; `now` is the wall clock. With `reload`
 * the configuration is read whether it changed or not. Not while the thread runs.
 */
void ticker_look(struct ticker *ticker, time_t now, bool reload);

/* Look at the configuration now. */
void ticker_reload(struct ticker *ticker);

/* Look now whether the configuration is another one. */
void ticker_wake(struct ticker *ticker);

/* Stop the thread, if it runs: it looks at the backend, whose stop comes after. */
void ticker_stop(struct ticker *ticker);

/* The same, and free the rest. */
void ticker_close(struct ticker *ticker);

#endif
