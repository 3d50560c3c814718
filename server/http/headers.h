/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Are these the headers of one request, and where does it end?
 *
 * libmicrohttpd takes more than HTTP allows: two lengths, a length beside chunks, codings
 * that it does not know, blanks before a colon. Where sender and server may differ over
 * where a request ends, nothing behind it can be believed: it is refused at once, and
 * its connection closed.
 *
 * The library ends names and values at a NUL; nothing here can see what stood behind.
 *
 * Ownership: borrows from the library's connection, for as long as the request.
 * Threads:   the connection's own.
 */
#ifndef HTTP_HEADERS_H
#define HTTP_HEADERS_H

#include <microhttpd.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Those that may stand there once at most. */
enum header {
    HEADER_HOST,
    HEADER_LENGTH,
    HEADER_TRANSFER,
    HEADER_TYPE,
    HEADER_CODING,
    HEADER_EXPECT,
    HEADER_COUNT,
};

struct headers {
    const char *values[HEADER_COUNT]; /* NULL: not there */
    size_t size;                      /* of all, with the request line */
    uint64_t length;                  /* of the body; 0 where that is not said */
};

/* `version` as the library tells it. False: where the request ends cannot be said. */
bool headers_read(struct MHD_Connection *connection, const char *version, struct headers *out);

/* The media type without its parameters is application/json, and nothing was done to it. */
bool headers_are_json(const struct headers *headers);

/* The client waits for a word before it sends the body; nothing else can be expected here. */
bool headers_wait(const struct headers *headers);
bool headers_expect_other(const struct headers *headers);

#endif
