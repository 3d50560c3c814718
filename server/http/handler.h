/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The access handler of the HTTPS side and its end, for libmicrohttpd.
 *
 * What is wrong with a request is seen at its headers and said after its body: an
 * answer before the body would close the connection under a client that is still
 * writing. Only a client that asks first (Expect: 100-continue) hears it at once.
 */
#ifndef HTTP_HANDLER_H
#define HTTP_HANDLER_H

#include <microhttpd.h>

#include <stddef.h>

/* cls is the struct service. */
enum MHD_Result handler_access(void *cls, struct MHD_Connection *connection, const char *url,
                               const char *method, const char *version, const char *upload_data,
                               size_t *upload_data_size, void **context);
void handler_completed(void *cls, struct MHD_Connection *connection, void **context,
                       enum MHD_RequestTerminationCode code);

#endif
