/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signals as something to wait for. No handler runs, so nothing is interrupted.
 *
 * Threads: signals_open() before any other thread, which then inherits the mask.
 */
#ifndef HTTP_SIGNALS_H
#define HTTP_SIGNALS_H

#include "lib/base/error.h"

#include <signal.h>

enum signal_event {
    SIGNAL_NONE,   /* the time is over */
    SIGNAL_RELOAD, /* SIGHUP */
    SIGNAL_DRAIN,  /* SIGTERM */
    SIGNAL_NOW,    /* SIGINT */
};

struct signals {
    int fd;
    sigset_t before;
};

/* Block them, and ignore SIGPIPE for good. */
int signals_open(struct signals *signals, struct error *err) MUST_CHECK;
void signals_close(struct signals *signals);

/* The next signal; timeout_ms < 0 waits for ever. */
enum signal_event signals_wait(const struct signals *signals, int timeout_ms);

#endif
