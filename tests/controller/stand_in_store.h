/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the stand-in has stored, and what a request makes of it. All under moments_mutex.
 */
#ifndef TESTS_CONTROLLER_STAND_IN_STORE_H
#define TESTS_CONTROLLER_STAND_IN_STORE_H

#include "lib/kube/client/api.h"

/* A change, as a watch is told of it. */
struct store_event {
    const char *plural;
    unsigned version;
    char *line; /* with its line feed */
    char *namespace;
    char *name;
    char *gateway; /* the label that pods are watched by; NULL: it has none */
};

/* An answer; the text is the caller's. */
struct store_reply {
    long code;
    char *text;
};

struct store_reply store_serve(const struct api_request *request);
struct store_reply store_status(long code);
void store_put(const char *plural, const char *json);
void store_drop(const char *plural, const char *namespace, const char *name);
void store_clear(void);
char *store_get(const char *plural, const char *namespace, const char *name);

/* Behind that one: the next change that a watch of this kind is told; NULL: none yet. */
const struct store_event *store_next(size_t *at, const struct api_request *request);

/* The first change that came after that version. */
size_t store_after(const char *version);

#endif
