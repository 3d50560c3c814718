/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The paths of the HTTPS side (spec.md 4).
 *
 * A path is text: what would end it as a C string (%00) is left as it was written, and so is no
 * path that is known.
 *
 * Threads: no shared state.
 */
#ifndef HTTP_ROUTES_H
#define HTTP_ROUTES_H

#include "server/admission/admission.h"

#include <microhttpd.h>

struct request;

struct route {
    const char *method;
    const char *path;
    bool with_gateway; /* a gateway's name follows the path */
    bool at_waypoint;  /* the namespace's label binds its objects to a waypoint */
    enum phase phase;
    enum MHD_Result (*answer)(struct request *request, struct MHD_Connection *connection);
};

/* The route of a path, or NULL. `gateway` gets what follows, or "". */
const struct route *routes_find(const char *path, char gateway[static NAME_MAX_LEN + 1]);

/* For MHD_OPTION_UNESCAPE_CALLBACK. */
size_t routes_unescape(void *cls, struct MHD_Connection *connection, char *text);

#endif
