/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A service as server.c makes it, with nothing started, for tests of its parts. It
 * logs to nowhere.
 *
 * Ownership: the options are borrowed.
 */
#ifndef TESTS_TORTURE_SITE_H
#define TESTS_TORTURE_SITE_H

#include "server/http/service.h"

void site_init(struct service *service, const struct server_options *options);
void site_done(struct service *service);

#endif
