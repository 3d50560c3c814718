/* SPDX-License-Identifier: Apache-2.0 */
/* A request for a review, printed as the API server would send it. */
#ifndef TESTS_VALIDATORS_REQUEST_H
#define TESTS_VALIDATORS_REQUEST_H

#include "lib/base/buf.h"

/* Both are what follows apiVersion, kind, name and namespace in the object: its metadata without
 * those as [0], all other members with a comma before them as [1]. old[0] NULL: a CREATE. */
struct request {
    const char *group;
    const char *kind;
    const char *resource;
    const char *namespace;
    const char *name;
    const char *user;
    const char *below; /* a subresource; NULL for none */
    const char *old[2];
    const char *object[2];
};

static inline void print_object(struct buf *text, const struct request *request,
                                const char *const what[2])
{
    const char *slash = request->group[0] == '\0' ? "" : "/";

    if (what[0] == NULL) {
        buf_text(text, "null");
        return;
    }
    buf_printf(text,
               "{\"apiVersion\":\"%s%sv1\",\"kind\":\"%s\",\"metadata\":{\"name\":\"%s\","
               "\"namespace\":\"%s\",%s}%s}",
               request->group, slash, request->kind, request->name, request->namespace, what[0],
               what[1]);
}

/* Into a buffer that this initialises. */
static inline void print_request(struct buf *text, const struct request *request)
{
    buf_init(text, 65536);
    buf_printf(text,
               "{\"apiVersion\":\"admission.k8s.io/v1\",\"kind\":\"AdmissionReview\",\"request\":"
               "{\"uid\":\"u\",\"kind\":{\"group\":\"%s\",\"version\":\"v1\",\"kind\":\"%s\"},"
               "\"resource\":{\"group\":\"%s\",\"version\":\"v1\",\"resource\":\"%s\"},"
               "\"subResource\":\"%s\",\"name\":\"%s\",\"namespace\":\"%s\",\"operation\":\"%s\","
               "\"userInfo\":{\"username\":\"%s\"},\"object\":",
               request->group, request->kind, request->group, request->resource,
               request->below == NULL ? "" : request->below, request->name, request->namespace,
               request->old[0] == NULL ? "CREATE" : "UPDATE", request->user);
    print_object(text, request, request->object);
    buf_text(text, ",\"oldObject\":");
    print_object(text, request, request->old);
    buf_text(text, "}}");
}

#define A_SERVICE .group = "", .kind = "Service", .resource = "services"
#define ENDPOINTS .group = "", .kind = "Endpoints", .resource = "endpoints"
#define A_SLICE .group = "discovery.k8s.io", .kind = "EndpointSlice", .resource = "endpointslices"

#endif
