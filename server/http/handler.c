/* SPDX-License-Identifier: Apache-2.0 */
#include "server/http/handler.h"

#include "lib/base/parse.h"
#include "server/http/clock.h"
#include "server/http/reply.h"

#include <strings.h>

static const struct refusal unknown_path = {
    .status = MHD_HTTP_NOT_FOUND,
    .metric = METRIC_REFUSED_404,
    .text = "no such path; there are /mutate, /validate, /mutate/namespace/<gateway> and "
            "/validate/namespace/<gateway>",
};

static const struct refusal wrong_method = {
    .status = MHD_HTTP_METHOD_NOT_ALLOWED,
    .metric = METRIC_REFUSED_405,
    .allow = "POST",
    .text = "an AdmissionReview is sent by POST",
};

static const struct refusal wrong_type = {
    .status = MHD_HTTP_UNSUPPORTED_MEDIA_TYPE,
    .metric = METRIC_REFUSED_415,
    .text = "an AdmissionReview is sent as application/json",
};

static const struct refusal too_large = {
    .status = MHD_HTTP_CONTENT_TOO_LARGE,
    .metric = METRIC_REFUSED_413,
    .text = "the body is larger than 8 MiB",
};

static const struct refusal too_many_headers = {
    .status = MHD_HTTP_REQUEST_HEADER_FIELDS_TOO_LARGE,
    .metric = METRIC_REFUSED_431,
    .text = "the headers are larger than 16 KiB",
};

static const struct refusal too_many_connections = {
    .status = MHD_HTTP_SERVICE_UNAVAILABLE,
    .metric = METRIC_REFUSED_CONNECTIONS,
    .retry = true,
    .text = "too many connections; try again",
};

static const struct refusal no_memory = {
    .status = MHD_HTTP_SERVICE_UNAVAILABLE,
    .metric = METRIC_REFUSED_MEMORY,
    .retry = true,
    .text = "too much is being read at once; try again",
};

static const char *header(struct MHD_Connection *connection, const char *name)
{
    const char *value = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);

    return value != NULL ? value : "";
}

/* The media type, whatever its parameters. */
static bool is_json(const char *type)
{
    size_t len = strcspn(type, "; \t");

    return len == strlen("application/json") && strncasecmp(type, "application/json", len) == 0;
}

/* The announced length; 0 where none is, more than BODY_MAX where it is no number of bytes. */
static uint64_t length_of(struct MHD_Connection *connection)
{
    const char *text = header(connection, MHD_HTTP_HEADER_CONTENT_LENGTH);
    struct error ignored = {0};
    uint64_t length = 0;

    if (text[0] != '\0' && parse_uint(slice_of(text), BODY_MAX, &length, &ignored) != 0) {
        return (uint64_t)BODY_MAX + 1;
    }
    return length;
}

static size_t header_size(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);

    return info != NULL ? info->header_size : SIZE_MAX;
}

static const struct refusal *find_refusal(const struct request *request,
                                          struct MHD_Connection *connection, const char *method)
{
    if (request->connection->shed) {
        return &too_many_connections;
    }
    if (header_size(connection) > SERVICE_MAX_HEADERS) {
        return &too_many_headers;
    }
    if (request->route == NULL) {
        return &unknown_path;
    }
    if (strcmp(method, request->route->method) != 0) {
        return &wrong_method;
    }
    if (!is_json(header(connection, MHD_HTTP_HEADER_CONTENT_TYPE))) {
        return &wrong_type;
    }
    if (length_of(connection) > BODY_MAX) {
        return &too_large;
    }
    return NULL;
}

/* ?timeout=10s, as the API server says how long it will wait. */
static int64_t deadline_of(struct MHD_Connection *connection)
{
    const char *text = MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "timeout");
    struct error ignored = {0};
    uint64_t ms = SERVICE_DEADLINE_MS;

    if (text != NULL && parse_duration_ms(slice_of(text), &ms, &ignored) != 0) {
        ms = SERVICE_DEADLINE_MS;
    }
    ms = ms < SERVICE_MAX_DEADLINE_MS ? ms : SERVICE_MAX_DEADLINE_MS;
    return clock_ms() + (int64_t)ms - SERVICE_MARGIN_MS;
}

/* The headers are here. */
static enum MHD_Result begin(struct service *service, struct MHD_Connection *connection,
                             const char *url, const char *method, void **context)
{
    struct connection *owner = connections_of(connection);
    struct request *request = owner != NULL ? request_new(service, owner) : NULL;

    if (request == NULL) {
        return MHD_NO;
    }
    *context = request;
    request->route = routes_find(url, request->gateway);
    request->deadline_ms = deadline_of(connection);
    request->refusal = find_refusal(request, connection, method);
    if (request->refusal == NULL) {
        body_init(&request->body, &service->budget, (size_t)length_of(connection));
    } else if (header(connection, MHD_HTTP_HEADER_EXPECT)[0] != '\0') {
        return reply_refuse(request, connection, request->refusal);
    }
    return MHD_YES;
}

/* Some of the body is here. What will be refused anyway is read and dropped. */
static void collect(struct request *request, const char *data, size_t size)
{
    if (request->refusal != NULL) {
        return;
    }
    switch (body_add(&request->body, data, size)) {
    case BODY_FINE:
        break;
    case BODY_TOO_LARGE:
        request->refusal = &too_large;
        break;
    case BODY_NO_ROOM:
        request->refusal = &no_memory;
        break;
    }
}

/* NOLINTNEXTLINE(readability-function-size): the parameters are libmicrohttpd's */
enum MHD_Result handler_access(void *cls, struct MHD_Connection *connection, const char *url,
                               const char *method, const char *version, const char *upload_data,
                               size_t *upload_data_size, void **context)
{
    struct request *request = *context;

    (void)version;
    if (request == NULL) {
        return begin(cls, connection, url, method, context);
    }
    if (*upload_data_size > 0) {
        collect(request, upload_data, *upload_data_size);
        *upload_data_size = 0;
        return MHD_YES;
    }
    connection_mark(request->connection, CONNECTION_BUSY, clock_ms());
    if (request->refusal != NULL) {
        return reply_refuse(request, connection, request->refusal);
    }
    return request->route->answer(request, connection);
}

void handler_completed(void *cls, struct MHD_Connection *connection, void **context,
                       enum MHD_RequestTerminationCode code)
{
    struct request *request = *context;

    (void)cls;
    (void)code;
    *context = NULL;
    if (request == NULL) {
        return;
    }
    reply_completed(request, connection);
    connection_mark(request->connection, CONNECTION_IDLE, clock_ms());
    request_free(request);
}
