/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pods that run otherwise than they should: told as Events and numbers, never ended.
 *
 *   NotProtected  asks for a gateway (its label, an alias, its namespace) and lacks podveil's
 *                 parts: it was made while the webhook was not registered
 *   OldSettings   has parts of another configuration than the one in use
 *
 * The leader alone looks, each report_ms. Labelled pods are in the cache; those that only
 * their namespace or an alias makes private are asked for.
 *
 * Limits:  an Event a pod, reason and hour; REPORT_EVENTS a look, the rest in the next.
 * Threads: the loop's.
 */
#ifndef CONTROLLER_REPORT_H
#define CONTROLLER_REPORT_H

#include <stddef.h>

struct loop;

enum { REPORT_EVENTS = 50 };

struct told;
struct report {
    struct told *items; /* sorted */
    size_t count;
    size_t cap;
};

void report_look(struct report *report, struct loop *loop);
void report_done(struct report *report);

#endif
