/* SPDX-License-Identifier: Apache-2.0 */
/* A NetworkPolicy of the namespace media, judged by its spec, in a cluster with some privacy pods.
 */
#ifndef TESTS_VALIDATORS_POLICY_H
#define TESTS_VALIDATORS_POLICY_H

#include "tests/validators/judge.h"

#define FIXTURE_TWO_GATEWAYS "fixtures/config/two-gateways.yaml"

/* How many live in media, by their gateway. */
struct living {
    bool unknown;
    size_t vpn;
    size_t strict;
    size_t old; /* of a gateway that no configuration has */
};

static inline int count_living(const void *place, struct slice namespace, struct slice gateway,
                               struct slice workload, size_t *count, struct error *err)
{
    const struct living *living = place;

    cr_assert(slice_is(namespace, "media"));
    cr_assert_null(workload.data);
    if (living->unknown) {
        return error_set(err, ERR_SYSTEM, "nobody told");
    }
    *count = 0;
    if (gateway.data == NULL) {
        *count = living->vpn + living->strict + living->old;
    } else if (slice_is(gateway, "vpn") || slice_is(gateway, "strict")) {
        *count = slice_is(gateway, "vpn") ? living->vpn : living->strict;
    }
    return 0;
}

/* What is said of its creation; `living` NULL: there is nobody to ask. */
static inline struct findings judge_policy(const char *spec, const char *config,
                                           const struct living *living)
{
    const struct cluster_view around = {.place = living, .count_pods = count_living};
    AUTO(buf) struct buf text = {0};

    buf_init(&text, JSON_MAX_TEXT);
    buf_printf(&text,
               "{\"apiVersion\":\"admission.k8s.io/v1\",\"kind\":\"AdmissionReview\",\"request\":"
               "{\"uid\":\"u\",\"kind\":{\"group\":\"networking.k8s.io\",\"version\":\"v1\","
               "\"kind\":\"NetworkPolicy\"},\"resource\":{\"group\":\"networking.k8s.io\","
               "\"version\":\"v1\",\"resource\":\"networkpolicies\"},\"name\":\"n\","
               "\"namespace\":\"media\",\"operation\":\"CREATE\",\"object\":{\"apiVersion\":"
               "\"networking.k8s.io/v1\",\"kind\":\"NetworkPolicy\",\"metadata\":{\"name\":\"n\","
               "\"namespace\":\"media\"},\"spec\":%s},\"oldObject\":null}}",
               spec);
    return judge_review_in(buf_cstr(&text), config, living != NULL ? &around : NULL);
}

#endif
