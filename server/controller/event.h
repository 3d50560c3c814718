/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An Event (core/v1): what `kubectl describe` shows of an object. Always a warning.
 *
 * Sent and forgotten: nobody waits, a failure is a line in the log.
 *
 * Threads: any.
 * Limits:  EVENT_MESSAGE of the message, as the API server has it.
 */
#ifndef CONTROLLER_EVENT_H
#define CONTROLLER_EVENT_H

#include "lib/base/slice.h"

struct controller;

enum { EVENT_MESSAGE = 1024 };

struct event {
    const char *api_version; /* of the object that it is about */
    const char *kind;
    struct slice namespace;
    struct slice object;
    struct slice uid;
    const char *reason; /* in CamelCase */
    const char *message;

    /* {NULL, 0}: a new one each time. Else one Event of that name is made, and if it is there
     * already that is fine. */
    struct slice name;
};

void event_send(struct controller *controller, const struct event *event);

#endif
