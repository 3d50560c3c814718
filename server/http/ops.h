/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plain HTTP for the operator, on a port of its own, so that a kubelet needs no
 * certificate and a full HTTPS side cannot make a healthy server look dead.
 *
 *   /healthz  200 while the process serves at all
 *   /readyz   200, or 503 with what is missing; the first to fail on the way down
 *   /metrics  OpenMetrics
 *   /         a page for people
 *
 * Nothing here changes anything or tells what a review said.
 *
 * Threads: one of its own.
 * Limits:  OPS_CONNECTIONS, OPS_CONNECTIONS_PER_IP, OPS_REQUEST_MS; no bodies.
 */
#ifndef HTTP_OPS_H
#define HTTP_OPS_H

#include "server/http/service.h"

enum {
    OPS_CONNECTIONS = 64,
    OPS_CONNECTIONS_PER_IP = 16, /* so that one pod cannot keep the kubelet out */
    OPS_REQUEST_MS = 5000,
    OPS_IDLE_S = 30,
    OPS_WHY = 640,
};

/* Serve on fd, which the daemon owns from now on if it starts. */
int ops_start(struct service *service, int fd, struct MHD_Daemon **out,
              struct error *err) MUST_CHECK;

/* Is the server ready? If not, `why` says what is missing. For /readyz. */
bool ops_is_ready(struct service *service, int64_t now, char why[static OPS_WHY]);

#endif
