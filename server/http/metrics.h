/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counters and gauges, and their text for /metrics (OpenMetrics 1.0).
 *
 * Labels take a handful of fixed values: never a namespace, a name, or anything else that a user
 * can choose, so that the number of series is known when the program is built.
 *
 * Threads: any; each number is one atomic. A scrape is no snapshot across numbers.
 */
#ifndef HTTP_METRICS_H
#define HTTP_METRICS_H

#include "lib/base/buf.h"
#include "lib/pod/findings.h"

#include <stdatomic.h>
#include <stdint.h>

enum metric {
#define METRIC(id, type, family, labels, help) METRIC_##id,
#include "server/http/metrics.def"
#undef METRIC
    METRIC_COUNT,
};

enum {
    METRICS_NO_REASON,
#define REASON(id, name, code) METRICS_REASON_##id,
#include "lib/pod/reason.def"
#undef REASON
    METRICS_REASONS,
    METRICS_BUCKETS = 12, /* and the one without end */
};

struct metrics {
    _Atomic int64_t numbers[METRIC_COUNT];
    _Atomic int64_t denials[METRICS_REASONS]; /* by enum reason */
    _Atomic int64_t buckets[METRICS_BUCKETS + 1];
    _Atomic int64_t sum_us;
    _Atomic int64_t started; /* wall clock, seconds */
};

void metrics_init(struct metrics *metrics, int64_t now);

void metrics_add(struct metrics *metrics, enum metric id, int64_t n);
void metrics_set(struct metrics *metrics, enum metric id, int64_t n);
int64_t metrics_get(const struct metrics *metrics, enum metric id);

/* One review, from its last byte to its answer. */
void metrics_time(struct metrics *metrics, int64_t us);
void metrics_denied(struct metrics *metrics, enum reason reason);

/* Everything, with "# EOF". config_id is that of the configuration in use. */
void metrics_encode(const struct metrics *metrics, const char *config_id, struct buf *out);

#endif
