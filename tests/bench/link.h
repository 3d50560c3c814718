/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A client's kept TLS connection to a server on this machine: one request at a time, never
 * waiting by itself.
 *
 * For measuring: it spends little, checks no certificate and reads no more of HTTP than the code
 * and the length. Not for a server that answers in chunks, and not for a network.
 *
 * Ownership: a link owns its socket and session until link_done(); the request is borrowed until
 *            the answer is there.
 * Threads:   one owner at a time.
 * Errors:    ERR_SYSTEM where the server is not there or ends the connection, ERR_MALFORMED for an
 *            answer that cannot be read.
 * Limits:    LINK_MAX_ANSWER bytes.
 */
#ifndef TESTS_BENCH_LINK_H
#define TESTS_BENCH_LINK_H

#include "lib/base/error.h"
#include "lib/base/slice.h"

#include <openssl/ssl.h>

#include <netinet/in.h>
#include <stdint.h>

enum { LINK_MAX_ANSWER = 64 * 1024 };

enum link_state {
    LINK_HANDSHAKE,
    LINK_IDLE, /* ready for link_ask(); after an answer, status and body are its */
    LINK_SENDING,
    LINK_RECEIVING,
};

struct link {
    int fd;
    SSL *tls;
    enum link_state state;
    short events; /* what to poll for */
    struct slice request;
    size_t sent;
    char *answer;
    size_t have;
    size_t head;   /* bytes of the answer's head; 0 as long as it is not here */
    size_t length; /* of head and body */
    int status;
    struct slice body;
};

/* "127.0.0.1:8443" */
int link_address(const char *text, struct sockaddr_in *out, struct error *err) MUST_CHECK;

/*
 * As a client that trusts anybody; NULL without memory. TLS 1.3 with AES-128-GCM: what an API
 * server comes to with any of the servers, which left to themselves would not all choose the same.
 */
SSL_CTX *link_context(void);

/* A struct that link_done() may be called on. */
void link_init(struct link *link);
void link_done(struct link *link);

/* Connected; the handshake follows in link_step(). */
int link_open(struct link *link, const struct sockaddr_in *address, SSL_CTX *context,
              struct error *err) MUST_CHECK;

/* Send a request on an idle link: as far as it goes now, the rest in link_step(). */
int link_ask(struct link *link, struct slice request, struct error *err) MUST_CHECK;

/* Go on as far as it goes without waiting. */
int link_step(struct link *link, struct error *err) MUST_CHECK;

/* link_step() until the link is idle. */
int link_settle(struct link *link, struct error *err) MUST_CHECK;

#endif
