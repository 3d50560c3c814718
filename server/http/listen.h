/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sockets that the server listens on, from the text of --listen and --ops.
 *
 * HOST:PORT, [HOST]:PORT for IPv6, :PORT for every address of both families. A port of 0 is
 * chosen by the system; listen_open() tells which it was.
 *
 * Ownership: the socket is the caller's.
 * Errors:    ERR_CONFIG for text that is no address, ERR_SYSTEM for one that is not to be had,
 *            ERR_NO_MEMORY.
 */
#ifndef HTTP_LISTEN_H
#define HTTP_LISTEN_H

#include "lib/base/error.h"

#include <sys/types.h>

enum { LISTEN_TEXT_SIZE = 96 };

/* `text` gets the numeric address and port, "[::1]:8443". The socket does not block. */
int listen_open(const char *address, int *out_fd, char text[static LISTEN_TEXT_SIZE],
                struct error *err) MUST_CHECK;

/* What tells this socket from another that gets its number; 0 where none is open. */
ino_t listen_inode(int fd);

/*
 * Close it if it is still that one. For a libmicrohttpd that could not start with it: it has closed
 * it then, or has not.
 */
void listen_close(int fd, ino_t inode);

#endif
