/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A Service that is reached from outside leads people on the internet or at home
 * to its pods past the tunnel, by a node's address: whoever finds a privacy pod
 * there knows where it is. That is often meant (its web page), so by default it is a
 * warning, as a hostPort is.
 */
#include "lib/pod/marks.h"
#include "lib/pod/names.h"
#include "lib/pod/typed.h"
#include "validators/validator.h"

static bool handles(const struct review *review)
{
    return kind_is(&review->resource, "", "v1", "services") && review->subresource.len == 0 &&
           (review->operation == OPERATION_CREATE || review->operation == OPERATION_UPDATE);
}

/* How it is reached from outside; NULL where it is not. */
static const char *entrance_of(struct value spec)
{
    struct value type = value_member(spec, "type");

    if (value_is(type, "NodePort")) {
        return "type NodePort";
    }
    if (value_is(type, "LoadBalancer")) {
        return "type LoadBalancer";
    }
    return value_count(value_member(spec, "externalIPs")) > 0 ? "external addresses" : NULL;
}

static bool is_unchanged(const struct review *review)
{
    static const char *const members[] = {"type", "selector", "externalIPs"};
    struct value spec = value_member(review->object, "spec");
    struct value old_spec = value_member(review->old_object, "spec");
    bool same = review->operation == OPERATION_UPDATE;

    for (size_t i = 0; i < COUNT_OF(members) && same; i++) {
        same = value_equal(value_member(spec, members[i]), value_member(old_spec, members[i]));
    }
    return same;
}

/* By what the selector says itself, or by the pods that live there. Not known is no: a warning that
 * is wrong is not read the next time. */
static int find_selected(const struct judgement *judgement, struct value selector, bool *out,
                         struct error *err)
{
    struct value gateway = value_member(selector, MARK_GATEWAY);
    struct error unknown = {0};

    *out = value_is_set(gateway) ? !value_is(gateway, GATEWAY_NONE)
                                 : value_is_set(value_member(selector, MARK_WORKLOAD));
    if (*out || value_is_set(gateway) || value_count(selector) == 0) {
        return 0;
    }
    if (cluster_selects_pods(judgement->around, judgement->review->namespace, selector, out,
                             &unknown) != 0 &&
        unknown.code == ERR_NO_MEMORY) {
        *err = unknown;
        return -1;
    }
    return 0;
}

static int check(const struct judgement *judgement, struct findings *findings, struct error *err)
{
    const struct review *review = judgement->review;
    struct value spec = value_member(review->object, "spec");
    const char *entrance = entrance_of(spec);
    bool selected = false;

    if (entrance == NULL || is_unchanged(review)) {
        return 0;
    }
    struct value selector = TYPED_OBJECT(findings, spec, "selector", "spec");
    if (find_selected(judgement, selector, &selected, err) != 0) {
        return -1;
    }
    if (selected) {
        findings_deny(findings, REASON_HOST_PORT, "spec.selector",
                      "a Service with %s leads to privacy pods past the tunnel, by a node's "
                      "address. Use type ClusterIP and an ingress, or another selector.",
                      entrance);
    }
    return 0;
}

extern const struct validator validator_service_entrance;
const struct validator validator_service_entrance = {
    .name = "service_entrance",
    .handles = handles,
    .check = check,
};
