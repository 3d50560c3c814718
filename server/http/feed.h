/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the configuration comes from: a file that is followed on disk (follow.h), or
 * whatever stands behind the server.
 *
 *   a file      has to be right at the start
 *   a backend   may have none at first: then nothing private is let in (admission.h), and
 *               rulesets_missing() says what is to be done
 *
 * A bad one, or one that is gone, leaves the one in use; it is logged and counted once.
 *
 * Ownership: borrows the service.
 * Threads:   one.
 */
#ifndef HTTP_FEED_H
#define HTTP_FEED_H

#include "server/admission/config_text.h"
#include "server/http/follow.h"
#include "server/http/service.h"

struct feed {
    struct service *service;
    struct follow file;
    char version[CONFIG_TEXT_VERSION]; /* of the backend's text that was looked at last */
    struct error told;                 /* why there is none, or the newest is not in use */
};

int feed_open(struct feed *feed, struct service *service, struct error *err) MUST_CHECK;

/* Take another configuration if there is one; with `reload`, read it whether it changed or not. */
void feed_look(struct feed *feed, bool reload);

#endif
