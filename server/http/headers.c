/* SPDX-License-Identifier: Apache-2.0 */
#include "server/http/headers.h"

#include "lib/base/parse.h"

#include <strings.h>

#define NAME(text)                                                                                 \
    {                                                                                              \
        .data = (text), .len = sizeof(text) - 1                                                    \
    }

static const struct slice names[HEADER_COUNT] = {
    [HEADER_HOST] = NAME(MHD_HTTP_HEADER_HOST),
    [HEADER_LENGTH] = NAME(MHD_HTTP_HEADER_CONTENT_LENGTH),
    [HEADER_TRANSFER] = NAME(MHD_HTTP_HEADER_TRANSFER_ENCODING),
    [HEADER_TYPE] = NAME(MHD_HTTP_HEADER_CONTENT_TYPE),
    [HEADER_CODING] = NAME(MHD_HTTP_HEADER_CONTENT_ENCODING),
    [HEADER_EXPECT] = NAME(MHD_HTTP_HEADER_EXPECT),
};

struct reading {
    struct headers *headers;
    bool broken;
};

/* RFC 9110 5.6.2; a table, since each request has a hundred characters of names. */
static const bool token_chars[256] = {
    ['!'] = true, ['#'] = true, ['$'] = true, ['%'] = true, ['&'] = true, ['\''] = true,
    ['*'] = true, ['+'] = true, ['-'] = true, ['.'] = true, ['^'] = true, ['_'] = true,
    ['`'] = true, ['|'] = true, ['~'] = true, ['0'] = true, ['1'] = true, ['2'] = true,
    ['3'] = true, ['4'] = true, ['5'] = true, ['6'] = true, ['7'] = true, ['8'] = true,
    ['9'] = true, ['A'] = true, ['B'] = true, ['C'] = true, ['D'] = true, ['E'] = true,
    ['F'] = true, ['G'] = true, ['H'] = true, ['I'] = true, ['J'] = true, ['K'] = true,
    ['L'] = true, ['M'] = true, ['N'] = true, ['O'] = true, ['P'] = true, ['Q'] = true,
    ['R'] = true, ['S'] = true, ['T'] = true, ['U'] = true, ['V'] = true, ['W'] = true,
    ['X'] = true, ['Y'] = true, ['Z'] = true, ['a'] = true, ['b'] = true, ['c'] = true,
    ['d'] = true, ['e'] = true, ['f'] = true, ['g'] = true, ['h'] = true, ['i'] = true,
    ['j'] = true, ['k'] = true, ['l'] = true, ['m'] = true, ['n'] = true, ['o'] = true,
    ['p'] = true, ['q'] = true, ['r'] = true, ['s'] = true, ['t'] = true, ['u'] = true,
    ['v'] = true, ['w'] = true, ['x'] = true, ['y'] = true, ['z'] = true,
};

static bool is_token(const char *text, size_t len)
{
    bool fine = len > 0;

    for (size_t i = 0; i < len; i++) {
        fine = fine && token_chars[(unsigned char)text[i]];
    }
    return fine;
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
        if (name_len == names[i].len && strncasecmp(name, names[i].data, name_len) == 0) {
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
