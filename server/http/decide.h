/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A review whose body is here: judged, and answered at once where memory knows all
 * that it needs; else it waits for the writer, at most until its deadline.
 *
 * The library calls again after the wait, and then the answer is what the wait came
 * to. Nothing here waits by itself or touches the network or the disk.
 */
#ifndef HTTP_DECIDE_H
#define HTTP_DECIDE_H

#include "server/http/request.h"

enum MHD_Result decide_review(struct request *request, struct MHD_Connection *connection);

#endif
