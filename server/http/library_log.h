/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What libmicrohttpd has to say. Most of it is about one broken connection and is
 * only counted: anybody who reaches the port can make it say so. What is about the
 * machine (no memory, no more files) is logged, one line a second at most: without
 * memory for its list of sockets, libmicrohttpd asks again and again, as fast as it can.
 */
#ifndef HTTP_LIBRARY_LOG_H
#define HTTP_LIBRARY_LOG_H

#include "lib/base/cleanup.h"

#include <stdarg.h>

/* For MHD_OPTION_EXTERNAL_LOGGER; cls is the struct service. */
void library_log(void *cls, const char *format, va_list arguments) PRINTF_LIKE(2, 0);

#endif
