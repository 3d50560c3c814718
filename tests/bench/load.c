/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Clients on kept TLS connections that ask a server one review after the other.
 *
 *   bench_load ADDRESS PATH CONNECTIONS awake|asleep PID WARM MS FILE...
 *       WARM requests, then MS milliseconds whose CPU time is taken: of the process PID (all its
 *       threads) and of this one. Prints one line: requests, microseconds of CPU of the server, of
 *       the client, of the clock, and the 50th and 99th percentile of the answers' times.
 *       awake: it never sleeps between answers, so that no server pays for waking it.
 *   bench_load ADDRESS PATH CONNECTIONS hold FILE...
 *       one request on each connection, then prints "held" and keeps them as long as standard
 *       input is open.
 *
 * The next document is whatever comes next in the set, on whichever connection is free, so neither
 * a connection nor a thread of the server sees one of them twice in a row. Every answer has to be
 * HTTP 200, to allow the pod and to bring a patch for it, or the run fails.
 */
#include "tests/bench/link.h"
#include "tests/bench/requests.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { MAX_LINKS = 1024, MAX_SAMPLES = 2000000, FIRST_FILE_TO_HOLD = 5, FIRST_FILE_TO_MEASURE = 8 };

struct client {
    struct link link;
    int64_t asked_us;
};

/* What the clock and the CPU clocks of both processes say at one moment. */
struct stamp {
    int64_t wall_us;
    int64_t server_us;
    int64_t client_us;
};

struct load {
    struct sockaddr_in address;
    SSL_CTX *context;
    struct requests requests;
    struct client *clients;
    struct pollfd *polls;
    size_t count;
    int wait_ms;     /* for an answer, as poll() takes it */
    size_t next;     /* document */
    size_t answered; /* since the start */
    clockid_t server;
    uint32_t *samples;
    size_t sample_count;
};

static int64_t clock_of(clockid_t id)
{
    struct timespec now = {0};

    (void)clock_gettime(id, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static struct stamp stamp(const struct load *load)
{
    return (struct stamp){
        .wall_us = clock_of(CLOCK_MONOTONIC),
        .server_us = clock_of(load->server),
        .client_us = clock_of(CLOCK_PROCESS_CPUTIME_ID),
    };
}

static int ask_next(struct load *load, struct client *client, struct error *err)
{
    struct slice request = buf_view(&load->requests.texts[load->next]);

    load->next = (load->next + 1) % load->requests.count;
    client->asked_us = clock_of(CLOCK_MONOTONIC);
    return link_ask(&client->link, request, err);
}

static bool has(struct slice text, const char *piece)
{
    return memmem(text.data, text.len, piece, strlen(piece)) != NULL;
}

static int check_answer(const struct link *link, struct error *err)
{
    if (link->status != 200 || !has(link->body, "\"allowed\":true") ||
        !has(link->body, "\"patch\":\"")) {
        return error_set(err, ERR_MALFORMED, "HTTP %d: %.*s", link->status,
                         (int)(link->body.len < 300 ? link->body.len : 300), link->body.data);
    }
    return 0;
}

static int take_answer(struct load *load, struct client *client, struct error *err)
{
    if (load->sample_count < MAX_SAMPLES) {
        load->samples[load->sample_count] =
            (uint32_t)(clock_of(CLOCK_MONOTONIC) - client->asked_us);
        load->sample_count++;
    }
    load->answered++;
    return check_answer(&client->link, err);
}

/* Everything that is ready now; each client that has its answer asks again. */
static int turn(struct load *load, struct error *err)
{
    for (size_t i = 0; i < load->count; i++) {
        load->polls[i].events = load->clients[i].link.events;
    }
    if (poll(load->polls, load->count, load->wait_ms) < 0) {
        return error_errno(err, "cannot wait");
    }
    for (size_t i = 0; i < load->count; i++) {
        struct client *client = &load->clients[i];
        if (load->polls[i].revents == 0) {
            continue;
        }
        if (link_step(&client->link, err) != 0) {
            return -1;
        }
        if (client->link.state == LINK_IDLE &&
            (take_answer(load, client, err) != 0 || ask_next(load, client, err) != 0)) {
            return -1;
        }
    }
    return 0;
}

static int open_all(struct load *load, struct error *err)
{
    for (size_t i = 0; i < load->count; i++) {
        struct link *link = &load->clients[i].link;
        load->polls[i] = (struct pollfd){.fd = -1};
        if (link_open(link, &load->address, load->context, err) != 0 ||
            link_settle(link, err) != 0) {
            return -1;
        }
        load->polls[i].fd = link->fd;
    }
    return 0;
}

static int by_size(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a;
    uint32_t right = *(const uint32_t *)b;
    return (left > right) - (left < right);
}

static uint32_t percentile(struct load *load, size_t percent)
{
    qsort(load->samples, load->sample_count, sizeof *load->samples, by_size);
    return load->sample_count == 0 ? 0 : load->samples[load->sample_count * percent / 100];
}

static int measure(struct load *load, size_t warm, int64_t ms, struct error *err)
{
    for (size_t i = 0; i < load->count; i++) {
        if (ask_next(load, &load->clients[i], err) != 0) {
            return -1;
        }
    }
    while (load->answered < warm) {
        if (turn(load, err) != 0) {
            return -1;
        }
    }
    load->answered = 0;
    load->sample_count = 0;
    struct stamp before = stamp(load);
    while (clock_of(CLOCK_MONOTONIC) < before.wall_us + ms * 1000) {
        if (turn(load, err) != 0) {
            return -1;
        }
    }
    struct stamp after = stamp(load);
    (void)printf("%zu %lld %lld %lld %u %u\n", load->answered,
                 (long long)(after.server_us - before.server_us),
                 (long long)(after.client_us - before.client_us),
                 (long long)(after.wall_us - before.wall_us), percentile(load, 50),
                 percentile(load, 99));
    return 0;
}

static int hold(struct load *load, struct error *err)
{
    char ignored = 0;

    for (size_t i = 0; i < load->count; i++) {
        struct client *client = &load->clients[i];
        if (ask_next(load, client, err) != 0 || link_settle(&client->link, err) != 0 ||
            check_answer(&client->link, err) != 0) {
            return -1;
        }
    }
    (void)printf("held\n");
    (void)fflush(stdout);
    while (read(STDIN_FILENO, &ignored, 1) > 0) {
    }
    return 0;
}

static int prepare(struct load *load, char **argv, struct error *err)
{
    load->count = strtoul(argv[3], NULL, 10);
    if (load->count == 0 || load->count > MAX_LINKS) {
        return error_set(err, ERR_MALFORMED, "how many connections are \"%s\"?", argv[3]);
    }
    load->context = link_context();
    load->clients = calloc(load->count, sizeof *load->clients);
    load->polls = calloc(load->count, sizeof *load->polls);
    load->samples = calloc(MAX_SAMPLES, sizeof *load->samples);
    if (load->context == NULL || load->clients == NULL || load->polls == NULL ||
        load->samples == NULL) {
        return error_set(err, ERR_NO_MEMORY, "no memory for the clients");
    }
    for (size_t i = 0; i < load->count; i++) {
        link_init(&load->clients[i].link);
    }
    return link_address(argv[1], &load->address, err);
}

static int run(struct load *load, int argc, char **argv, struct error *err)
{
    bool holds = strcmp(argv[4], "hold") == 0;
    bool awake = strcmp(argv[4], "awake") == 0;
    int first = holds ? FIRST_FILE_TO_HOLD : FIRST_FILE_TO_MEASURE;

    if (!holds && !awake && strcmp(argv[4], "asleep") != 0) {
        return error_set(err, ERR_MALFORMED, "\"%s\" is none of hold, awake and asleep", argv[4]);
    }
    if (argc <= first) {
        return error_set(err, ERR_MALFORMED, "no files");
    }
    load->wait_ms = awake ? 0 : -1;
    if (!holds && clock_getcpuclockid((pid_t)strtol(argv[5], NULL, 10), &load->server) != 0) {
        return error_set(err, ERR_SYSTEM, "there is no process %s", argv[5]);
    }
    if (requests_load(&load->requests, argv[2], argv + first, (size_t)(argc - first), err) != 0 ||
        open_all(load, err) != 0) {
        return -1;
    }
    return holds ? hold(load, err)
                 : measure(load, strtoul(argv[6], NULL, 10), strtol(argv[7], NULL, 10), err);
}

static void done(struct load *load)
{
    for (size_t i = 0; load->clients != NULL && i < load->count; i++) {
        link_done(&load->clients[i].link);
    }
    free(load->clients);
    free(load->polls);
    free(load->samples);
    requests_done(&load->requests);
    SSL_CTX_free(load->context);
}

int main(int argc, char **argv)
{
    struct load load = {0};
    struct error err = {0};

    if (argc <= FIRST_FILE_TO_HOLD) {
        (void)fprintf(stderr, "usage: bench_load ADDRESS PATH CONNECTIONS hold FILE...\n"
                              "       bench_load ADDRESS PATH CONNECTIONS awake|asleep PID WARM "
                              "MS FILE...\n");
        return 2;
    }
    (void)signal(SIGPIPE, SIG_IGN);
    int result = prepare(&load, argv, &err) == 0 ? run(&load, argc, argv, &err) : -1;
    done(&load);
    if (result != 0) {
        (void)fprintf(stderr, "bench_load: %s\n", err.text);
        return 1;
    }
    return 0;
}
