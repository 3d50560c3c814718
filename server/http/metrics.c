/* SPDX-License-Identifier: Apache-2.0 */
#include "server/http/metrics.h"

#include <assert.h>
#include <inttypes.h>

enum type {
    TYPE_COUNTER,
    TYPE_GAUGE,
};

struct row {
    enum type type;
    const char *family;
    const char *labels;
    const char *help;
};

static const struct row rows[METRIC_COUNT] = {
#define METRIC(id, kind, name, label, text)                                                        \
    [METRIC_##id] = {.type = TYPE_##kind, .family = (name), .labels = (label), .help = (text)},
#include "server/http/metrics.def"
#undef METRIC
};

static const struct bucket {
    int64_t us;
    const char *le;
} buckets[METRICS_BUCKETS] = {
    {100, "0.0001"}, {250, "0.00025"}, {500, "0.0005"},  {1000, "0.001"},
    {5000, "0.005"}, {10000, "0.01"},  {50000, "0.05"},  {100000, "0.1"},
    {500000, "0.5"}, {1000000, "1.0"}, {5000000, "5.0"}, {10000000, "10.0"},
};

void metrics_init(struct metrics *metrics, int64_t now)
{
    *metrics = (struct metrics){0};
    atomic_store(&metrics->started, now);
}

void metrics_add(struct metrics *metrics, enum metric id, int64_t n)
{
    (void)atomic_fetch_add_explicit(&metrics->numbers[id], n, memory_order_relaxed);
}

void metrics_set(struct metrics *metrics, enum metric id, int64_t n)
{
    atomic_store_explicit(&metrics->numbers[id], n, memory_order_relaxed);
}

int64_t metrics_get(const struct metrics *metrics, enum metric id)
{
    return atomic_load_explicit(&metrics->numbers[id], memory_order_relaxed);
}

void metrics_time(struct metrics *metrics, int64_t us)
{
    size_t i = 0;

    while (i < METRICS_BUCKETS && us > buckets[i].us) {
        i++;
    }
    (void)atomic_fetch_add_explicit(&metrics->buckets[i], 1, memory_order_relaxed);
    (void)atomic_fetch_add_explicit(&metrics->sum_us, us, memory_order_relaxed);
}

void metrics_denied(struct metrics *metrics, enum reason reason)
{
    assert((size_t)reason < COUNT_OF(metrics->denials));
    (void)atomic_fetch_add_explicit(&metrics->denials[reason], 1, memory_order_relaxed);
}

static void put_head(struct buf *out, const char *family, const char *type, const char *help)
{
    buf_printf(out, "# TYPE %s %s\n# HELP %s %s.\n", family, type, family, help);
}

static void put_number(const struct metrics *metrics, enum metric id, struct buf *out)
{
    const struct row *row = &rows[id];
    bool counter = row->type == TYPE_COUNTER;

    if (row->help[0] != '\0') {
        put_head(out, row->family, counter ? "counter" : "gauge", row->help);
    }
    buf_text(out, row->family);
    buf_text(out, counter ? "_total" : "");
    if (row->labels[0] != '\0') {
        buf_printf(out, "{%s}", row->labels);
    }
    buf_printf(out, " %" PRId64 "\n", metrics_get(metrics, id));
}

static void put_denials(const struct metrics *metrics, struct buf *out)
{
    put_head(out, "podveil_denials", "counter", "Denials by reason");
    for (size_t i = 1; i < COUNT_OF(metrics->denials); i++) {
        buf_printf(out, "podveil_denials_total{reason=\"%s\"} %" PRId64 "\n",
                   reason_name((enum reason)i),
                   atomic_load_explicit(&metrics->denials[i], memory_order_relaxed));
    }
}

static void put_histogram(const struct metrics *metrics, struct buf *out)
{
    int64_t sum = atomic_load_explicit(&metrics->sum_us, memory_order_relaxed);
    int64_t total = 0;

    put_head(out, "podveil_review_seconds", "histogram", "From a review's last byte to its answer");
    for (size_t i = 0; i <= METRICS_BUCKETS; i++) {
        total += atomic_load_explicit(&metrics->buckets[i], memory_order_relaxed);
        buf_printf(out, "podveil_review_seconds_bucket{le=\"%s\"} %" PRId64 "\n",
                   i < METRICS_BUCKETS ? buckets[i].le : "+Inf", total);
    }
    buf_printf(out, "podveil_review_seconds_count %" PRId64 "\n", total);
    buf_printf(out, "podveil_review_seconds_sum %" PRId64 ".%06" PRId64 "\n", sum / 1000000,
               sum % 1000000);
}

void metrics_encode(const struct metrics *metrics, const char *config_id, struct buf *out)
{
    put_head(out, "podveil_build", "info", "The program and its configuration");
    buf_printf(out, "podveil_build_info{version=\"%s\",config=\"%s\"} 1\n", PODVEIL_VERSION,
               config_id);
    put_head(out, "process_start_time_seconds", "gauge", "When the server started");
    buf_printf(out, "process_start_time_seconds %" PRId64 "\n", atomic_load(&metrics->started));
    for (size_t i = 0; i < METRIC_COUNT; i++) {
        put_number(metrics, (enum metric)i, out);
    }
    put_denials(metrics, out);
    put_histogram(metrics, out);
    buf_text(out, "# EOF\n");
}
