/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A Service's address is the cluster's own, and what stands behind it may be
 * anywhere: where endpoints are written by hand, privacy pods would reach an
 * address outside past tunnel and killswitch. So each address behind a Service
 * is one of the cluster's, or was there before.
 *
 * A Service of type ExternalName is none of these: it is a name alone, and what
 * it resolves to is reached through the tunnel.
 */
#include "lib/pod/service.h"
#include "lib/pod/typed.h"
#include "validators/validator.h"

#include <stdio.h>

enum { FIELD_LEN = 160, NAME_LEN = 300 };

/* What each address of one object is held against. */
struct hold {
    const struct judgement *judgement;
    const char *service; /* "media/db" */
    bool names;          /* the addresses are DNS names */
    bool has_nodes;      /* the nodes' addresses are in `inside`, where they are known */
    struct addrset *inside;
    struct findings *findings;
};

typedef int each_address(struct hold *hold, struct value address, const char *field,
                         struct error *err);

static bool is_slice(const struct review *review)
{
    return kind_is(&review->resource, "discovery.k8s.io", "v1", "endpointslices");
}

static bool handles(const struct review *review)
{
    return (is_slice(review) || kind_is(&review->resource, "", "v1", "endpoints")) &&
           review->subresource.len == 0 &&
           (review->operation == OPERATION_CREATE || review->operation == OPERATION_UPDATE) &&
           !service_is_kept_by(review->username);
}

/* ---- Where addresses stand ---- */

static int visit_list(struct value list, const char *at, const char *member, each_address *each,
                      struct hold *hold, struct error *err)
{
    struct value_iter iter = value_iter(list);
    struct slice key;
    struct value item;

    while (hold->findings->denied == REASON_NONE && value_next(&iter, &key, &item)) {
        char field[FIELD_LEN];
        (void)snprintf(field, sizeof field, "%s[%zu]%s%s", at, iter.index,
                       member == NULL ? "" : ".", member == NULL ? "" : member);
        struct value address = member == NULL ? item : value_member(item, member);
        if (each(hold, address, field, err) != 0) {
            return -1;
        }
    }
    return 0;
}

/* A member of the object itself. */
static struct value root_member(struct value object, const char *name, enum json_kind kind,
                                struct findings *findings)
{
    struct value member = value_member(object, name);

    (void)(!value_is_set(member) || TYPED_ITEM(findings, member, kind, "%s", name));
    return member;
}

/* One of the groups of addresses that an object has, which is at `at`. */
static int visit_group(bool slice, struct value group, const char *at, each_address *each,
                       struct hold *hold, struct error *err)
{
    static const char *const lists[] = {"addresses", "notReadyAddresses"};
    const size_t count = slice ? 1 : COUNT_OF(lists);

    (void)TYPED_ITEM(hold->findings, group, JSON_OBJECT, "%s", at);
    for (size_t i = 0; i < count; i++) {
        char field[FIELD_LEN / 2];
        (void)snprintf(field, sizeof field, "%s.%s", at, lists[i]);
        struct value list = TYPED_LIST(hold->findings, group, lists[i], "%s", at);
        if (visit_list(list, field, slice ? NULL : "ip", each, hold, err) != 0) {
            return -1;
        }
    }
    return 0;
}

/* endpoints[].addresses[] of a slice, subsets[].addresses[].ip of an Endpoints. */
static int visit(bool slice, struct value object, each_address *each, struct hold *hold,
                 struct error *err)
{
    const char *groups = slice ? "endpoints" : "subsets";
    struct value_iter iter = value_iter(root_member(object, groups, JSON_ARRAY, hold->findings));
    struct slice key;
    struct value group;

    while (hold->findings->denied == REASON_NONE && value_next(&iter, &key, &group)) {
        char at[FIELD_LEN / 4];
        (void)snprintf(at, sizeof at, "%s[%zu]", groups, iter.index);
        if (visit_group(slice, group, at, each, hold, err) != 0) {
            return -1;
        }
    }
    return 0;
}

/* ---- What is said of one ---- */

/* One that stood there before. What cannot be read led nowhere that is known. */
static int remember(struct hold *hold, struct value address, const char *field, struct error *err)
{
    (void)field;
    return cluster_add_address(hold->inside, value_string(address), err);
}

static void judge_name(struct hold *hold, struct slice name, const char *field)
{
    char cluster[256]; /* a domain has at most 200 characters */

    (void)snprintf(cluster, sizeof cluster, ".svc.%s",
                   hold->judgement->ruleset->config->cluster.domain);
    if (!slice_ends_with(name, cluster)) {
        findings_deny(hold->findings, REASON_EXTERNAL_ENDPOINT, field,
                      "%s is %.*s, a name that may lead anywhere: behind Service %s privacy pods "
                      "would reach it past the tunnel. Write a Service of type ExternalName in "
                      "its place, or have the operator set validation: {ExternalEndpoint: warn}.",
                      field, CALLED(name), hold->service);
    }
}

/* The nodes are looked at where they make a difference. */
static int find_outside(struct hold *hold, enum family family, struct address address, bool *out,
                        struct error *err)
{
    struct error unknown = {0};

    if (!hold->has_nodes && !addrset_has(hold->inside, family, address)) {
        hold->has_nodes = true;
        if (cluster_add_nodes(hold->judgement->around, hold->inside, &unknown) != 0 &&
            unknown.code == ERR_NO_MEMORY) {
            *err = unknown;
            return -1;
        }
    }
    *out = !addrset_has(hold->inside, family, address);
    return 0;
}

static int judge_address(struct hold *hold, struct slice text, const char *field, struct error *err)
{
    struct error unread = {0};
    struct address found = {0};
    enum family family = FAMILY_IPV4;
    bool outside = false;

    if (address_parse(text, &family, &found, &unread) != 0) {
        findings_deny(hold->findings, REASON_EXTERNAL_ENDPOINT, field,
                      "%s: %s, and what is not in that form is read in different ways. Write the "
                      "canonical form.",
                      field, unread.text);
        return 0;
    }
    if (find_outside(hold, family, found, &outside, err) != 0) {
        return -1;
    }
    if (outside) {
        findings_deny(hold->findings, REASON_EXTERNAL_ENDPOINT, field,
                      "%s is %.*s, outside the cluster: behind Service %s privacy pods would reach "
                      "it past the tunnel. Write a Service of type ExternalName in its place; "
                      "where the address is one of the cluster's, have the operator add it to "
                      "nodeCIDRs or localCIDRs, or else set validation: {ExternalEndpoint: warn}.",
                      field, CALLED(text), hold->service);
    }
    return 0;
}

static int judge(struct hold *hold, struct value address, const char *field, struct error *err)
{
    if (!TYPED_ITEM(hold->findings, address, JSON_STRING, "%s", field)) {
        return 0;
    }
    if (hold->names) {
        judge_name(hold, value_string(address), field);
        return 0;
    }
    return judge_address(hold, value_string(address), field, err);
}

/* ---- One object ---- */

/* The Service that the endpoints are behind; empty for a slice that is behind none. */
static struct slice service_of(const struct review *review, struct value object,
                               struct findings *findings)
{
    struct value metadata = value_member(object, "metadata");

    if (!is_slice(review)) {
        return TYPED_TEXT(findings, metadata, "name", "metadata");
    }
    struct value labels = TYPED_OBJECT(findings, metadata, "labels", "metadata");
    return TYPED_TEXT(findings, labels, SERVICE_NAME_LABEL, "metadata.labels");
}

static int remember_old(struct hold *hold, struct slice service, struct error *err)
{
    const struct review *review = hold->judgement->review;
    struct value old = review->old_object;
    struct findings unused = {.config = hold->findings->config};
    struct hold before = *hold;

    before.findings = &unused;
    if (!slice_equal(service_of(review, old, &unused), service)) {
        return 0;
    }
    return visit(is_slice(review), old, remember, &before, err);
}

/* Of names only the whole is compared. */
static bool is_unchanged(const struct review *review)
{
    static const char *const members[] = {"addressType", "endpoints", "subsets"};
    bool same = true;

    for (size_t i = 0; i < COUNT_OF(members) && same; i++) {
        same = value_equal(value_member(review->object, members[i]),
                           value_member(review->old_object, members[i]));
    }
    return same;
}

static int judge_all(struct hold *hold, struct slice service, struct error *err)
{
    const struct judgement *judgement = hold->judgement;
    const struct review *review = judgement->review;
    struct findings unused = {.config = hold->findings->config};
    bool renamed = !slice_equal(service_of(review, review->old_object, &unused), service);

    if (is_unchanged(review) && !renamed) {
        return 0;
    }
    if (service_add_cluster(&judgement->ruleset->config->cluster, hold->inside, err) != 0 ||
        remember_old(hold, service, err) != 0) {
        return -1;
    }
    addrset_seal(hold->inside);
    return visit(is_slice(review), review->object, judge, hold, err);
}

static int check(const struct judgement *judgement, struct findings *findings, struct error *err)
{
    const struct review *review = judgement->review;
    struct slice service = service_of(review, review->object, findings);
    struct value type = root_member(review->object, "addressType", JSON_STRING, findings);
    AUTO(addrset) struct addrset inside = {0};
    char called[NAME_LEN];

    (void)snprintf(called, sizeof called, "%.*s/%.*s", CALLED(review->namespace), CALLED(service));
    struct hold hold = {.judgement = judgement,
                        .service = called,
                        .names = value_is(type, "FQDN"),
                        .inside = &inside,
                        .findings = findings};
    if (service.len == 0 || findings->denied != REASON_NONE) {
        return 0;
    }
    if (judgement->ruleset->gateway_count == 0) {
        findings_deny(findings, REASON_EXTERNAL_ENDPOINT, "",
                      "podveil has no configuration, so it does not know the cluster's addresses. "
                      "Try again once it has one.");
        return 0;
    }
    return service_is_reached(judgement->ruleset) ? judge_all(&hold, service, err) : 0;
}

extern const struct validator validator_external_endpoint;
const struct validator validator_external_endpoint = {
    .name = "external_endpoint",
    .handles = handles,
    .check = check,
};
