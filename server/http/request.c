/* SPDX-License-Identifier: Apache-2.0 */
#include "server/http/request.h"

#include "lib/base/clock.h"

struct request *request_new(struct service *service, struct MHD_Connection *connection)
{
    struct connection *owner = connections_of(connection);
    struct request *request = owner != NULL ? calloc(1, sizeof *request) : NULL;

    if (request != NULL) {
        request->service = service;
        request->connection = owner;
        (void)atomic_fetch_add(&service->requests, 1);
        connection_mark(owner, CONNECTION_ARRIVING, clock_ms());
    }
    return request;
}

void request_free(struct request *request)
{
    (void)atomic_fetch_sub(&request->service->requests, 1);
    if (request->waiter != NULL) {
        waiter_unref(request->waiter);
    }
    if (request->turn != NULL) {
        turns_leave(&request->service->turns, request->turn);
    }
    if (request->decided) {
        admission_done(&request->admission);
    }
    body_done(&request->body);
    free(request);
}
