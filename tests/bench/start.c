/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How long a server needs from exec to its first answer over TLS.
 *
 *   bench_start ADDRESS PATH REVIEW LOG PROGRAM ARGUMENT...
 *
 * With a TLS context and the request ready it starts the program, tries to connect every 50 us,
 * shakes hands, sends the review and stops the clock at the last byte of an answer with code 200,
 * that allows. It prints the microseconds. The server ends by SIGINT, or with this program however
 * that ends; what it says on standard error goes to the file LOG.
 */
#include "tests/bench/link.h"
#include "tests/bench/requests.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PROGRAM = 5, GIVE_UP_US = 10 * 1000 * 1000, PAUSE_NS = 50 * 1000, CANNOT_RUN = 127 };

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
    static const char allowed[] = "\"allowed\":true";
    struct link link;

    link_init(&link);
    int failed = open_soon(&link, address, context, began_us, err) != 0 ||
                 link_settle(&link, err) != 0 || link_ask(&link, request, err) != 0 ||
                 link_settle(&link, err) != 0;
    if (!failed && (link.status != 200 ||
                    memmem(link.body.data, link.body.len, allowed, sizeof allowed - 1) == NULL)) {
        failed = error_set(err, ERR_MALFORMED, "HTTP %d: %.*s", link.status,
                           (int)(link.body.len < 300 ? link.body.len : 300), link.body.data);
    }
    link_done(&link);
    return failed ? -1 : 0;
}

/* The process of the program, or -1. */
static pid_t start(const char *log, char **argv)
{
    pid_t parent = getpid();
    pid_t pid = fork();

    if (pid != 0) {
        return pid;
    }
    int fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == parent && fd >= 0 &&
        dup2(fd, STDERR_FILENO) >= 0) {
        (void)execv(argv[0], argv);
    }
    _exit(CANNOT_RUN);
}

static int measure(const struct sockaddr_in *address, SSL_CTX *context, struct slice request,
                   char **argv, struct error *err)
{
    int status = 0;

    if (listens(address)) {
        return error_set(err, ERR_SYSTEM, "somebody else listens there");
    }
    int64_t began_us = now_us();
    pid_t pid = start(argv[4], argv + PROGRAM);
    if (pid < 0) {
        return error_errno(err, "cannot start a process");
    }
    int result = first_answer(address, context, request, began_us, err);
    int64_t took_us = now_us() - began_us;
    (void)kill(pid, SIGINT);
    (void)waitpid(pid, &status, 0);
    if (result == 0 && (!WIFEXITED(status) || WEXITSTATUS(status) != 0)) {
        return error_set(err, ERR_SYSTEM, "the server did not end well (status %d)", status);
    }
    if (result == 0) {
        (void)printf("%lld\n", (long long)took_us);
    }
    return result;
}

static int run(char **argv, struct requests *requests, struct error *err)
{
    struct sockaddr_in address;

    if (link_address(argv[1], &address, err) != 0 ||
        requests_load(requests, argv[2], argv + 3, 1, err) != 0) {
        return -1;
    }
    SSL_CTX *context = link_context();
    if (context == NULL) {
        return error_set(err, ERR_NO_MEMORY, "no memory for TLS");
    }
    int result = measure(&address, context, buf_view(&requests->texts[0]), argv, err);
    SSL_CTX_free(context);
    return result;
}

int main(int argc, char **argv)
{
    struct requests requests = {0};
    struct error err = {0};

    if (argc <= PROGRAM) {
        (void)fprintf(stderr, "usage: bench_start ADDRESS PATH REVIEW LOG PROGRAM ARGUMENT...\n");
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
