/* SPDX-License-Identifier: Apache-2.0 */
#include "server/http/status.h"

#include "lib/base/clock.h"

#include <inttypes.h>

static const char head[] =
    "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>podveil</title>\n"
    "<meta name=\"viewport\" content=\"width=device-width\">\n"
    "<style>body{font:16px/1.5 sans-serif;margin:2rem auto;max-width:40rem;padding:0 1rem}"
    "th{text-align:left;font-weight:normal;padding-right:2rem;vertical-align:top}"
    "td{font-variant-numeric:tabular-nums}</style></head>\n<body><h1>podveil</h1>\n<table>\n";

static const char tail[] =
    "</table>\n<p><a href=\"/metrics\">metrics</a> &middot; <a href=\"/readyz\">ready</a> "
    "&middot; <a href=\"/healthz\">alive</a></p>\n</body></html>\n";

static void put_escaped(struct buf *out, const char *text)
{
    for (const char *c = text; *c != '\0'; c++) {
        if (*c == '<' || *c == '>' || *c == '&' || *c == '"') {
            buf_printf(out, "&#%d;", *c);
        } else {
            buf_char(out, *c);
        }
    }
}

static void put_row(struct buf *out, const char *name, const char *text)
{
    buf_printf(out, "<tr><th>%s</th><td>", name);
    put_escaped(out, text);
    buf_text(out, "</td></tr>\n");
}

static void put_number(struct buf *out, const char *name, int64_t number)
{
    buf_printf(out, "<tr><th>%s</th><td>%" PRId64 "</td></tr>\n", name, number);
}

static void put_date(struct buf *out, const char *name, int64_t seconds)
{
    time_t when = (time_t)seconds;
    struct tm parts = {0};
    char text[32] = "";

    if (gmtime_r(&when, &parts) != NULL) {
        (void)strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S UTC", &parts);
    }
    put_row(out, name, text);
}

static void put_configuration(struct buf *out, struct service *service)
{
    struct ruleset_view view;

    rulesets_take(&service->rulesets, clock_ms(), &view);
    put_row(out, "configuration", view.current->config->id);
    for (size_t i = 0; i < view.current->gateway_count; i++) {
        const struct gateway *gateway = view.current->gateways[i].gateway;
        put_row(out, "gateway", gateway->name);
    }
    rulesets_give(&view);
}

void status_encode(struct service *service, const char *state, struct buf *out)
{
    static const struct {
        const char *name;
        enum metric metric;
    } numbers[] = {
        {"pods admitted at /mutate", METRIC_MUTATE_ALLOWED},
        {"denied at /mutate", METRIC_MUTATE_DENIED},
        {"objects admitted at /validate", METRIC_VALIDATE_ALLOWED},
        {"denied at /validate", METRIC_VALIDATE_DENIED},
        {"policies written", METRIC_POLICY_WRITTEN},
        {"policies not written", METRIC_POLICY_FAILED},
        {"reviews that wait now", METRIC_WAITING},
        {"connections", METRIC_CONNECTIONS},
    };
    const struct metrics *metrics = &service->metrics;

    buf_text(out, head);
    put_row(out, "state", state);
    put_row(out, "version", PODVEIL_VERSION);
    put_date(out, "running since", atomic_load(&metrics->started));
    put_configuration(out, service);
    put_row(out, "newest configuration in use",
            metrics_get(metrics, METRIC_CONFIG_GOOD) != 0 ? "yes"
                                                          : "no, it is refused: see the log");
    put_date(out, "certificate until", atomic_load(&service->cert_not_after));
    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        put_number(out, numbers[i].name, metrics_get(metrics, numbers[i].metric));
    }
    buf_text(out, tail);
}
