/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers on their way to the library: headers, corking, `Connection: close` on
 * the way down.
 *
 * Call it in the connection's own thread, from the access handler, only.
 */
#ifndef HTTP_REPLY_H
#define HTTP_REPLY_H

#include "server/http/request.h"

#define REPLY_JSON "application/json"
#define REPLY_TEXT "text/plain; charset=utf-8"

/* An answer whose body is `text`, which is taken and left empty. */
enum MHD_Result reply_send(struct request *request, struct MHD_Connection *connection,
                           unsigned status, const char *type, struct buf *text);

enum MHD_Result reply_refuse(struct request *request, struct MHD_Connection *connection,
                             const struct refusal *refusal);

/* The answer is out, or never will be: what corking needs. */
void reply_completed(struct request *request, struct MHD_Connection *connection);

#endif
