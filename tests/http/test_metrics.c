/* SPDX-License-Identifier: Apache-2.0 */
#include "server/http/metrics.h"

#include <criterion/criterion.h>

#include <stdio.h>

static const char *encoded(const struct metrics *metrics, struct buf *out)
{
    struct error err = {0};

    buf_init(out, 65536);
    metrics_encode(metrics, "0123456789ab", out);
    cr_assert_eq(buf_check(out, &err), 0, "%s", err.text);
    return buf_cstr(out);
}

Test(metrics, tells_each_number)
{
    struct metrics metrics;
    AUTO(buf) struct buf out = {0};

    metrics_init(&metrics, 1700000000);
    metrics_add(&metrics, METRIC_MUTATE_DENIED, 2);
    metrics_add(&metrics, METRIC_REFUSED_413, 1);
    metrics_set(&metrics, METRIC_WAITING, 7);
    metrics_denied(&metrics, REASON_HOST_PATH);
    const char *text = encoded(&metrics, &out);

    static const char *const lines[] = {
        "# TYPE podveil_build info\n",
        "podveil_build_info{version=\"" PODVEIL_VERSION "\",config=\"0123456789ab\"} 1\n",
        "process_start_time_seconds 1700000000\n",
        "\n# TYPE podveil_reviews counter\n",
        "\npodveil_reviews_total{path=\"mutate\",decision=\"allowed\"} 0\n",
        "\npodveil_reviews_total{path=\"mutate\",decision=\"denied\"} 2\n",
        "\npodveil_http_refusals_total{code=\"413\"} 1\n",
        "\n# TYPE podveil_reviews_waiting gauge\n",
        "\npodveil_reviews_waiting 7\n",
        "\npodveil_denials_total{reason=\"HostPath\"} 1\n",
        "\npodveil_denials_total{reason=\"MeshBypass\"} 0\n",
    };
    for (size_t i = 0; i < COUNT_OF(lines); i++) {
        cr_assert_not_null(strstr(text, lines[i]), "%s is not in\n%s", lines[i], text);
    }
    cr_assert(slice_ends_with(buf_view(&out), "\n# EOF\n"));
}

Test(metrics, counts_times_into_buckets_that_add_up)
{
    static const int64_t times[] = {0, 100, 101, 4000, 60000, 20000000};
    struct metrics metrics;
    AUTO(buf) struct buf out = {0};

    metrics_init(&metrics, 0);
    for (size_t i = 0; i < COUNT_OF(times); i++) {
        metrics_time(&metrics, times[i]);
    }
    const char *text = encoded(&metrics, &out);

    static const char *const lines[] = {
        "podveil_review_seconds_bucket{le=\"0.0001\"} 2\n",
        "podveil_review_seconds_bucket{le=\"0.00025\"} 3\n",
        "podveil_review_seconds_bucket{le=\"0.005\"} 4\n",
        "podveil_review_seconds_bucket{le=\"0.05\"} 4\n",
        "podveil_review_seconds_bucket{le=\"0.1\"} 5\n",
        "podveil_review_seconds_bucket{le=\"10.0\"} 5\n",
        "podveil_review_seconds_bucket{le=\"+Inf\"} 6\n",
        "podveil_review_seconds_count 6\n",
        "podveil_review_seconds_sum 20.064201\n",
    };
    for (size_t i = 0; i < COUNT_OF(lines); i++) {
        cr_assert_not_null(strstr(text, lines[i]), "%s is not in\n%s", lines[i], text);
    }
}

/* OpenMetrics: one TYPE a family, the family's samples right behind it. */
Test(metrics, keeps_each_family_in_one_place)
{
    struct metrics metrics;
    AUTO(buf) struct buf out = {0};
    char family[128] = "";
    char line[256];

    metrics_init(&metrics, 0);
    const char *text = encoded(&metrics, &out);
    for (const char *at = text; *at != '\0'; at += strcspn(at, "\n") + 1) {
        (void)snprintf(line, sizeof line, "%.*s", (int)strcspn(at, "\n"), at);
        if (sscanf(line, "# TYPE %127s", family) == 1) {
            char again[160];
            (void)snprintf(again, sizeof again, "# TYPE %s ", family);
            cr_assert_null(strstr(at + 1, again), "%s twice", family);
        } else if (strcmp(line, "# EOF") != 0 && line[0] != '#') {
            cr_assert(slice_starts_with(slice_of(line), family), "%s under %s", line, family);
        }
    }
}
