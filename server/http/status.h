/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The page for people at / of the operator's port: what runs, with which
 * configuration, how long its certificate lasts, what it decided.
 *
 * Threads: any. The gauges are as the caller filled them.
 */
#ifndef HTTP_STATUS_H
#define HTTP_STATUS_H

#include "server/http/service.h"

/* HTML. Check `out` afterwards. */
void status_encode(struct service *service, const char *state, struct buf *out);

#endif
