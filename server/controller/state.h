/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of this folder share. Private to them.
 */
#ifndef CONTROLLER_STATE_H
#define CONTROLLER_STATE_H

#include "lib/kube/client/reflector.h"
#include "server/controller/certificates.h"
#include "server/controller/controller.h"

#define FIELD_MANAGER "podveil"
#define GUARDED_LABEL "podveil.io/guarded"

/* A resource that is watched in all namespaces. */
struct watched {
    struct cache *cache;
    struct reflector *reflector;
};

struct controller {
    struct apiserver *server; /* until the client has it */
    struct hub hub;
    struct certificates certificates;
    struct api *api;
    struct watched policies;
    struct watched namespaces;
    controller_say *say;
    void *arg;
};

extern const struct resource resource_policies;
extern const struct resource resource_namespaces;

#endif
