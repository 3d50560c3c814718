/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/bench/link.h"

#include "lib/base/parse.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

int link_address(const char *text, struct sockaddr_in *out, struct error *err)
{
    char host[INET_ADDRSTRLEN] = "";
    const char *colon = strrchr(text, ':');
    uint64_t port = 0;

    if (colon == NULL || (size_t)(colon - text) >= sizeof host) {
        return error_set(err, ERR_MALFORMED, "\"%s\" is no address", text);
    }
    memcpy(host, text, (size_t)(colon - text));
    if (parse_uint(slice_of(colon + 1), UINT16_MAX, &port, err) != 0) {
        return -1;
    }
    *out = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    if (inet_pton(AF_INET, host, &out->sin_addr) != 1) {
        return error_set(err, ERR_MALFORMED, "\"%s\" is no address", host);
    }
    return 0;
}

SSL_CTX *link_context(void)
{
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());

    if (context != NULL) {
        SSL_CTX_set_verify(context, SSL_VERIFY_NONE, NULL);
        (void)SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE);
        if (SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) != 1 ||
            SSL_CTX_set_ciphersuites(context, "TLS_AES_128_GCM_SHA256") != 1) {
            SSL_CTX_free(context);
            return NULL;
        }
    }
    return context;
}

void link_init(struct link *link)
{
    *link = (struct link){.fd = -1};
}

void link_done(struct link *link)
{
    SSL_free(link->tls);
    if (link->fd >= 0) {
        (void)close(link->fd);
    }
    free(link->answer);
    link_init(link);
}

int link_open(struct link *link, const struct sockaddr_in *address, SSL_CTX *context,
              struct error *err)
{
    const int yes = 1;

    link->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (link->fd < 0 || connect(link->fd, (const struct sockaddr *)address, sizeof *address) != 0 ||
        setsockopt(link->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes) != 0 ||
        fcntl(link->fd, F_SETFL, O_NONBLOCK) != 0) {
        return error_errno(err, "cannot connect");
    }
    link->answer = calloc(1, LINK_MAX_ANSWER);
    link->tls = SSL_new(context);
    if (link->answer == NULL || link->tls == NULL || SSL_set_fd(link->tls, link->fd) != 1) {
        return error_set(err, ERR_NO_MEMORY, "no memory for a connection");
    }
    SSL_set_connect_state(link->tls);
    link->state = LINK_HANDSHAKE;
    return link_step(link, err);
}

/* What a call of OpenSSL's that gave `result` wants: 0 to wait for link->events, -1 for the end. */
static int wait_for(struct link *link, int result, struct error *err)
{
    int why = SSL_get_error(link->tls, result);

    if (why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE) {
        link->events = why == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT;
        return 0;
    }
    return error_set(err, ERR_SYSTEM, "the server ended the connection (TLS error %d)", why);
}

static int shake_hands(struct link *link, struct error *err)
{
    int result = SSL_do_handshake(link->tls);

    if (result != 1) {
        return wait_for(link, result, err);
    }
    link->state = LINK_IDLE;
    link->events = POLLIN;
    return 0;
}

static int send_more(struct link *link, struct error *err)
{
    while (link->sent < link->request.len) {
        size_t done = 0;
        int result = SSL_write_ex(link->tls, link->request.data + link->sent,
                                  link->request.len - link->sent, &done);
        if (result != 1) {
            return wait_for(link, result, err);
        }
        link->sent += done;
    }
    link->state = LINK_RECEIVING;
    link->events = POLLIN;
    return 0;
}

/* The value of a header in a head that ends with a NUL, or NULL. */
static const char *header(const char *head, const char *name)
{
    size_t len = strlen(name);

    for (const char *line = strstr(head, "\r\n"); line != NULL; line = strstr(line + 2, "\r\n")) {
        if (strncasecmp(line + 2, name, len) == 0 && line[2 + len] == ':') {
            return line + 2 + len + 1;
        }
    }
    return NULL;
}

static int read_head(struct link *link, struct error *err)
{
    static const char end[] = "\r\n\r\n";
    char *found = memmem(link->answer, link->have, end, sizeof end - 1);

    if (found == NULL) {
        return 0;
    }
    found[2] = '\0';
    link->head = (size_t)(found - link->answer) + sizeof end - 1;
    const char *length = header(link->answer, "content-length");
    if (strncmp(link->answer, "HTTP/1.1 ", 9) != 0 || length == NULL) {
        return error_set(err, ERR_MALFORMED, "no answer of a known length");
    }
    link->status = (int)strtol(link->answer + 9, NULL, 10);
    link->length = link->head + strtoul(length, NULL, 10);
    if (link->length > LINK_MAX_ANSWER) {
        return error_set(err, ERR_TOO_LARGE, "an answer of %zu bytes", link->length);
    }
    return 0;
}

static int receive_more(struct link *link, struct error *err)
{
    for (;;) {
        size_t done = 0;
        int result =
            SSL_read_ex(link->tls, link->answer + link->have, LINK_MAX_ANSWER - link->have, &done);
        if (result != 1) {
            return wait_for(link, result, err);
        }
        link->have += done;
        if (link->head == 0 && read_head(link, err) != 0) {
            return -1;
        }
        if (link->head > 0 && link->have >= link->length) {
            link->body = (struct slice){link->answer + link->head, link->length - link->head};
            link->state = LINK_IDLE;
            return 0;
        }
    }
}

int link_ask(struct link *link, struct slice request, struct error *err)
{
    link->request = request;
    link->sent = 0;
    link->have = 0;
    link->head = 0;
    link->state = LINK_SENDING;
    return link_step(link, err);
}

int link_step(struct link *link, struct error *err)
{
    switch (link->state) {
    case LINK_HANDSHAKE:
        return shake_hands(link, err);
    case LINK_IDLE:
        return 0;
    case LINK_SENDING:
        return send_more(link, err);
    case LINK_RECEIVING:
        return receive_more(link, err);
    }
    return 0;
}

int link_settle(struct link *link, struct error *err)
{
    while (link->state != LINK_IDLE) {
        struct pollfd poll_fd = {.fd = link->fd, .events = link->events};
        if (poll(&poll_fd, 1, -1) < 0) {
            return error_errno(err, "cannot wait");
        }
        if (link_step(link, err) != 0) {
            return -1;
        }
    }
    return 0;
}
