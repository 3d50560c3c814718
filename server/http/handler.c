/* SPDX-License-Identifier: Apache-2.0 */
#include "server/http/handler.h"

#include "lib/base/clock.h"
#include "server/http/headers.h"
#include "server/http/reply.h"
#include "server/http/timeout.h"

/* Where this request ends, and so what follows, nobody can say. */
static const struct refusal no_framing = {
    .status = MHD_HTTP_BAD_REQUEST,
    .metric = METRIC_REFUSED_400,
    .close = true,
    .text = "the headers are not those of one HTTP request: a name or a value that is none, "
            "one twice that may stand there once, or no single end of the body",
};

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

static const struct refusal no_length = {
    .status = MHD_HTTP_LENGTH_REQUIRED,
    .metric = METRIC_REFUSED_411,
    .close = true,
    .text = "an AdmissionReview has a body, with its Content-Length or in chunks",
};

static const struct refusal wrong_type = {
    .status = MHD_HTTP_UNSUPPORTED_MEDIA_TYPE,
    .metric = METRIC_REFUSED_415,
    .text = "an AdmissionReview is sent as application/json, not compressed",
};

static const struct refusal wrong_expectation = {
    .status = MHD_HTTP_EXPECTATION_FAILED,
    .metric = METRIC_REFUSED_417,
    .text = "nothing can be expected here but 100-continue",
};

static const struct refusal wrong_timeout = {
    .status = MHD_HTTP_BAD_REQUEST,
    .metric = METRIC_REFUSED_400,
    .text = "?timeout= is one duration, as 10s, 1m30s or 500ms",
};

static const struct refusal too_large = {
    .status = MHD_HTTP_CONTENT_TOO_LARGE,
    .metric = METRIC_REFUSED_413,
    .text = "the body is larger than 8 MiB",
};

/* More than anybody should send to be refused. */
static const struct refusal far_too_large = {
    .status = MHD_HTTP_CONTENT_TOO_LARGE,
    .metric = METRIC_REFUSED_413,
    .close = true,
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
    .close = true,
    .text = "too many connections; try again",
};

static const struct refusal no_memory = {
    .status = MHD_HTTP_SERVICE_UNAVAILABLE,
    .metric = METRIC_REFUSED_MEMORY,
    .retry = true,
    .text = "too much is being read at once; try again",
};

/* The headers as they are; what the request is about comes after. */
static const struct refusal *refuse_headers(const struct headers *headers, bool framed)
{
    if (!framed) {
        return &no_framing;
    }
    if (headers->length > BUDGET_MAX) {
        return &far_too_large;
    }
    if (headers->size > SERVICE_MAX_HEADERS) {
        return &too_many_headers;
    }
    return headers_expect_other(headers) ? &wrong_expectation : NULL;
}

static const struct refusal *refuse_request(const struct request *request,
                                            const struct headers *headers, const char *method)
{
    if (request->route == NULL) {
        return &unknown_path;
    }
    if (strcmp(method, request->route->method) != 0) {
        return &wrong_method;
    }
    if (headers->values[HEADER_LENGTH] == NULL && headers->values[HEADER_TRANSFER] == NULL) {
        return &no_length;
    }
    if (!headers_are_json(headers)) {
        return &wrong_type;
    }
    return headers->length > BODY_MAX ? &too_large : NULL;
}

/* What the query says of the time that there is. */
struct asked {
    const char *timeout;
    size_t count;
};

static enum MHD_Result find_timeout(void *cls, enum MHD_ValueKind kind, const char *name,
                                    const char *value)
{
    struct asked *asked = cls;

    (void)kind;
    if (strcmp(name, "timeout") == 0) {
        asked->timeout = value;
        asked->count++;
    }
    return MHD_YES;
}

/* Until when; false where that is said, but not clearly. */
static bool read_deadline(struct MHD_Connection *connection, int64_t *deadline_ms)
{
    struct asked asked = {0};
    uint64_t ms = SERVICE_DEADLINE_MS;

    (void)MHD_get_connection_values(connection, MHD_GET_ARGUMENT_KIND, find_timeout, &asked);
    if (asked.count > 0 && (asked.count > 1 || asked.timeout == NULL ||
                            !timeout_parse(slice_of(asked.timeout), &ms))) {
        return false;
    }
    ms = ms < SERVICE_MAX_DEADLINE_MS ? ms : SERVICE_MAX_DEADLINE_MS;
    *deadline_ms = clock_ms() + (int64_t)ms - SERVICE_MARGIN_MS;
    return true;
}

/* The headers are here. A refusal that closes the connection, or is waited for, is said now. */
static enum MHD_Result begin(struct request *request, struct MHD_Connection *connection,
                             const char *url, const char *method, const char *version)
{
    struct headers headers;
    bool framed = headers_read(connection, version, &headers);

    request->route = routes_find(url, request->gateway);
    request->refusal =
        request->connection->shed ? &too_many_connections : refuse_headers(&headers, framed);
    if (request->refusal == NULL) {
        request->refusal = refuse_request(request, &headers, method);
    }
    if (request->refusal == NULL && !read_deadline(connection, &request->deadline_ms)) {
        request->refusal = &wrong_timeout;
    }
    if (request->refusal == NULL) {
        body_init(&request->body, &request->service->budget, (size_t)headers.length);
        return MHD_YES;
    }
    if (request->refusal->close || headers_wait(&headers)) {
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

    if (request == NULL) {
        request = request_new(cls, connection);
        *context = request;
        return request != NULL ? begin(request, connection, url, method, version) : MHD_NO;
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
