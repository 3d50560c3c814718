/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP/1.1 on purpose. Over HTTP/2 a try that times out leaves its connection to the next one, and
 * where that is dead, but not to TCP, all are lost until somebody restarts podveil; HTTP/2 for
 * requests beside HTTP/1.1 for watches made libcurl 7.88 send a request down a watch's connection.
 */
#include "lib/kube/client/exchange.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/socket.h>

enum {
    /* A peer that acknowledges nothing, neither bytes nor probes, is dead: found 15 to 20 s after
     * its last word, also where we have nothing to say, as with a watch. */
    STALL_MS = 15000,
    KEEPALIVE_IDLE_S = 10,
    KEEPALIVE_EVERY_S = 5,
};

/* Options are set one after the other; the first failure is what remains. */
struct setting {
    CURL *easy;
    CURLcode code;
};

static void set_long(struct setting *s, CURLoption option, long value)
{
    if (s->code == CURLE_OK) {
        s->code = curl_easy_setopt(s->easy, option, value);
    }
}

static void set_text(struct setting *s, CURLoption option, const char *value)
{
    if (s->code == CURLE_OK) {
        s->code = curl_easy_setopt(s->easy, option, value);
    }
}

static void set_pointer(struct setting *s, CURLoption option, void *value)
{
    if (s->code == CURLE_OK) {
        s->code = curl_easy_setopt(s->easy, option, value);
    }
}

/* A stream's bytes go on only if the API server agreed; its refusal is a body like another. */
static bool is_stream(const struct exchange *exchange)
{
    long code = 0;

    return exchange->stream != NULL &&
           curl_easy_getinfo(exchange->easy, CURLINFO_RESPONSE_CODE, &code) == CURLE_OK &&
           code == 200;
}

static size_t on_body(char *data, size_t size, size_t count, void *arg)
{
    struct exchange *exchange = arg;
    size_t len = size * count;

    if (is_stream(exchange)) {
        if (!exchange->stream(exchange->stream_arg, (struct slice){.data = data, .len = len})) {
            exchange->ended_by_us = true;
            return 0;
        }
        return len;
    }
    buf_append(&exchange->body, data, len);
    if (exchange->body.failed != ERR_NONE) {
        exchange->too_large = exchange->body.failed == ERR_TOO_LARGE;
        return 0;
    }
    return len;
}

/* Behind the last header of a stream: nothing may follow for a minute, and yet it is answered. */
/* NOLINTNEXTLINE(readability-non-const-parameter): the type is libcurl's */
static size_t on_header(char *data, size_t size, size_t count, void *arg)
{
    struct exchange *exchange = arg;
    struct slice line = {.data = data, .len = size * count};

    if (slice_is(line, "\r\n") && is_stream(exchange) &&
        !exchange->stream(exchange->stream_arg, SLICE(""))) {
        exchange->ended_by_us = true;
        return 0;
    }
    return line.len;
}

static int on_socket(void *arg, curl_socket_t fd, curlsocktype purpose)
{
    unsigned stall = STALL_MS;

    (void)arg;
    (void)purpose;
    /* Without it a dead peer is found after a quarter of an hour. */
    (void)setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &stall, sizeof stall);
    return CURL_SOCKOPT_OK;
}

static void add_header(struct exchange *exchange, struct setting *s, const char *header)
{
    struct curl_slist *longer = curl_slist_append(exchange->headers, header);

    if (longer == NULL) {
        s->code = CURLE_OUT_OF_MEMORY;
    } else {
        exchange->headers = longer;
    }
}

static void set_headers(struct exchange *exchange, struct setting *s,
                        const struct exchange_setup *setup)
{
    char line[TOKEN_MAX + 32];
    const char *media = api_verb_media(setup->verb);

    add_header(exchange, s, "Accept: application/json");
    add_header(exchange, s, "Expect:");
    if (media != NULL) {
        (void)snprintf(line, sizeof line, "Content-Type: %s", media);
        add_header(exchange, s, line);
    }
    if (setup->token != NULL) {
        (void)snprintf(line, sizeof line, "Authorization: Bearer %s", setup->token);
        add_header(exchange, s, line);
        explicit_bzero(line, sizeof line);
    }
    if (s->code == CURLE_OK) {
        s->code = curl_easy_setopt(s->easy, CURLOPT_HTTPHEADER, exchange->headers);
    }
}

static void set_trust(struct setting *s, const struct apiserver *server)
{
    set_text(s, CURLOPT_PROTOCOLS_STR, "https");
    set_long(s, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2);
    set_long(s, CURLOPT_SSL_VERIFYPEER, server->insecure ? 0 : 1);
    set_long(s, CURLOPT_SSL_VERIFYHOST, server->insecure ? 0 : 2);
    if (server->ca_file != NULL) {
        set_text(s, CURLOPT_CAINFO, server->ca_file);
        set_text(s, CURLOPT_CAPATH, NULL); /* the machine's own authorities have no say */
    }
    if (server->certificate_file != NULL) {
        set_text(s, CURLOPT_SSLCERT, server->certificate_file);
        set_text(s, CURLOPT_SSLKEY, server->key_file);
    }
}

static void set_connection(struct exchange *exchange, struct setting *s,
                           const struct exchange_setup *setup)
{
    static const char no_proxy[] = "";

    set_text(s, CURLOPT_URL, setup->url);
    set_text(s, CURLOPT_PROXY, no_proxy);
    set_long(s, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
    set_long(s, CURLOPT_PATH_AS_IS, 1);
    set_long(s, CURLOPT_FOLLOWLOCATION, 0);
    set_long(s, CURLOPT_NETRC, CURL_NETRC_IGNORED);
    set_long(s, CURLOPT_NOSIGNAL, 1);
    set_long(s, CURLOPT_NOPROGRESS, 1);
    set_long(s, CURLOPT_QUICK_EXIT, 1);
    set_long(s, CURLOPT_FRESH_CONNECT, setup->fresh ? 1 : 0);
    set_long(s, CURLOPT_MAXAGE_CONN, EXCHANGE_IDLE_S);
    set_long(s, CURLOPT_CONNECTTIMEOUT_MS,
             setup->timeout_ms < API_CONNECT_MS ? (long)setup->timeout_ms : API_CONNECT_MS);
    set_long(s, CURLOPT_TIMEOUT_MS, (long)setup->timeout_ms);
    set_long(s, CURLOPT_TCP_KEEPALIVE, 1);
    set_long(s, CURLOPT_TCP_KEEPIDLE, KEEPALIVE_IDLE_S);
    set_long(s, CURLOPT_TCP_KEEPINTVL, KEEPALIVE_EVERY_S);
    if (setup->stream != NULL) {
        set_long(s, CURLOPT_LOW_SPEED_LIMIT, 1);
        set_long(s, CURLOPT_LOW_SPEED_TIME, API_SILENCE_S);
    }
    if (s->code == CURLE_OK) {
        s->code = curl_easy_setopt(s->easy, CURLOPT_SOCKOPTFUNCTION, on_socket);
    }
    set_pointer(s, CURLOPT_ERRORBUFFER, exchange->words);
}

static void set_request(struct exchange *exchange, struct setting *s,
                        const struct exchange_setup *setup)
{
    set_text(s, CURLOPT_USERAGENT, setup->options->user_agent);
    if (api_verb_media(setup->verb) != NULL) {
        set_long(s, CURLOPT_POST, 1);
        set_long(s, CURLOPT_POSTFIELDSIZE, (long)setup->body.len);
        set_text(s, CURLOPT_POSTFIELDS, setup->body.data);
    }
    set_text(s, CURLOPT_CUSTOMREQUEST, api_verb_method(setup->verb));
    if (s->code == CURLE_OK) {
        s->code = curl_easy_setopt(s->easy, CURLOPT_WRITEFUNCTION, on_body);
    }
    set_pointer(s, CURLOPT_WRITEDATA, exchange);
    if (s->code == CURLE_OK) {
        s->code = curl_easy_setopt(s->easy, CURLOPT_HEADERFUNCTION, on_header);
    }
    set_pointer(s, CURLOPT_HEADERDATA, exchange);
}

int exchange_init(struct exchange *exchange, const struct exchange_setup *setup, struct error *err)
{
    *exchange = (struct exchange){.stream = setup->stream, .stream_arg = setup->stream_arg};
    buf_init(&exchange->body, ANSWER_MAX);
    exchange->easy = curl_easy_init();
    if (exchange->easy == NULL) {
        return error_set(err, ERR_NO_MEMORY, "no memory for a request");
    }
    struct setting s = {.easy = exchange->easy};
    set_trust(&s, setup->server);
    set_connection(exchange, &s, setup);
    set_request(exchange, &s, setup);
    set_headers(exchange, &s, setup);
    if (setup->server->connect_to != NULL) {
        struct curl_slist *to = curl_slist_append(NULL, setup->server->connect_to);
        exchange->connect_to = to;
        s.code = to == NULL ? CURLE_OUT_OF_MEMORY : s.code;
        if (s.code == CURLE_OK) {
            s.code = curl_easy_setopt(s.easy, CURLOPT_CONNECT_TO, to);
        }
    }
    if (s.code != CURLE_OK) {
        enum error_code code = s.code == CURLE_OUT_OF_MEMORY ? ERR_NO_MEMORY : ERR_SYSTEM;
        exchange_done(exchange);
        return error_set(err, code, "libcurl: %s", curl_easy_strerror(s.code));
    }
    return 0;
}

static void wipe_headers(struct curl_slist *headers)
{
    for (struct curl_slist *at = headers; at != NULL; at = at->next) {
        explicit_bzero(at->data, strlen(at->data));
    }
    curl_slist_free_all(headers);
}

void exchange_done(struct exchange *exchange)
{
    if (exchange->easy != NULL) {
        curl_easy_cleanup(exchange->easy);
        exchange->easy = NULL;
    }
    wipe_headers(exchange->headers);
    exchange->headers = NULL;
    curl_slist_free_all(exchange->connect_to);
    exchange->connect_to = NULL;
    buf_done(&exchange->body);
}

/* Did the connection never come to the point where a request goes out? */
static bool was_not_sent(const struct exchange *exchange)
{
    curl_off_t before_us = 0;

    return curl_easy_getinfo(exchange->easy, CURLINFO_PRETRANSFER_TIME_T, &before_us) == CURLE_OK &&
           before_us == 0;
}

enum attempt_end exchange_end(const struct exchange *exchange, CURLcode result, long *code)
{
    *code = 0;
    if (exchange->too_large || result == CURLE_PEER_FAILED_VERIFICATION ||
        result == CURLE_SSL_CACERT_BADFILE || result == CURLE_SSL_CERTPROBLEM) {
        return ATTEMPT_REFUSED;
    }
    if (result == CURLE_OK) {
        return curl_easy_getinfo(exchange->easy, CURLINFO_RESPONSE_CODE, code) == CURLE_OK &&
                       *code != 0
                   ? ATTEMPT_ANSWERED
                   : ATTEMPT_LOST;
    }
    return was_not_sent(exchange) ? ATTEMPT_NOT_SENT : ATTEMPT_LOST;
}

void exchange_explain(const struct exchange *exchange, CURLcode result, struct error *err)
{
    if (exchange->too_large) {
        (void)error_set(err, ERR_TOO_LARGE, "the answer is larger than %d bytes", ANSWER_MAX);
        return;
    }
    if (exchange->body.failed == ERR_NO_MEMORY) {
        (void)error_set(err, ERR_NO_MEMORY, "no memory for the answer");
        return;
    }
    const char *words = exchange->words[0] != '\0' ? exchange->words : curl_easy_strerror(result);
    size_t len = strlen(words);
    bool has_stop = len > 0 && words[len - 1] == '.'; /* our sentence goes on */
    (void)error_set(err, result == CURLE_OUT_OF_MEMORY ? ERR_NO_MEMORY : ERR_SYSTEM, "%.*s",
                    (int)(has_stop ? len - 1 : len), words);
}

int64_t exchange_retry_after_ms(const struct exchange *exchange)
{
    curl_off_t seconds = 0;
    struct curl_header *header = NULL;

    /* libcurl gives 0 for "0" and for none alike, and reads dates as well. */
    if (curl_easy_header(exchange->easy, "Retry-After", 0, CURLH_HEADER, -1, &header) !=
            CURLHE_OK ||
        curl_easy_getinfo(exchange->easy, CURLINFO_RETRY_AFTER, &seconds) != CURLE_OK ||
        seconds < 0 || seconds > 86400) {
        return -1;
    }
    return (int64_t)seconds * 1000;
}

int64_t exchange_date(const struct exchange *exchange)
{
    struct curl_header *header = NULL;

    if (curl_easy_header(exchange->easy, "Date", 0, CURLH_HEADER, -1, &header) != CURLHE_OK) {
        return -1;
    }
    return (int64_t)curl_getdate(header->value, NULL);
}

const char *exchange_content_type(const struct exchange *exchange)
{
    const char *type = NULL;

    return curl_easy_getinfo(exchange->easy, CURLINFO_CONTENT_TYPE, &type) == CURLE_OK ? type
                                                                                       : NULL;
}
