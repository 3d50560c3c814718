/* SPDX-License-Identifier: Apache-2.0 */
#include "server/http/headers.h"

#include "lib/base/parse.h"

#include <strings.h>

static const char *const names[HEADER_COUNT] = {
    [HEADER_HOST] = MHD_HTTP_HEADER_HOST,
    [HEADER_LENGTH] = MHD_HTTP_HEADER_CONTENT_LENGTH,
    [HEADER_TRANSFER] = MHD_HTTP_HEADER_TRANSFER_ENCODING,
    [HEADER_TYPE] = MHD_HTTP_HEADER_CONTENT_TYPE,
    [HEADER_CODING] = MHD_HTTP_HEADER_CONTENT_ENCODING,
    [HEADER_EXPECT] = MHD_HTTP_HEADER_EXPECT,
};

struct reading {
    struct headers *headers;
    bool broken;
};

/* RFC 9110 5.6.2 */
static bool is_token(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        bool fine = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                    (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
        if (!fine) {
            return false;
        }
    }
    return len > 0;
}

static bool has_control(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        if ((c < ' ' && c != '\t') || c == 0x7f) {
            return true;
        }
    }
    return false;
}

/* NOLINTNEXTLINE(readability-function-size): the parameters are libmicrohttpd's */
static enum MHD_Result note(void *cls, enum MHD_ValueKind kind, const char *name, size_t name_len,
                            const char *value, size_t value_len)
{
    struct reading *reading = cls;

    (void)kind;
    if (!is_token(name, name_len) || has_control(value, value_len)) {
        reading->broken = true;
    }
    for (size_t i = 0; i < HEADER_COUNT; i++) {
        if (strcasecmp(name, names[i]) == 0) {
            reading->broken = reading->broken || reading->headers->values[i] != NULL;
            reading->headers->values[i] = value;
        }
    }
    return MHD_YES;
}

/* A body is so many bytes or it is in chunks (RFC 9112 6.3), and HTTP/1.0 has no chunks. */
static bool has_one_end(struct headers *headers, const char *version)
{
    const char *length = headers->values[HEADER_LENGTH];
    const char *transfer = headers->values[HEADER_TRANSFER];
    struct error ignored = {0};

    if (transfer != NULL) {
        return length == NULL && strcasecmp(transfer, "chunked") == 0 &&
               strcmp(version, MHD_HTTP_VERSION_1_0) != 0;
    }
    return length == NULL ||
           parse_uint(slice_of(length), UINT64_MAX, &headers->length, &ignored) == 0;
}

bool headers_read(struct MHD_Connection *connection, const char *version, struct headers *out)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    struct reading reading = {.headers = out};

    *out = (struct headers){.size = info != NULL ? info->header_size : SIZE_MAX};
    (void)MHD_get_connection_values_n(connection, MHD_HEADER_KIND, note, &reading);
    return has_one_end(out, version) && !reading.broken;
}

bool headers_are_json(const struct headers *headers)
{
    const char *type = headers->values[HEADER_TYPE];
    const char *coding = headers->values[HEADER_CODING];

    return type != NULL && strcspn(type, "; \t") == strlen("application/json") &&
           strncasecmp(type, "application/json", strlen("application/json")) == 0 &&
           (coding == NULL || strcasecmp(coding, "identity") == 0);
}

bool headers_wait(const struct headers *headers)
{
    const char *expect = headers->values[HEADER_EXPECT];

    return expect != NULL && strcasecmp(expect, "100-continue") == 0;
}

bool headers_expect_other(const struct headers *headers)
{
    return headers->values[HEADER_EXPECT] != NULL && !headers_wait(headers);
}
