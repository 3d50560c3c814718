/* SPDX-License-Identifier: Apache-2.0 */
#include "server/http/signals.h"

#include <errno.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

int signals_open(struct signals *signals, struct error *err)
{
    const struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigset_t set;

    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGINT);
    (void)sigaddset(&set, SIGHUP);
    if (sigaction(SIGPIPE, &ignore, NULL) != 0 ||
        pthread_sigmask(SIG_BLOCK, &set, &signals->before) != 0) {
        return error_errno(err, "cannot block signals");
    }
    signals->fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return signals->fd >= 0 ? 0 : error_errno(err, "cannot wait for signals");
}

void signals_close(struct signals *signals)
{
    (void)close(signals->fd);
    (void)pthread_sigmask(SIG_SETMASK, &signals->before, NULL);
}

static enum signal_event event_of(unsigned number)
{
    switch (number) {
    case SIGHUP:
        return SIGNAL_RELOAD;
    case SIGTERM:
        return SIGNAL_DRAIN;
    default:
        return SIGNAL_NOW;
    }
}

enum signal_event signals_wait(const struct signals *signals, int timeout_ms)
{
    struct pollfd ready = {.fd = signals->fd, .events = POLLIN};
    struct signalfd_siginfo info = {0};

    if (poll(&ready, 1, timeout_ms) <= 0 ||
        read(signals->fd, &info, sizeof info) != (ssize_t)sizeof info) {
        return SIGNAL_NONE;
    }
    return event_of(info.ssi_signo);
}
