/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of this folder share. Private to them.
 */
#ifndef CONTROLLER_STATE_H
#define CONTROLLER_STATE_H

#include "lib/kube/client/reflector.h"
#include "server/admission/verdicts.h"
#include "server/controller/certificates.h"
#include "server/controller/compare.h"
#include "server/controller/config_map.h"
#include "server/controller/controller.h"
#include "server/controller/hub.h"
#include "server/controller/lease.h"
#include "server/controller/loop.h"

#include <stdatomic.h>

#define FIELD_MANAGER "podveil"

/* A resource that is watched in all namespaces. */
struct watching;
struct watched {
    const struct watching *how;
    struct cache *cache;
    struct reflector *reflector;
};

/* struct figures, as they are counted. */
struct counted {
    _Atomic int64_t restored;
    _Atomic int64_t not_restored;
    _Atomic int64_t conflicts;
    _Atomic int64_t removed;
    _Atomic int64_t unprotected;
    _Atomic int64_t old_settings;
    _Atomic int64_t differences;
};

struct controller {
    struct controller *self;  /* the store's `place` is const, what it writes to is not */
    struct apiserver *server; /* until the client has it */
    struct controller_times times;
    struct voice voice;
    const char *namespace; /* podveil's own */
    struct hub hub;
    struct certificates certificates;
    struct api *api;
    struct watched policies;
    struct watched namespaces;
    struct watched pods;
    struct watched nodes;
    struct config_map config_map;
    struct lease lease;
    struct loop loop;
    struct differences differences; /* under the hub's lock */
    struct verdicts verdicts;       /* of the policies that are in the cache, or were */
    struct counted figures;
};

extern const struct resource resource_policies;
extern const struct resource resource_namespaces;
extern const struct resource resource_pods;

/* How far this machine's clock is ahead of the API server's, to some seconds. */
int64_t controller_clock_ahead_s(const struct controller *controller);

/* reflector_kick() of every watch. */
void controller_kick(struct controller *controller);

void controller_tell(const struct controller *controller, bool warning, const char *what,
                     const char *detail);

#endif
