/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A review whose body is here: judged, and answered at once where memory knows all
 * that it needs. A long one waits for its turn to be judged (turns.h), and whichever
 * needs policies for the writer; both at most until its deadline.
 *
 * The library calls again after each wait, and then goes on with what the wait came
 * to. Nothing here waits by itself or touches the network or the disk.
 */
#ifndef HTTP_DECIDE_H
#define HTTP_DECIDE_H

#include "server/http/request.h"

enum MHD_Result decide_review(struct request *request, struct MHD_Connection *connection);

/* Judge a turn, in the thread of the turns; place is the struct service. */
void decide_turn(void *place, struct turn *turn);

#endif
