/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/bench/requests.h"

#include "lib/base/file.h"

enum { REQUEST_MAX = 16 * 1024 * 1024 };

static int load(struct buf *out, const char *path, const char *file, struct error *err)
{
    AUTO(buf) struct buf body = {0};

    buf_init(&body, REQUEST_MAX);
    buf_init(out, REQUEST_MAX);
    if (file_read(file, &body, err) != 0) {
        return -1;
    }
    buf_printf(out,
               "POST %s HTTP/1.1\r\nHost: podveil.podveil.svc:443\r\n"
               "User-Agent: kube-apiserver-admission\r\nContent-Length: %zu\r\n"
               "Accept: application/json, */*\r\nContent-Type: application/json\r\n"
               "Accept-Encoding: gzip\r\n\r\n",
               path, body.len);
    buf_slice(out, buf_view(&body));
    return buf_check(out, err);
}

int requests_load(struct requests *requests, const char *path, char *const *files, size_t count,
                  struct error *err)
{
    *requests = (struct requests){.texts = calloc(count, sizeof *requests->texts)};
    if (requests->texts == NULL) {
        return error_set(err, ERR_NO_MEMORY, "no memory for the requests");
    }
    for (size_t i = 0; i < count; i++) {
        requests->count = i + 1;
        if (load(&requests->texts[i], path, files[i], err) != 0) {
            return -1;
        }
    }
    return 0;
}

void requests_done(struct requests *requests)
{
    for (size_t i = 0; i < requests->count; i++) {
        buf_done(&requests->texts[i]);
    }
    free(requests->texts);
    *requests = (struct requests){0};
}
