/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A Service may claim addresses: every node then leads what pods send there to
 * that Service. One of a pod or of another Service is never claimed, nor one of the internet:
 * a gateway's own tunnel ends at such an address. A node's is fine, and one of the home
 * network, which is what a Service is given so that people there reach it.
 *
 * The same for what its status says of a load balancer, but one of the internet is fine where it is
 * of that type: whoever keeps the balancer gives it such.
 *
 * A claim that was there before is not judged again.
 */
#include "lib/pod/service.h"
#include "lib/pod/typed.h"
#include "validators/validator.h"

#include <stdio.h>

static bool is_status(const struct review *review)
{
    return slice_is(review->subresource, "status") && review->operation == OPERATION_UPDATE &&
           !service_is_kept_by(review->username);
}

static bool handles(const struct review *review)
{
    if (!kind_is(&review->resource, "", "v1", "services")) {
        return false;
    }
    return is_status(review) ||
           (review->subresource.len == 0 &&
            (review->operation == OPERATION_CREATE || review->operation == OPERATION_UPDATE));
}

static bool is_in(const struct cidr_list *list, enum family family, struct address address)
{
    for (size_t i = 0; i < list->count; i++) {
        if (cidr_contains(&list->items[i], family, address)) {
            return true;
        }
    }
    return false;
}

static bool is_private(enum family family, struct address address)
{
    const struct cidr one = {.family = family,
                             .prefix = family == FAMILY_IPV4 ? 32 : 128,
                             .first = address,
                             .last = address};

    return cidr_is_private(&one);
}

/* Not known is no. */
static int find_node(const struct judgement *judgement, enum family family, struct address address,
                     bool *out, struct error *err)
{
    AUTO(addrset) struct addrset nodes = {0};
    struct error unknown = {0};

    addrset_init(&nodes);
    *out = false;
    if (cluster_add_nodes(judgement->around, &nodes, &unknown) == 0) {
        *out = addrset_has(&nodes, family, address);
    } else if (unknown.code == ERR_NO_MEMORY) {
        *err = unknown;
        return -1;
    }
    return 0;
}

static void deny_outside(struct slice text, const char *field, struct findings *findings)
{
    findings_deny(findings, REASON_EXTERNAL_ENDPOINT, field,
                  "%s is %.*s, outside the cluster: the nodes would lead what pods send there, a "
                  "gateway's own tunnel too, to this Service. Remove it, or use type LoadBalancer; "
                  "where it is a node's address, have the operator add it to nodeCIDRs, or else "
                  "set validation: {ExternalEndpoint: warn}.",
                  field, CALLED(text));
}

static void deny_taken(struct slice text, const char *field, struct findings *findings)
{
    findings_deny(findings, REASON_EXTERNAL_ENDPOINT, field,
                  "%s is %.*s, an address of the cluster's pods or Services: the nodes would lead "
                  "what pods send there, to their gateway too, to this Service. Remove it.",
                  field, CALLED(text));
}

/* A status of type LoadBalancer: what is outside is the balancer's own. */
static bool may_be_outside(const struct review *review)
{
    return is_status(review) &&
           value_is(value_get(review->object, "spec", "type", NULL), "LoadBalancer");
}

static int judge_known(const struct judgement *judgement, struct slice text, const char *field,
                       struct findings *findings, struct error *err)
{
    const struct cluster *cluster = &judgement->ruleset->config->cluster;
    struct error unread = {0};
    struct address address = {0};
    enum family family = FAMILY_IPV4;
    bool fine = true;

    if (address_parse(text, &family, &address, &unread) != 0) {
        findings_deny(findings, REASON_EXTERNAL_ENDPOINT, field,
                      "%s: %s, and what is not in that form is read in different ways. Write the "
                      "canonical form.",
                      field, unread.text);
        return 0;
    }
    if (is_in(&cluster->node_cidrs, family, address) ||
        is_in(&cluster->local_cidrs, family, address)) {
        return 0;
    }
    if (is_in(&cluster->pod_cidrs, family, address) ||
        is_in(&cluster->service_cidrs, family, address)) {
        deny_taken(text, field, findings);
        return 0;
    }
    if (!is_private(family, address) && !may_be_outside(judgement->review) &&
        find_node(judgement, family, address, &fine, err) != 0) {
        return -1;
    }
    if (!fine) {
        deny_outside(text, field, findings);
    }
    return 0;
}

static bool had(struct value old_addresses, struct value address)
{
    struct value_iter iter = value_iter(old_addresses);
    struct slice key;
    struct value old;
    bool found = false;

    while (!found && value_next(&iter, &key, &old)) {
        found = value_equal(old, address);
    }
    return found;
}

static int judge_address(const struct judgement *judgement, struct slice text, const char *field,
                         struct findings *findings, struct error *err)
{
    if (judgement->ruleset->gateway_count == 0) {
        findings_deny(findings, REASON_EXTERNAL_ENDPOINT, field,
                      "podveil has no configuration, so it does not know the cluster's "
                      "addresses. Try again once it has one.");
        return 0;
    }
    return judge_known(judgement, text, field, findings, err);
}

static int check_spec(const struct judgement *judgement, struct findings *findings,
                      struct error *err)
{
    const struct review *review = judgement->review;
    struct value spec = value_member(review->object, "spec");
    struct value old_addresses = value_get(review->old_object, "spec", "externalIPs", NULL);
    struct value_iter iter = value_iter(TYPED_LIST(findings, spec, "externalIPs", "spec"));
    struct slice key;
    struct value address;

    while (findings->denied == REASON_NONE && value_next(&iter, &key, &address)) {
        char field[64];
        (void)snprintf(field, sizeof field, "spec.externalIPs[%zu]", iter.index);
        if (TYPED_ITEM(findings, address, JSON_STRING, "%s", field) &&
            !had(old_addresses, address) &&
            judge_address(judgement, value_string(address), field, findings, err) != 0) {
            return -1;
        }
    }
    return 0;
}

/* One without an ip is known by its name, which no node claims. */
static int check_status(const struct judgement *judgement, struct findings *findings,
                        struct error *err)
{
    const struct review *review = judgement->review;
    struct value old = value_get(review->old_object, "status", "loadBalancer", "ingress", NULL);
    struct value balancer = value_get(review->object, "status", "loadBalancer", NULL);
    struct value_iter iter =
        value_iter(TYPED_LIST(findings, balancer, "ingress", "status.loadBalancer"));
    struct slice key;
    struct value ingress;

    while (findings->denied == REASON_NONE && value_next(&iter, &key, &ingress)) {
        char field[64];
        (void)snprintf(field, sizeof field, "status.loadBalancer.ingress[%zu]", iter.index);
        if (!TYPED_ITEM(findings, ingress, JSON_OBJECT, "%s", field)) {
            break;
        }
        struct slice text = TYPED_TEXT(findings, ingress, "ip", "%s", field);
        (void)snprintf(field, sizeof field, "status.loadBalancer.ingress[%zu].ip", iter.index);
        if (text.len > 0 && !had(old, ingress) &&
            judge_address(judgement, text, field, findings, err) != 0) {
            return -1;
        }
    }
    return 0;
}

static int check(const struct judgement *judgement, struct findings *findings, struct error *err)
{
    return is_status(judgement->review) ? check_status(judgement, findings, err)
                                        : check_spec(judgement, findings, err);
}

extern const struct validator validator_service_address;
const struct validator validator_service_address = {
    .name = "service_address",
    .handles = handles,
    .check = check,
};
