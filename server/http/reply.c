/* SPDX-License-Identifier: Apache-2.0 */
#include "server/http/reply.h"

/* NULL on a connection without TLS, which tests make. */
static gnutls_session_t session_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);

    return info != NULL ? info->tls_session : NULL;
}

/* A response that owns `text`; NULL without memory. */
static struct MHD_Response *response_of(struct buf *text, const char *type)
{
    size_t len = text->len;
    char *data = buf_take(text);

    if (data == NULL) {
        return NULL;
    }
    struct MHD_Response *response =
        MHD_create_response_from_buffer(len, data, MHD_RESPMEM_MUST_FREE);
    if (response == NULL) {
        free(data);
        return NULL;
    }
    if (MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type) != MHD_YES) {
        MHD_destroy_response(response);
        return NULL;
    }
    return response;
}

static enum MHD_Result queue(struct request *request, struct MHD_Connection *connection,
                             unsigned status, struct MHD_Response *response, bool close)
{
    bool closing = close || atomic_load(&request->service->draining);

    if (closing &&
        MHD_add_response_header(response, MHD_HTTP_HEADER_CONNECTION, "close") != MHD_YES) {
        MHD_destroy_response(response);
        return MHD_NO;
    }
    gnutls_session_t session = session_of(connection);
    if (!request->corked && session != NULL) {
        request->corked = true;
        tls_cork(session);
    }
    enum MHD_Result result = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return result;
}

enum MHD_Result reply_send(struct request *request, struct MHD_Connection *connection,
                           unsigned status, const char *type, struct buf *text)
{
    struct MHD_Response *response = response_of(text, type);

    return response != NULL ? queue(request, connection, status, response, false) : MHD_NO;
}

enum MHD_Result reply_refuse(struct request *request, struct MHD_Connection *connection,
                             const struct refusal *refusal)
{
    struct buf text;

    metrics_add(&request->service->metrics, refusal->metric, 1);
    buf_init(&text, 1024);
    buf_printf(&text, "%s\n", refusal->text);
    struct MHD_Response *response = response_of(&text, REPLY_TEXT);
    buf_done(&text);
    if (response == NULL) {
        return MHD_NO;
    }
    if ((refusal->allow != NULL &&
         MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, refusal->allow) != MHD_YES) ||
        (refusal->retry &&
         MHD_add_response_header(response, MHD_HTTP_HEADER_RETRY_AFTER, "1") != MHD_YES)) {
        MHD_destroy_response(response);
        return MHD_NO;
    }
    return queue(request, connection, refusal->status, response, refusal->close);
}

void reply_completed(struct request *request, struct MHD_Connection *connection)
{
    if (request->corked) {
        request->corked = false;
        tls_uncork(session_of(connection), request->connection->fd);
    }
}
