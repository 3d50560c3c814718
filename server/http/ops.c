/* SPDX-License-Identifier: Apache-2.0 */
#include "server/http/ops.h"

#include "lib/base/clock.h"
#include "server/http/library_log.h"
#include "server/http/status.h"

#include <stdio.h>

enum { OPS_MAX_PAGE = 256 * 1024, OPS_CONNECTION_MEMORY = 16384 };

struct page {
    unsigned status;
    const char *type;
    struct buf text;
};

/* NULL: it is ready. */
static const char *find_unready(const struct service *service, int64_t now)
{
    const struct server_backend *backend = service->options->backend;
    const char *why = NULL;

    if (atomic_load(&service->draining)) {
        return "on the way down";
    }
    if (backend != NULL && !backend->ready(backend->place, &why)) {
        return why;
    }
    if (now < atomic_load(&service->cert_not_before) ||
        now > atomic_load(&service->cert_not_after)) {
        return "the certificate is not valid now";
    }
    return NULL;
}

/* That there is no configuration comes first: it is for somebody to mend, the rest comes in time.
 */
bool ops_is_ready(struct service *service, int64_t now, char why[static OPS_WHY])
{
    char missing[RULESETS_MISSING];
    const char *unready = find_unready(service, now);

    if (rulesets_missing(&service->rulesets, missing)) {
        (void)snprintf(why, OPS_WHY, "no configuration: %s", missing);
        return false;
    }
    (void)snprintf(why, OPS_WHY, "%s", unready != NULL ? unready : "ok");
    return unready == NULL;
}

static void healthz(struct service *service, struct page *page)
{
    (void)service;
    buf_text(&page->text, "ok\n");
}

static void readyz(struct service *service, struct page *page)
{
    char why[OPS_WHY];

    page->status = ops_is_ready(service, (int64_t)time(NULL), why) ? MHD_HTTP_OK
                                                                   : MHD_HTTP_SERVICE_UNAVAILABLE;
    buf_printf(&page->text, "%s\n", why);
}

static void fill_cluster(struct service *service)
{
    const struct server_backend *backend = service->options->backend;
    struct metrics *metrics = &service->metrics;
    struct figures figures = {0};

    if (backend != NULL) {
        backend->read(backend->place, &figures);
    }
    metrics_set(metrics, METRIC_LEADS, figures.leads);
    metrics_set(metrics, METRIC_OTHER_CONFIGS, figures.other_configs);
    metrics_set(metrics, METRIC_RESTORED, figures.restored);
    metrics_set(metrics, METRIC_NOT_RESTORED, figures.not_restored);
    metrics_set(metrics, METRIC_REPAIR_CONFLICTS, figures.conflicts);
    metrics_set(metrics, METRIC_COMPANIONS_REMOVED, figures.removed);
    metrics_set(metrics, METRIC_PODS_UNPROTECTED, figures.unprotected);
    metrics_set(metrics, METRIC_PODS_OLD, figures.old_settings);
    metrics_set(metrics, METRIC_DIFFERENCES, figures.differences);
    metrics_set(metrics, METRIC_KNOWN_PODS, figures.pods);
    metrics_set(metrics, METRIC_KNOWN_POLICIES, figures.policies);
    metrics_set(metrics, METRIC_KNOWN_NAMESPACES, figures.namespaces);
    metrics_set(metrics, METRIC_CA_NOT_AFTER, figures.ca_not_after);
    metrics_set(metrics, METRIC_CA_PUBLISHED, figures.ca_published);
    metrics_set(metrics, METRIC_BUNDLE_MUTATING, figures.bundle_mutating);
    metrics_set(metrics, METRIC_BUNDLE_VALIDATING, figures.bundle_validating);
    metrics_set(metrics, METRIC_SECRET_FAILED, figures.secret_failures);
    metrics_set(metrics, METRIC_BUNDLE_FAILED, figures.bundle_failures);
    metrics_set(metrics, METRIC_JUDGED, figures.judged);
    metrics_set(metrics, METRIC_REMEMBERED, figures.remembered);
    metrics_set(metrics, METRIC_CLOCK_AHEAD, figures.clock_ahead_s);
#define API_FAILURE(id)                                                                            \
    metrics_set(metrics, METRIC_API_##id, figures.api_failures[API_FAILURE_##id]);
#include "lib/kube/api_failure.def"
#undef API_FAILURE
}

/* Numbers that others keep are taken over at each scrape. */
static void fill_gauges(struct service *service)
{
    struct metrics *metrics = &service->metrics;

    metrics_set(metrics, METRIC_REQUESTS, (int64_t)atomic_load(&service->requests));
    metrics_set(metrics, METRIC_CONNECTIONS, (int64_t)connections_count(&service->https));
    metrics_set(metrics, METRIC_REFUSED_ACCEPT, (int64_t)atomic_load(&service->https.refused));
    metrics_set(metrics, METRIC_ENDED_EARLY, (int64_t)atomic_load(&service->https.early));
    metrics_set(metrics, METRIC_LOG_LOST, (int64_t)atomic_load(&service->log.lost));
    metrics_set(metrics, METRIC_WAITING, (int64_t)waiters_count(&service->waiters));
    metrics_set(metrics, METRIC_MEMORY, (int64_t)atomic_load(&service->budget.used));
    metrics_set(metrics, METRIC_CERT_NOT_AFTER, atomic_load(&service->cert_not_after));
    metrics_set(metrics, METRIC_DRAINING, atomic_load(&service->draining) ? 1 : 0);
    fill_cluster(service);
}

static void metrics_page(struct service *service, struct page *page)
{
    char id[CONFIG_ID_LEN + 1];

    fill_gauges(service);
    rulesets_id(&service->rulesets, id);
    page->type = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    metrics_encode(&service->metrics, id, &page->text);
}

static void status_page(struct service *service, struct page *page)
{
    char why[OPS_WHY];
    bool ready = ops_is_ready(service, (int64_t)time(NULL), why);

    fill_gauges(service);
    page->type = "text/html; charset=utf-8";
    status_encode(service, ready ? "ready" : why, &page->text);
}

static const struct ops_route {
    const char *path;
    void (*fill)(struct service *service, struct page *page);
} routes[] = {
    {"/healthz", healthz},
    {"/readyz", readyz},
    {"/metrics", metrics_page},
    {"/", status_page},
};

static void fill_page(struct service *service, const char *path, struct page *page)
{
    for (size_t i = 0; i < COUNT_OF(routes); i++) {
        if (strcmp(path, routes[i].path) == 0) {
            routes[i].fill(service, page);
            return;
        }
    }
    page->status = MHD_HTTP_NOT_FOUND;
    buf_text(&page->text, "no such path; there are /healthz, /readyz, /metrics and /\n");
}

static enum MHD_Result send_page(struct MHD_Connection *connection, struct page *page,
                                 const char *allow)
{
    static const char *const headers[][2] = {
        {MHD_HTTP_HEADER_CACHE_CONTROL, "no-store"},
        {"X-Content-Type-Options", "nosniff"},
        {"Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'"},
    };
    size_t len = page->text.len;
    char *data = buf_take(&page->text);
    struct MHD_Response *response =
        data != NULL ? MHD_create_response_from_buffer(len, data, MHD_RESPMEM_MUST_FREE) : NULL;

    if (response == NULL) {
        free(data);
        return MHD_NO;
    }
    (void)MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, page->type);
    for (size_t i = 0; i < COUNT_OF(headers); i++) {
        (void)MHD_add_response_header(response, headers[i][0], headers[i][1]);
    }
    if (allow != NULL) {
        (void)MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, allow);
    }
    enum MHD_Result result = MHD_queue_response(connection, page->status, response);
    MHD_destroy_response(response);
    return result;
}

/* NOLINTNEXTLINE(readability-function-size): the parameters are libmicrohttpd's */
static enum MHD_Result answer(void *cls, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *upload_data,
                              size_t *upload_data_size, void **context)
{
    bool reads = strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;
    struct page page = {.status = MHD_HTTP_OK, .type = "text/plain; charset=utf-8"};

    (void)version;
    (void)upload_data;
    if (*context == NULL && reads) {
        *context = cls; /* answering at the headers would close the connection */
        return MHD_YES;
    }
    *upload_data_size = 0;
    buf_init(&page.text, OPS_MAX_PAGE);
    if (reads) {
        fill_page(cls, url, &page);
    } else {
        page.status = MHD_HTTP_METHOD_NOT_ALLOWED;
        buf_text(&page.text, "nothing can be changed here; use GET\n");
    }
    enum MHD_Result result = send_page(connection, &page, reads ? NULL : "GET, HEAD");
    buf_done(&page.text);
    return result;
}

static void completed(void *cls, struct MHD_Connection *connection, void **context,
                      enum MHD_RequestTerminationCode code)
{
    struct connection *owner = connections_of(connection);

    (void)cls;
    (void)code;
    *context = NULL;
    if (owner != NULL) {
        connection_mark(owner, CONNECTION_IDLE, clock_ms());
    }
}

int ops_start(struct service *service, int fd, struct MHD_Daemon **out, struct error *err)
{
    service->ops.accepted_max = OPS_CONNECTIONS;
    service->ops.answered_max = OPS_CONNECTIONS;
    service->ops.request_ms = OPS_REQUEST_MS;
    *out = MHD_start_daemon(
        MHD_USE_POLL_INTERNAL_THREAD | MHD_USE_ITC | MHD_USE_ERROR_LOG, 0, connections_accept,
        &service->ops, answer, service, MHD_OPTION_EXTERNAL_LOGGER, library_log, service,
        MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_LIMIT, (unsigned)OPS_CONNECTIONS,
        MHD_OPTION_PER_IP_CONNECTION_LIMIT, (unsigned)OPS_CONNECTIONS_PER_IP,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)OPS_IDLE_S, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)OPS_CONNECTION_MEMORY, MHD_OPTION_NOTIFY_CONNECTION, connections_notify,
        &service->ops, MHD_OPTION_NOTIFY_COMPLETED, completed, service,
        MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1, MHD_OPTION_END);
    return *out != NULL ? 0 : error_set(err, ERR_SYSTEM, "libmicrohttpd does not serve plain HTTP");
}
