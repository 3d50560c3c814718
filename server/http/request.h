/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One request of the HTTPS side, from its headers to its answer.
 *
 * Ownership: request_new() gives it to the library's connection context, the completed callback
 *            frees it: while a review waits it is not freed, whoever left.
 * Threads:   the connection's own thread.
 */
#ifndef HTTP_REQUEST_H
#define HTTP_REQUEST_H

#include "server/admission/admission.h"
#include "server/http/routes.h"
#include "server/http/service.h"

/* Why a request is not read as a review. */
struct refusal {
    unsigned status;
    enum metric metric;
    const char *allow; /* of 405, else NULL */
    bool retry;        /* tell the client to come again */
    bool close;        /* say it at the headers; the connection ends with it */
    const char *text;
};

struct request {
    struct service *service;
    struct connection *connection;
    const struct route *route;
    char gateway[NAME_MAX_LEN + 1]; /* of the path, or "" */
    const struct refusal *refusal;  /* NULL: none so far */
    struct body body;
    bool decided;
    struct admission admission;
    struct waiter *waiter;          /* while it waits, and until the wait is looked at */
    size_t waits_for[WAITER_PARTS]; /* which of its policies */
    size_t waits_count;
    struct turn *turn;               /* while it waits for that */
    char uid[ADMISSION_UID_MAX + 3]; /* of one that waits for a turn, or "": not seen yet */
    bool corked;
    int64_t deadline_ms;
    int64_t complete_us; /* when its last byte was here */
};

/* NULL without memory, now or when the connection came. */
struct request *request_new(struct service *service, struct MHD_Connection *connection);
void request_free(struct request *request);
DEFINE_AUTO(request, struct request, request_free);

#endif
