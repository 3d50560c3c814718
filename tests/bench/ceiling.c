/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The most that a webhook on libmicrohttpd can do here: it reads the body, looks at nothing and
 * gives one prepared answer. What podveil spends above it is podveil's own. An API server wants its
 * request's uid in the answer: an answer with HOLE in it is filled in, a request at a time.
 *
 *   bench_ceiling PORT CERTIFICATE KEY ANSWER
 *
 * Two threads that poll, GnuTLS, and one TLS record an answer: corked before the answer is queued,
 * uncorked when it is complete, then TCP_NODELAY, because libmicrohttpd leaves TCP_CORK set.
 */
#include "lib/base/file.h"
#include "lib/base/parse.h"

#include <gnutls/gnutls.h>
#include <microhttpd.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define HOLE "00000000-0000-0000-0000-000000000000"

enum {
    FILE_MAX = 1024 * 1024,
    POOL = 2,
    CONNECTION_LIMIT = 1024,
    CONNECTION_MEMORY = 32768,
    UID_LEN = sizeof HOLE - 1,
    BEGIN_MAX = 256, /* an API server's review has its uid in the first hundred bytes */
};

struct ceiling {
    struct buf certificate;
    struct buf key;
    struct buf answer;
    const char *hole; /* in the answer; NULL: it is the same for all */
    struct MHD_Response *response;
};

/* How a body that has a uid begins. */
struct begin {
    size_t len;
    char text[BEGIN_MAX];
};

static const char begun; /* its address marks a request whose headers were seen */

static void *begin_new(const struct ceiling *ceiling)
{
    return ceiling->hole == NULL ? (void *)(uintptr_t)&begun : calloc(1, sizeof(struct begin));
}

static void begin_free(void *context)
{
    if (context != (const void *)&begun) {
        free(context);
    }
}

static void begin_add(void *context, const char *data, size_t size)
{
    struct begin *begin = context;

    if (context == (const void *)&begun) {
        return;
    }
    size_t room = sizeof begin->text - begin->len;
    memcpy(begin->text + begin->len, data, size < room ? size : room);
    begin->len += size < room ? size : room;
}

/* The answer with the request's uid in its hole; the caller destroys it. NULL: there is no uid. */
static struct MHD_Response *fill_in(const struct ceiling *ceiling, const struct begin *begin)
{
    static const char key[] = "\"uid\":\"";
    const char *uid = memmem(begin->text, begin->len, key, sizeof key - 1);
    const char *end = begin->text + begin->len;

    if (uid == NULL || end - (uid + sizeof key - 1) < UID_LEN) {
        return NULL;
    }
    char *text = malloc(ceiling->answer.len);
    if (text == NULL) {
        return NULL;
    }
    memcpy(text, ceiling->answer.data, ceiling->answer.len);
    memcpy(text + (ceiling->hole - ceiling->answer.data), uid + sizeof key - 1, UID_LEN);
    struct MHD_Response *response =
        MHD_create_response_from_buffer(ceiling->answer.len, text, MHD_RESPMEM_MUST_FREE);
    if (response != NULL) {
        (void)MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, "application/json");
    }
    return response;
}

static enum MHD_Result answer(const struct ceiling *ceiling, struct MHD_Connection *connection,
                              const void *context)
{
    if (ceiling->hole == NULL) {
        return MHD_queue_response(connection, MHD_HTTP_OK, ceiling->response);
    }
    struct MHD_Response *response = fill_in(ceiling, context);
    if (response == NULL) {
        return MHD_NO;
    }
    enum MHD_Result queued = MHD_queue_response(connection, MHD_HTTP_OK, response);
    MHD_destroy_response(response);
    return queued;
}

/* NOLINTNEXTLINE(readability-function-size): the parameters are libmicrohttpd's */
static enum MHD_Result handle(void *cls, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *data,
                              size_t *size, void **context)
{
    const struct ceiling *ceiling = cls;

    (void)url;
    (void)method;
    (void)version;
    if (*context == NULL) {
        *context = begin_new(ceiling);
        return *context != NULL ? MHD_YES : MHD_NO;
    }
    if (*size > 0) {
        begin_add(*context, data, *size);
        *size = 0;
        return MHD_YES;
    }
    gnutls_record_cork(
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION)->tls_session);
    return answer(ceiling, connection, *context);
}

static void completed(void *cls, struct MHD_Connection *connection, void **context,
                      enum MHD_RequestTerminationCode code)
{
    const int yes = 1;
    gnutls_session_t session =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION)->tls_session;
    int fd = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;

    (void)cls;
    (void)code;
    begin_free(*context);
    *context = NULL;
    (void)gnutls_record_uncork(session, 0);
    if (gnutls_record_check_corked(session) > 0) {
        (void)shutdown(fd, SHUT_RDWR);
    }
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
}

static int load(struct ceiling *ceiling, char **argv, struct error *err)
{
    buf_init(&ceiling->certificate, FILE_MAX);
    buf_init(&ceiling->key, FILE_MAX);
    buf_init(&ceiling->answer, FILE_MAX);
    if (file_read(argv[2], &ceiling->certificate, err) != 0 ||
        file_read(argv[3], &ceiling->key, err) != 0 ||
        file_read(argv[4], &ceiling->answer, err) != 0) {
        return -1;
    }
    ceiling->hole = memmem(ceiling->answer.data, ceiling->answer.len, HOLE, UID_LEN);
    ceiling->response = MHD_create_response_from_buffer(ceiling->answer.len, ceiling->answer.data,
                                                        MHD_RESPMEM_PERSISTENT);
    if (ceiling->response == NULL ||
        MHD_add_response_header(ceiling->response, MHD_HTTP_HEADER_CONTENT_TYPE,
                                "application/json") != MHD_YES) {
        return error_set(err, ERR_NO_MEMORY, "no memory for the answer");
    }
    return 0;
}

static int serve(struct ceiling *ceiling, const char *port, struct error *err)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    uint64_t number = 0;
    sigset_t ends;
    int ended = 0;

    if (parse_uint(slice_of(port), UINT16_MAX, &number, err) != 0) {
        return -1;
    }
    address.sin_port = htons((uint16_t)number);
    (void)sigemptyset(&ends);
    (void)sigaddset(&ends, SIGINT);
    (void)sigaddset(&ends, SIGTERM);
    (void)sigprocmask(SIG_BLOCK, &ends, NULL);
    struct MHD_Daemon *daemon = MHD_start_daemon(
        MHD_USE_POLL_INTERNAL_THREAD | MHD_USE_TLS, 0, NULL, NULL, handle, ceiling,
        MHD_OPTION_SOCK_ADDR, &address, MHD_OPTION_THREAD_POOL_SIZE, (unsigned)POOL,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTION_LIMIT, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)CONNECTION_MEMORY, MHD_OPTION_HTTPS_MEM_CERT, buf_cstr(&ceiling->certificate),
        MHD_OPTION_HTTPS_MEM_KEY, buf_cstr(&ceiling->key), MHD_OPTION_NOTIFY_COMPLETED, completed,
        NULL, MHD_OPTION_END);
    if (daemon == NULL) {
        return error_set(err, ERR_SYSTEM, "libmicrohttpd does not serve");
    }
    (void)sigwait(&ends, &ended);
    MHD_stop_daemon(daemon);
    return 0;
}

int main(int argc, char **argv)
{
    struct ceiling ceiling = {0};
    struct error err = {0};

    if (argc != 5) {
        (void)fprintf(stderr, "usage: bench_ceiling PORT CERTIFICATE KEY ANSWER\n");
        return 2;
    }
    (void)signal(SIGPIPE, SIG_IGN);
    int result = load(&ceiling, argv, &err) == 0 ? serve(&ceiling, argv[1], &err) : -1;
    if (ceiling.response != NULL) {
        MHD_destroy_response(ceiling.response);
    }
    buf_done(&ceiling.answer);
    buf_done(&ceiling.key);
    buf_done(&ceiling.certificate);
    if (result != 0) {
        (void)fprintf(stderr, "bench_ceiling: %s\n", err.text);
        return 1;
    }
    return 0;
}
