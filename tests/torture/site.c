/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/torture/site.h"

#include "server/http/decide.h"
#include "server/http/policy_dir.h"

#include <fcntl.h>
#include <unistd.h>

void site_init(struct service *service, const struct server_options *options)
{
    *service = (struct service){.options = options};
    log_init(&service->log, SERVER_LOG_JSON, open("/dev/null", O_WRONLY | O_CLOEXEC));
    metrics_init(&service->metrics, 0);
    budget_init(&service->budget, BUDGET_MAX, BUDGET_KEEP);
    tls_init(&service->tls);
    rulesets_init(&service->rulesets);
    connections_init(&service->https);
    connections_init(&service->ops);
    service->https.answered_max = SERVICE_ANSWERED_CONNECTIONS;
    service->https.accepted_max = SERVICE_ACCEPTED_CONNECTIONS;
    service->https.request_ms = SERVICE_REQUEST_MS;
    service->turns.judge = decide_turn;
    service->turns.place = service;
    service->turns.metrics = &service->metrics;
    service->writer.store = policy_dir_store(options->policy_dir);
    service->writer.log = &service->log;
    service->writer.metrics = &service->metrics;
}

void site_done(struct service *service)
{
    connections_done(&service->ops);
    connections_done(&service->https);
    rulesets_done(&service->rulesets);
    tls_done(&service->tls);
    (void)close(service->log.fd);
    log_done(&service->log);
}
