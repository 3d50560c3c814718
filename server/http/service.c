/* SPDX-License-Identifier: Apache-2.0 */
#include "server/http/service.h"

#include "server/http/decide.h"
#include "server/http/policy_dir.h"

#include <time.h>

static void init_https(struct service *service)
{
    uint64_t asked_ms = service->options->request_ms;
    struct connections *https = &service->https;

    connections_init(https);
    https->tls = &service->tls;
    https->answered_max = SERVICE_ANSWERED_CONNECTIONS;
    https->accepted_max = SERVICE_ACCEPTED_CONNECTIONS;
    https->request_ms = asked_ms > 0 ? (int64_t)asked_ms : SERVICE_REQUEST_MS;
}

void service_init(struct service *service, const struct server_options *options, int log_fd)
{
    const struct server_backend *backend = options->backend;

    *service = (struct service){.options = options};
    log_init(&service->log, options->log, log_fd);
    metrics_init(&service->metrics, (int64_t)time(NULL));
    budget_init(&service->budget, BUDGET_MAX, BUDGET_KEEP);
    tls_init(&service->tls);
    rulesets_init(&service->rulesets);
    init_https(service);
    connections_init(&service->ops);
    service->turns.judge = decide_turn;
    service->turns.place = service;
    service->turns.metrics = &service->metrics;
    service->writer.store =
        backend != NULL ? backend->store : policy_dir_store(options->policy_dir);
    service->writer.log = &service->log;
    service->writer.metrics = &service->metrics;
}

void service_done(struct service *service)
{
    connections_done(&service->ops);
    connections_done(&service->https);
    rulesets_done(&service->rulesets);
    tls_done(&service->tls);
    log_done(&service->log);
}
