/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the stand-in's client and its requests are. Private to stand_in*.c.
 */
#ifndef TESTS_CONTROLLER_STAND_IN_PENDING_H
#define TESTS_CONTROLLER_STAND_IN_PENDING_H

#include "lib/kube/client/api.h"
#include "tests/controller/moments.h"

#include <stdatomic.h>
#include <sys/types.h>

/* Where memory fails it fails for podveil, not for what stands in for another machine. */
__attribute__((weak)) void memory_whole_begin(void);
__attribute__((weak)) void memory_whole_end(ssize_t count);

enum { PENDING_TEXT = 1024, PENDING_TOKEN = 8192 };

/* A request under way. */
struct pending {
    struct api_request request; /* its texts are these */
    struct resource resource;   /* of a raw path, that is the plural */
    char plural[PENDING_TEXT];
    char namespace[PENDING_TEXT];
    char name[PENDING_TEXT];
    char labels[PENDING_TEXT];
    char fields[PENDING_TEXT];
    char token[PENDING_TOKEN];
    char version[PENDING_TEXT];
    char uid[PENDING_TEXT];
    char what[PENDING_TEXT];
    char *body;
    struct api_hooks hooks;
    int64_t due_ms;
    int64_t deadline_ms;
    bool hangs;
    size_t at;         /* WATCH: the next change */
    bool follows;      /* WATCH: it has begun */
    bool cut;          /* WATCH: it is to end */
    const char *extra; /* WATCH: a line that is to be sent */
    struct pending *next;
};

struct api {
    pthread_t thread;
    bool quit;
    bool serves; /* one at this moment */
    struct pending *list;
    struct apiserver *server;
    _Atomic int64_t failures[API_FAILURES];
};

/* The one that runs; under moments_mutex. */
extern struct api *stand_in_running;

/* The client's thread; arg is its struct api. */
void *stand_in_run(void *arg);

static inline void quietly(void)
{
    if (memory_whole_begin != NULL) {
        memory_whole_begin();
    }
}

static inline void aloud(void)
{
    if (memory_whole_end != NULL) {
        memory_whole_end(0);
    }
}

static inline void lock(void)
{
    (void)pthread_mutex_lock(&moments_mutex);
}

static inline void unlock(void)
{
    (void)pthread_mutex_unlock(&moments_mutex);
}

static inline void tell_all(void)
{
    (void)pthread_cond_broadcast(&moments_changed);
}

#endif
