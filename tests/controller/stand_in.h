/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An API server in the test's own process, linked in place of lib/kube/client/api.c: for what
 * a real one cannot be made to show, at each single request, and for what has to be seen
 * thousands of times. Reflectors, caches and the reading of answers are podveil's own.
 *
 * Not a model of Kubernetes: objects are kept and merged as they come, an apply takes over
 * lists by the name of their items, a precondition that does not hold is a Conflict. What
 * the real one does is tried with the real one (tests/e2e), what comes over the wire with
 * tests/client.
 *
 * Threads: one carries all requests, as the client's. The functions below: the test's own.
 * Limits:  STAND_IN_EVENTS changes a process.
 */
#ifndef TESTS_CONTROLLER_STAND_IN_H
#define TESTS_CONTROLLER_STAND_IN_H

#include "lib/kube/client/api.h"

#include <time.h>

enum { STAND_IN_EVENTS = 65536 };

/* What becomes of a request. */
enum stand_in_way {
    STAND_IN_SERVES,
    STAND_IN_REPLIES, /* not served: that is the answer */
    STAND_IN_LOSES,   /* served, and the answer is lost */
    STAND_IN_FAILS,   /* not served, no answer */
    STAND_IN_HANGS,   /* not served, no answer before its deadline */
};

struct stand_in_reply {
    long code;
    const char *type; /* NULL: application/json */
    const char *text; /* stays */
};

/* Called before each request but a WATCH, in the client's thread. Must not assert. */
typedef enum stand_in_way stand_in_act(void *arg, const struct api_request *request,
                                       struct stand_in_reply *reply);

/* The client; the caller stops it. What was stored stays for the next one. */
struct api *stand_in_start(void);

/* NULL: every request is served. */
void stand_in_act_by(stand_in_act *act, void *arg);

/* One kind of request goes wrong. */
struct stand_in_fault {
    enum api_verb verb;
    const char *plural; /* NULL: any */
    unsigned times;     /* the first ones; 0: each */
    enum stand_in_way way;
    struct stand_in_reply reply;
    void (*before)(void); /* each; under the store's lock */
    unsigned met;         /* how many there were */
};

/* Its stand_in_act: `arg` is a struct stand_in_fault. */
enum stand_in_way stand_in_go_wrong(void *arg, const struct api_request *request,
                                    struct stand_in_reply *reply);

/* A Status, for a reply. */
struct stand_in_reply stand_in_status(long code);

/*
 * Wait until the client has nothing to do and so many threads sleep (moments.h) or wait for an
 * answer that hangs.
 */
void stand_in_quiet(size_t threads);

/* The clocks go on, and it is quiet again. */
void stand_in_pass(int64_t ms, size_t threads);

/* Its own clock, which no administrator of this machine sets; ahead of what it was by so much. */
time_t stand_in_time(void);
void stand_in_set_ahead(int64_t seconds);

/* Objects, as an administrator changes them. */
void stand_in_put(const char *plural, const char *json);
void stand_in_drop(const char *plural, const char *namespace, const char *name);
void stand_in_clear(void);

/* As it is stored; false where there is none. `out` is initialised here. */
bool stand_in_get(const char *plural, const char *namespace, const char *name, struct buf *out);

/* How many requests of that verb (and NULL: any resource) there were since stand_in_forget(). */
size_t stand_in_asked(enum api_verb verb, const char *plural);
void stand_in_forget(void);

/* To every watch of that resource: a line as it is, or its end. */
void stand_in_send(const char *plural, const char *line);
void stand_in_cut(const char *plural);

#endif
