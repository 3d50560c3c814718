/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Asks an API server for what detect.h reads. It only reads: nothing is written, not even as a dry
 * run.
 *
 * Threads:  not the client's own. It waits.
 * Errors:   ERR_SYSTEM where there is no answer, where the API server refuses who we are, or the
 *           nodes or Services, without which there is no section; with the way out. What else may
 *           not be read is a note, and what is not there tells nothing.
 * Limits:   DETECT_ASK_MS a request, DETECT_ALL_MS all of them.
 */
#ifndef CLI_DETECT_ASK_H
#define CLI_DETECT_ASK_H

#include "lib/kube/client/api.h"
#include "server/cli/detect.h"

enum { DETECT_ASK_MS = 10000, DETECT_ALL_MS = 60000 };

int detect_ask(struct api *api, struct detected *found, struct error *err) MUST_CHECK;

#endif
