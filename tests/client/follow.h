/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Watch caches for client_ask: what changes in them is printed as it does.
 *
 *   {"verb":"follow", "resource":..., "labels":..., "limit":...}   prints its changes under its id
 *   "quiet":true   tells only when it is synced, and keeps little of each object
 *   {"verb":"state", "of":ID}                                      prints how that cache stands
 */
#ifndef TESTS_CLIENT_FOLLOW_H
#define TESTS_CLIENT_FOLLOW_H

#include "lib/kube/build.h"
#include "lib/kube/client/reflector.h"

struct follower;

/* JSON on a line of standard output, by one call, since two threads print. */
void print_line(const struct build *line);

/* Is the request one of those above? Then it is done. */
bool followers_serve(struct api *api, struct value request);
struct follower *followers_find(struct value id);
void followers_done(void);

/* Tell the cache what a write brought; NULL: there is none. */
void follower_wrote(struct follower *follower, bool deleted, struct value object);

#endif
