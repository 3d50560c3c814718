/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How long a server needs from exec to its first answer over TLS.
 *
 *   bench_start ADDRESS PATH REVIEW STARTS LOG PROGRAM ARGUMENT...
 *
 * Before each start it has a TLS context and the request ready. Then it starts the program, tries
 * to connect every 50 us, shakes hands, sends the review and stops the clock at the last byte of an
 * answer with code 200. It prints the microseconds of each start, a line each. The server ends by
 * SIGINT; what it says on standard error goes to the file LOG.
 */
#include "tests/bench/link.h"
#include "tests/bench/requests.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    FIRST_ARGUMENT = 6,
    GIVE_UP_US = 10 * 1000 * 1000,
    PAUSE_NS = 50 * 1000,
    STARTS_MAX = 10000
};

extern char **environ;

static int64_t now_us(void)
{
    struct timespec now = {0};

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static bool listens(const struct sockaddr_in *address)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool there = fd >= 0 && connect(fd, (const struct sockaddr *)address, sizeof *address) == 0;

    if (fd >= 0) {
        (void)close(fd);
    }
    return there;
}

/* A link, as soon as there is somebody to talk to. */
static int open_soon(struct link *link, const struct sockaddr_in *address, SSL_CTX *context,
                     int64_t began_us, struct error *err)
{
    const struct timespec pause = {.tv_nsec = PAUSE_NS};

    for (;;) {
        if (link_open(link, address, context, err) == 0) {
            return 0;
        }
        link_done(link);
        if (now_us() - began_us > GIVE_UP_US) {
            return error_prefix(err, "the server did not start");
        }
        (void)nanosleep(&pause, NULL);
    }
}

static int first_answer(const struct sockaddr_in *address, SSL_CTX *context, struct slice request,
                        int64_t began_us, struct error *err)
{
    struct link link;

    link_init(&link);
    int failed = open_soon(&link, address, context, began_us, err) != 0 ||
                 link_settle(&link, err) != 0 || link_ask(&link, request, err) != 0 ||
                 link_settle(&link, err) != 0;
    if (!failed && link.status != 200) {
        failed = error_set(err, ERR_MALFORMED, "HTTP %d: %.300s", link.status, link.body.data);
    }
    link_done(&link);
    return failed ? -1 : 0;
}

static int start(const char *log, char **argv, pid_t *pid, struct error *err)
{
    posix_spawn_file_actions_t actions;

    if (posix_spawn_file_actions_init(&actions) != 0) {
        return error_set(err, ERR_NO_MEMORY, "no memory for a start");
    }
    int failed = posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, log,
                                                  O_WRONLY | O_CREAT | O_APPEND, 0644);
    failed = failed != 0 ? failed : posix_spawn(pid, argv[0], &actions, NULL, argv, environ);
    (void)posix_spawn_file_actions_destroy(&actions);
    return failed != 0 ? error_set(err, ERR_SYSTEM, "cannot start %s", argv[0]) : 0;
}

static int one_start(const struct sockaddr_in *address, struct slice request, char **argv,
                     struct error *err)
{
    SSL_CTX *context = link_context();
    pid_t pid = 0;
    int status = 0;

    if (context == NULL) {
        return error_set(err, ERR_NO_MEMORY, "no memory for TLS");
    }
    if (listens(address)) {
        SSL_CTX_free(context);
        return error_set(err, ERR_SYSTEM, "somebody else listens there");
    }
    int64_t began_us = now_us();
    int failed = start(argv[5], argv + FIRST_ARGUMENT, &pid, err);
    if (failed == 0) {
        failed = first_answer(address, context, request, began_us, err);
        int64_t took_us = now_us() - began_us;
        (void)kill(pid, SIGINT);
        (void)waitpid(pid, &status, 0);
        if (failed == 0) {
            (void)printf("%lld\n", (long long)took_us);
        }
    }
    SSL_CTX_free(context);
    return failed;
}

static int run(char **argv, struct requests *requests, struct error *err)
{
    struct sockaddr_in address;
    size_t starts = strtoul(argv[4], NULL, 10);

    if (starts == 0 || starts > STARTS_MAX) {
        return error_set(err, ERR_MALFORMED, "how many starts are \"%s\"?", argv[4]);
    }
    if (link_address(argv[1], &address, err) != 0 ||
        requests_load(requests, argv[2], argv + 3, 1, err) != 0) {
        return -1;
    }
    for (size_t i = 0; i < starts; i++) {
        if (one_start(&address, buf_view(&requests->texts[0]), argv, err) != 0) {
            return -1;
        }
    }
    return 0;
}

int main(int argc, char **argv)
{
    struct requests requests = {0};
    struct error err = {0};

    if (argc <= FIRST_ARGUMENT) {
        (void)fprintf(stderr, "usage: bench_start ADDRESS PATH REVIEW STARTS LOG PROGRAM "
                              "ARGUMENT...\n");
        return 2;
    }
    (void)signal(SIGPIPE, SIG_IGN);
    int result = run(argv, &requests, &err);
    requests_done(&requests);
    if (result != 0) {
        (void)fprintf(stderr, "bench_start: %s\n", err.text);
        return 1;
    }
    return 0;
}
