/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/kube/client/apiserver.h"

#include "lib/base/buf.h"

#include <curl/curl.h>

enum { MAX_URL = 2048 };

void apiserver_free(struct apiserver *server)
{
    if (server == NULL) {
        return;
    }
    free(server->url);
    free(server->connect_to);
    free(server->namespace);
    free(server->ca_file);
    free(server->certificate_file);
    free(server->key_file);
    memfile_done(&server->ca);
    memfile_done(&server->certificate);
    memfile_done(&server->key);
    token_done(&server->token);
    free(server);
}

DEFINE_AUTO(curl_url, CURLU, curl_url_cleanup);
DEFINE_AUTO(curl_chars, char, curl_free);

static int url_fault(CURLUcode code, const char *what, struct error *err)
{
    return error_set(err, code == CURLUE_OUT_OF_MEMORY ? ERR_NO_MEMORY : ERR_CONFIG, "%s: %s", what,
                     curl_url_strerror(code));
}

/* What would be shown to the API server, or to whoever reads a log, by mistake. */
static int refuse_surplus(CURLU *url, struct error *err)
{
    static const struct {
        CURLUPart part;
        CURLUcode absent;
        const char *name;
    } surplus[] = {
        {CURLUPART_USER, CURLUE_NO_USER, "a user"},
        {CURLUPART_PASSWORD, CURLUE_NO_PASSWORD, "a password"},
        {CURLUPART_QUERY, CURLUE_NO_QUERY, "a query"},
        {CURLUPART_FRAGMENT, CURLUE_NO_FRAGMENT, "a fragment"},
    };

    for (size_t i = 0; i < COUNT_OF(surplus); i++) {
        AUTO(curl_chars) char *found = NULL;
        CURLUcode code = curl_url_get(url, surplus[i].part, &found, 0);
        if (code == CURLUE_OK) {
            return error_set(err, ERR_CONFIG, "server: there is %s in it; write https://HOST:PORT",
                             surplus[i].name);
        }
        if (code != surplus[i].absent) {
            return url_fault(code, "server", err);
        }
    }
    return 0;
}

/* The text without the slashes at its end. */
static struct slice without_slashes(const char *text)
{
    struct slice slice = slice_of(text);

    while (slice.len > 0 && slice.data[slice.len - 1] == '/') {
        slice.len--;
    }
    return slice;
}

/* The URL's host becomes the certificate's name; the connection goes where it pointed before. */
static int rename_host(struct apiserver *server, CURLU *url, struct slice tls_name,
                       struct error *err)
{
    AUTO(curl_chars) char *host = NULL;
    AUTO(curl_chars) char *port = NULL;
    char name[256];

    if (tls_name.len >= sizeof name) {
        return error_set(err, ERR_CONFIG, "tls-server-name is longer than 255 characters");
    }
    slice_copy(tls_name, name, sizeof name);
    CURLUcode code = curl_url_get(url, CURLUPART_HOST, &host, 0);
    if (code == CURLUE_OK) {
        code = curl_url_get(url, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT);
    }
    if (code != CURLUE_OK) {
        return url_fault(code, "server", err);
    }
    code = curl_url_set(url, CURLUPART_HOST, name, 0);
    if (code != CURLUE_OK) {
        (void)url_fault(code, name, err);
        return error_prefix(err, "tls-server-name");
    }
    if (asprintf(&server->connect_to, "::%s:%s", host, port) < 0) {
        server->connect_to = NULL;
        return error_set(err, ERR_NO_MEMORY, "no memory for an address");
    }
    return 0;
}

static int keep_url(struct apiserver *server, CURLU *url, struct error *err)
{
    AUTO(curl_chars) char *whole = NULL;

    CURLUcode code = curl_url_get(url, CURLUPART_URL, &whole, 0);
    if (code != CURLUE_OK) {
        return url_fault(code, "server", err);
    }
    struct slice kept = without_slashes(whole);
    server->url = strndup(kept.data, kept.len);
    return server->url == NULL ? error_set(err, ERR_NO_MEMORY, "no memory for an address") : 0;
}

int apiserver_set_url(struct apiserver *server, struct slice text, struct slice tls_name,
                      struct error *err)
{
    AUTO(curl_url) CURLU *url = curl_url();
    char whole[MAX_URL];

    if (url == NULL) {
        return error_set(err, ERR_NO_MEMORY, "no memory for an address");
    }
    if (!slice_starts_with(text, "https://")) {
        return error_set(err, ERR_CONFIG,
                         "server: \"%.*s\" does not start with https://; a token or key is shown "
                         "over TLS only",
                         (int)(text.len < 100 ? text.len : 100), text.data);
    }
    if (text.len >= sizeof whole || memchr(text.data, '\0', text.len) != NULL) {
        return error_set(err, ERR_CONFIG, "server: no address of less than %d characters", MAX_URL);
    }
    slice_copy(text, whole, sizeof whole);
    CURLUcode code = curl_url_set(url, CURLUPART_URL, whole, 0);
    if (code != CURLUE_OK) {
        (void)url_fault(code, whole, err);
        return error_prefix(err, "server");
    }
    if (refuse_surplus(url, err) != 0) {
        return -1;
    }
    if (tls_name.len > 0 && rename_host(server, url, tls_name, err) != 0) {
        return -1;
    }
    return keep_url(server, url, err);
}
